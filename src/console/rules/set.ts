/** The set in force as the console knows it: read from the state and compiled once for each version, and kept as plain data. */
import type { RelayConfig } from '../../config/schema.ts';
import { type LastGood, lastGoodVersion, loadLastGood } from '../../relay/rule-sets/last-good.ts';
import { isListFile, lengthOf } from '../../rules/lists/list-files.ts';
import type { RuleFile } from '../../rules/rule-file.ts';
import { sha256OfAll } from '../../shared/digest.ts';
import { plural } from '../../shared/readable.ts';
import type { ConsoleContext, ConsoleHost } from '../page.ts';
import { type ListedSet, listedSet, notListed } from './listed.ts';

/** A file, without its text. */
export interface SetFile {
  readonly path: string;
  readonly bytes: number;
  readonly digest: string;
}

export interface KnownSet extends ListedSet {
  readonly version: string;
  /** When it was stored, ms since the epoch. */
  readonly at: number;
  readonly files: readonly SetFile[];
}

/** One for each relay.yaml in force in this process: it goes with the configuration that its rules were compiled for. */
const known = new WeakMap<RelayConfig, KnownSet>();
/** The set that is being compiled, or was last. */
const compiling = new WeakMap<
  RelayConfig,
  Pick<KnownSet, 'version' | 'at'> & { readonly set: Promise<KnownSet> }
>();

/** The set that came into force last; undefined if none ever did. Throws LastGoodError and CheckpointError. */
export async function setInForce(context: ConsoleContext): Promise<KnownSet | undefined> {
  const { config, ports, host, signal } = context;
  const head = await lastGoodVersion(ports.documents, signal);
  if (head === undefined) return undefined;
  const kept = known.get(config);
  if (kept?.version === head.version && kept.at === head.at) return kept;
  const loaded = await loadLastGood(ports.documents, signal);
  if (loaded === undefined) return undefined;
  // Requests that come at the same time have loaded the same set: one of them compiles it, the others wait for that.
  const running = compiling.get(config);
  if (running?.version === loaded.version && running.at === loaded.at) return await running.set;
  const { version, at } = loaded;
  const set = compiled(loaded, config, host);
  compiling.set(config, { version, at, set });
  try {
    return await set;
  } catch (error) {
    // The next request is another try.
    if (compiling.get(config)?.set === set) compiling.delete(config);
    throw error;
  }
}

async function compiled(
  { version, at, files }: LastGood,
  config: RelayConfig,
  host: ConsoleHost,
): Promise<KnownSet> {
  const set: KnownSet = { version, at, files: files.map(setFile), ...(await listed(files, config, host)) };
  known.set(config, set);
  return set;
}

export function setFile(file: RuleFile): SetFile {
  const { path, text, database } = file;
  return { path, bytes: lengthOf(file), digest: database?.sha256 ?? sha256OfAll([text]) };
}

async function listed(
  files: readonly RuleFile[],
  config: RelayConfig,
  host: ConsoleHost,
): Promise<ListedSet> {
  const most = host.mostRuleBytes ?? Number.POSITIVE_INFINITY;
  const bytes = files.reduce((sum, file) => sum + (isListFile(file.path) ? 0 : file.text.length), 0);
  if (bytes <= most) return (await host.listRules?.(files, config)) ?? listedSet(files, config);
  return notListed(
    `they have ${plural(files.length, 'file')} and ${bytes} bytes, and on this host sets of more than ${most} bytes are not compiled for a page. "xdr-relay rules coverage" lists them`,
  );
}
