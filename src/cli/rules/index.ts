import { type Command, Option } from 'commander';
import { messageOf, RelayError } from '../../shared/errors.ts';
import { checkCommand } from './check.ts';
import { EXIT, type ExitCode, type Output, processOutput } from './io.ts';
import { type TestOptions, testCommand } from './test.ts';
import { runOnChange } from './watch.ts';

const EXIT_CODES = `
Exit codes:
  0  nothing found
  1  errors in the rule files, or failed tests
  2  wrong usage: no such folder or file, an unknown option`;

/** Adds `rules` and its commands. Their exit codes are set on the process. */
export function registerRulesCommands(program: Command, out: Output = processOutput()): void {
  const rules = program.command('rules').description('check, test, try and explain rule files');

  const workspace = (name: string, description: string) =>
    rules
      .command(name)
      .description(description)
      .option(
        '--transforms <dir>',
        'the folder of rule files (default: the one relay.yaml names, or transforms)',
      )
      .option(
        '--config <file>',
        'relay.yaml: its destinations, alerts and variables; without it any name is accepted',
      )
      .addHelpText('after', EXIT_CODES);
  const format = () =>
    new Option('--format <format>', 'text, json, or github annotations')
      .choices(['text', 'json', 'github'])
      .default('text');

  workspace('check', 'report every mistake in the rule files')
    .addOption(format())
    .action((options) => finish(out, () => checkCommand(options, out)));

  workspace('test', 'run the tests in table files and *.test.yaml')
    .addOption(format())
    .option('--only <text>', 'only tests whose title or file holds this text')
    .option('--watch', 'run again whenever a rule file changes')
    .action(async (options: TestOptions & { readonly watch?: boolean }) => {
      if (!options.watch) return await finish(out, () => testCommand(options, out));
      const ending = new AbortController();
      process.once('SIGINT', () => ending.abort());
      const paths = [options.transforms ?? 'transforms', ...(options.config ? [options.config] : [])];
      await runOnChange(paths, () => testCommand(options, out), out, ending.signal);
    });
}

/** Runs a command and sets the exit code. What the user can put right is shown as one line. */
async function finish(out: Output, command: () => Promise<ExitCode>): Promise<void> {
  try {
    process.exitCode = await command();
  } catch (error) {
    if (!(error instanceof RelayError)) throw error;
    out.note(`xdr-relay: ${messageOf(error)}`);
    process.exitCode = EXIT.usage;
  }
}
