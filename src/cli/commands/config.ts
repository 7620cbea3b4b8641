import type { Command } from 'commander';
import { effectiveConfig } from '../../config/effective.ts';
import { countDiagnostics, type DiagnosticFormat, renderDiagnostics } from '../../diagnostics/render.ts';
import { loadEnvFileBeside, readConfigFile } from '../../hosts/node/config-file.ts';
import { configOption, formatOption } from '../options.ts';
import { useColor } from '../output.ts';

interface Options {
  readonly config: string;
  readonly check?: true;
  readonly format: DiagnosticFormat;
}

export function registerConfigCommand(program: Command): void {
  program
    .command('config')
    .summary('check relay.yaml and print it with its defaults')
    .description(
      'Checks relay.yaml and prints it with its defaults filled in. Secrets are shown as variables, not as values.',
    )
    .addOption(configOption())
    .option('--check', 'only check, print no configuration')
    .addOption(formatOption())
    .addHelpText(
      'after',
      `
Variables come from the environment and from the file .env beside relay.yaml; what is set in the environment wins.

Exit code: 0 when it is valid, warnings included; 1 when it is not.

Examples:
  xdr-relay config
  xdr-relay config --check --format github      in a pull request's checks`,
    )
    .action(runConfig);
}

async function runConfig({ config: file, check, format }: Options): Promise<void> {
  await loadEnvFileBeside(file);
  const parsed = await readConfigFile(file);
  const sources = new Map([[file, parsed.source]]);
  if (format !== 'text') {
    const findings = renderDiagnostics(parsed.diagnostics, sources, format);
    if (findings !== '') console.log(findings);
  } else if (parsed.diagnostics.length > 0) {
    console.error(
      renderDiagnostics(parsed.diagnostics, sources, 'text', { color: useColor(process.stderr) }),
    );
  }
  if (!parsed.config) {
    process.exitCode = 1;
    return;
  }
  if (format !== 'text') return;
  if (check) console.log(`${file}: ${countDiagnostics(parsed.diagnostics)}`);
  else process.stdout.write(effectiveConfig(parsed) ?? '');
}
