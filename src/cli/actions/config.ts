/** Checks relay.yaml and the rules that it names, and prints the settings that apply. */
import { dirname, resolve } from 'node:path';
import { effectiveConfig } from '../../config/effective.ts';
import { ruleContext, ruleFolders } from '../../config/rule-context.ts';
import type { RelayConfig } from '../../config/schema.ts';
import type { Diagnostic } from '../../diagnostics/diagnostic.ts';
import { countDiagnostics, type DiagnosticFormat, renderDiagnostics } from '../../diagnostics/render.ts';
import { loadEnvFileBeside, readConfigFile } from '../../hosts/node/config-file.ts';
import { loadRuleFolders } from '../../hosts/node/rule-files.ts';
import { compileRules } from '../../rules/index.ts';
import { plural } from '../../shared/readable.ts';
import { EXIT, type ExitCode } from '../exit-codes.ts';
import type { Output } from '../output.ts';
import { UsageError } from '../usage-error.ts';
import { shownPath } from './rules/place.ts';

export interface ConfigOptions {
  readonly config: string;
  readonly check: boolean;
  /** Sends each destination a test event. */
  readonly online: boolean;
  readonly format: DiagnosticFormat;
}

/** `config`: exits with 1 if relay.yaml or a rule has an error with which `serve` would not start, or if a destination does not take a test event. */
export async function runConfig(
  { config: file, check, online, format }: ConfigOptions,
  out: Output,
  signal: AbortSignal,
): Promise<ExitCode> {
  if (online && format !== 'text') {
    throw new UsageError(
      'options_conflict',
      '--online has no form for --format: "xdr-relay destinations test" with --format json has one',
    );
  }
  await loadEnvFileBeside(file);
  const parsed = await readConfigFile(file);
  const { config } = parsed;
  const rules = config && (await checkedRules(file, config));
  const ruleFindings = rules?.findings ?? [];
  const sources = new Map([[file, parsed.source], ...parsed.presets.sources, ...(rules?.sources ?? [])]);
  // The text output leaves warnings to `rules check`: here they would hide the errors that keep the relay from starting.
  const shown = [...parsed.diagnostics, ...(format === 'text' ? errorsAmong(ruleFindings) : ruleFindings)];
  if (format !== 'text') {
    const findings = renderDiagnostics(shown, sources, format);
    if (findings !== '') out.print(findings);
  } else if (shown.length > 0) {
    out.note(renderDiagnostics(shown, sources, 'text', { color: out.noteColor }));
  }
  if (!config) return EXIT.failed;
  if (format === 'text') {
    if (check) out.print(`${file}: ${countDiagnostics(parsed.diagnostics)}\n${rulesLine(config, rules)}`);
    else out.print((effectiveConfig(parsed) ?? '').replace(/\n$/, ''));
  }
  if (errorsAmong(ruleFindings).length > 0) return EXIT.failed;
  if (!online) return EXIT.ok;
  // Without the option nothing is loaded that connects.
  const { testEach } = await import('./destinations-test.ts');
  const names = Object.keys(config.destinations);
  return (await testEach(config, { names, format: 'text' }, out, signal)) ? EXIT.ok : EXIT.failed;
}

interface CheckedRules {
  /** The folder's path for display. */
  readonly directory: string;
  readonly files: number;
  readonly findings: readonly Diagnostic[];
  readonly sources: readonly (readonly [string, string])[];
}

/** Checks the rules in the folder that `serve` would read; undefined if `serve` would read a container. Throws RulesFolderError. */
async function checkedRules(file: string, config: RelayConfig): Promise<CheckedRules | undefined> {
  if (config.transforms_container !== undefined) return undefined;
  const directories = ruleFolders(config).map((folder) => shownPath(resolve(dirname(file), folder)));
  const { files, nameOf } = await loadRuleFolders(directories);
  const { diagnostics } = compileRules(files, ruleContext(config));
  return {
    directory: directories.join(', '),
    files: files.length,
    findings: diagnostics.map((one) => ({ ...one, file: nameOf(one.file) })),
    sources: files.map(({ path, text }) => [nameOf(path), text]),
  };
}

function rulesLine(
  { transforms_container: container }: RelayConfig,
  rules: CheckedRules | undefined,
): string {
  if (!rules) {
    return `rules in the container ${container}: not looked at; "xdr-relay rules check" checks the folder they come from`;
  }
  const { directory, files, findings } = rules;
  const more = findings.length > 0 ? '; "xdr-relay rules check" shows them' : '';
  return `${directory}: ${plural(files, 'file')}, ${countDiagnostics(findings)}${more}`;
}

function errorsAmong(list: readonly Diagnostic[]): readonly Diagnostic[] {
  return list.filter(({ severity }) => severity === 'error');
}
