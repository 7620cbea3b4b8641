/** The set in force as the console knows it: read from the state and compiled once for each version, and kept as plain data. */
import { ruleContext } from '../../config/rule-context.ts';
import type { RelayConfig } from '../../config/schema.ts';
import { lastGoodVersion, loadLastGood } from '../../relay/rule-sets/last-good.ts';
import { compileProgram } from '../../rules/compile.ts';
import type { ListedException } from '../../rules/exceptions/ends.ts';
import { isListFile, lengthOf } from '../../rules/lists/list-files.ts';
import { type RuleFact, ruleFacts } from '../../rules/rule-facts.ts';
import type { RuleFile } from '../../rules/rule-file.ts';
import { sha256OfAll } from '../../shared/digest.ts';
import { messageOf } from '../../shared/errors.ts';
import { plural } from '../../shared/readable.ts';
import type { ConsoleContext } from '../page.ts';

/** A file, without its text. */
export interface SetFile {
  readonly path: string;
  readonly bytes: number;
  readonly digest: string;
}

export interface KnownSet {
  readonly version: string;
  /** When it was stored, ms since the epoch. */
  readonly at: number;
  readonly files: readonly SetFile[];
  /** Empty where it was not compiled. */
  readonly rules: readonly RuleFact[];
  readonly exceptions: readonly ListedException[];
  /** Why it was not compiled: a sentence. */
  readonly trouble?: string;
}

/** One for each relay.yaml in force in this process: it goes with the configuration that its rules were compiled for. */
const known = new WeakMap<RelayConfig, KnownSet>();

/** The set that came into force last; undefined if none ever did. Throws LastGoodError and CheckpointError. */
export async function setInForce(context: ConsoleContext): Promise<KnownSet | undefined> {
  const { config, ports, host, signal } = context;
  const head = await lastGoodVersion(ports.documents, signal);
  if (head === undefined) return undefined;
  const kept = known.get(config);
  if (kept?.version === head.version && kept.at === head.at) return kept;
  const loaded = await loadLastGood(ports.documents, signal);
  if (loaded === undefined) return undefined;
  const { version, at, files } = loaded;
  // Requests that came at the same time have loaded the same set: one of them compiles it.
  const meanwhile = known.get(config);
  if (meanwhile?.version === version && meanwhile.at === at) return meanwhile;
  const set: KnownSet = {
    version,
    at,
    files: files.map(setFile),
    ...compiled(files, config, host.mostRuleBytes),
  };
  known.set(config, set);
  return set;
}

export function setFile(file: RuleFile): SetFile {
  const { path, text, database } = file;
  return { path, bytes: lengthOf(file), digest: database?.sha256 ?? sha256OfAll([text]) };
}

function compiled(
  files: readonly RuleFile[],
  config: RelayConfig,
  most = Number.POSITIVE_INFINITY,
): Pick<KnownSet, 'rules' | 'exceptions' | 'trouble'> {
  const bytes = files.reduce((sum, file) => sum + (isListFile(file.path) ? 0 : file.text.length), 0);
  if (bytes > most) {
    const trouble = `The rules are not listed: they have ${plural(files.length, 'file')} and ${bytes} bytes, and on this host sets of more than ${most} bytes are not compiled for a page. "xdr-relay rules coverage" lists them`;
    return { rules: [], exceptions: [], trouble };
  }
  try {
    const made = compileProgram(files, ruleContext(config));
    const { program, diagnostics, exceptions } = made;
    if (program)
      return {
        rules: ruleFacts(
          made,
          program,
          files.map(({ path }) => path),
        ),
        exceptions,
      };
    const first = diagnostics.find(({ severity }) => severity === 'error');
    const trouble = `The rules are not listed: with relay.yaml as it is now they have errors, such as ${first?.file}:${first?.span.line}: ${first?.message}`;
    return { rules: [], exceptions: [], trouble };
  } catch (thrown) {
    return { rules: [], exceptions: [], trouble: `The rules are not listed: ${messageOf(thrown)}` };
  }
}
