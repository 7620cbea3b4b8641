/** Checks relay.yaml and prints it as it holds. */
import { effectiveConfig } from '../../config/effective.ts';
import { countDiagnostics, type DiagnosticFormat, renderDiagnostics } from '../../diagnostics/render.ts';
import { loadEnvFileBeside, readConfigFile } from '../../hosts/node/config-file.ts';
import { EXIT, type ExitCode } from '../exit-codes.ts';
import type { Output } from '../output.ts';

export interface ConfigOptions {
  readonly config: string;
  readonly check: boolean;
  readonly format: DiagnosticFormat;
}

export async function runConfig(
  { config: file, check, format }: ConfigOptions,
  out: Output,
): Promise<ExitCode> {
  await loadEnvFileBeside(file);
  const parsed = await readConfigFile(file);
  const sources = new Map([[file, parsed.source]]);
  if (format !== 'text') {
    const findings = renderDiagnostics(parsed.diagnostics, sources, format);
    if (findings !== '') out.print(findings);
  } else if (parsed.diagnostics.length > 0) {
    out.note(renderDiagnostics(parsed.diagnostics, sources, 'text', { color: out.noteColor }));
  }
  if (!parsed.config) return EXIT.failed;
  if (format !== 'text') return EXIT.ok;
  if (check) out.print(`${file}: ${countDiagnostics(parsed.diagnostics)}`);
  else out.print((effectiveConfig(parsed) ?? '').replace(/\n$/, ''));
  return EXIT.ok;
}
