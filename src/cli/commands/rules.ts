import { type Command, Option } from 'commander';
import { RelayError } from '../../shared/errors.ts';
import { checkCommand } from '../actions/rules/check.ts';
import { coverageCommand } from '../actions/rules/coverage.ts';
import { explainCommand } from '../actions/rules/explain.ts';
import { fmtCommand } from '../actions/rules/fmt.ts';
import { EXIT, type ExitCode, type Output, processOutput } from '../actions/rules/io.ts';
import { newCommand } from '../actions/rules/new.ts';
import { runCommand } from '../actions/rules/run.ts';
import { schemaCommand } from '../actions/rules/schema.ts';
import { type TestOptions, testCommand } from '../actions/rules/test.ts';
import { runOnChange } from '../actions/rules/watch.ts';
import { workspacePaths } from '../actions/rules/workspace.ts';
import { describeError } from '../output.ts';

const EXIT_CODES = `
Exit codes:
  0  nothing found
  1  errors in the rule files, failed tests, files that fmt --check would change
  2  wrong usage: no such folder or file, an unknown option`;

const FORMATS = ['text', 'json', 'github'];

/** Adds `rules` and its commands. Their exit codes are set on the process. */
export function registerRulesCommands(program: Command, out: Output = processOutput()): void {
  const rules = program
    .command('rules')
    .description('check, test, try and explain rule files')
    .addHelpText('after', EXIT_CODES);

  /** A command on a folder of rule files. */
  const onFolder = (name: string, description: string) =>
    rules
      .command(name)
      .description(description)
      .option(
        '-t, --transforms <dir>',
        'the folder of rule files (default: the one relay.yaml names, or transforms)',
      )
      .addOption(
        new Option(
          '-c, --config <file>',
          'relay.yaml: its destinations, alerts and variables; without it any name is accepted',
        ).env('XDR_RELAY_CONFIG'),
      )
      .addHelpText('after', EXIT_CODES);
  const format = (choices: readonly string[]) =>
    new Option('--format <format>', 'of the result; github: annotations of GitHub Actions')
      .choices([...choices])
      .default('text');
  const finish = (command: () => Promise<ExitCode>) => setExitCode(out, command);

  onFolder('check', 'report every mistake in the rule files')
    .addOption(format(FORMATS))
    .action((options) => finish(() => checkCommand(options, out)));

  onFolder('test', 'run the tests in table files and *.test.yaml')
    .addOption(format(FORMATS))
    .option('--only <text>', 'only tests whose title or file holds this text')
    .option('--watch', 'run again whenever a rule file changes')
    .action(async (options: TestOptions & { readonly watch?: boolean }) => {
      if (!options.watch) return await finish(() => testCommand(options, out));
      const ending = new AbortController();
      process.once('SIGINT', () => ending.abort());
      await finish(async () => {
        await runOnChange(await workspacePaths(options), () => testCommand(options, out), out, ending.signal);
        return EXIT.ok;
      });
    });

  onFolder('explain', 'show what the rules make of one row, and why')
    .argument('[file]', 'only this table file or Sigma rule; it need not lie in the folder')
    .requiredOption(
      '--row <file>',
      'one row as JSON, with its envelope or its columns alone; - reads the standard input',
    )
    .option('--table <table>', 'the table of a row without an envelope')
    .addOption(format(['text', 'json']))
    .action((file, options) => finish(() => explainCommand(file, options, out)));

  onFolder('run', 'dry run: what rows would be filtered, what matches, what each destination would get')
    .argument(
      '<input...>',
      'files of rows as Defender writes them (JSON Lines, JSON, gzip), or https addresses of blobs',
    )
    .option('--diff <dir>', 'another folder of rule files: show what changes from it to this one')
    .addOption(format(['text', 'json']))
    .action((inputs, options) => finish(() => runCommand(inputs, options, out)));

  onFolder(
    'coverage',
    "tell how many of a folder's Sigma rules run, why the others do not, and the ATT&CK techniques",
  )
    .argument('<dir>', 'a folder of Sigma rules, e.g. of SigmaHQ')
    .option('--list', 'name every rule that does not run')
    .addOption(format(['text', 'json']))
    .action((directory, options) => finish(() => coverageCommand(directory, options, out)));

  rules
    .command('new')
    .description('write a commented file for a table, with its columns')
    .argument('<table>', 'the Advanced Hunting table, e.g. DeviceProcessEvents')
    .option('-t, --transforms <dir>', 'where to write it', 'transforms')
    .action((table, options) => finish(() => newCommand(table, options, out)));

  rules
    .command('fmt')
    .description('bring table, mapping and test files into one form; Sigma rules stay as they are')
    .option('-t, --transforms <dir>', 'the folder of rule files', 'transforms')
    .option('--check', 'change nothing; exit with 1 when a file would change')
    .action((options) => finish(() => fmtCommand(options, out)));

  rules
    .command('schema')
    .description('write the JSON Schemas of the rule files, for editors')
    .option('-o, --out <dir>', 'where to write them', 'schemas')
    .action((options: { readonly out: string }) => finish(() => schemaCommand(options.out, out)));
}

/** What the user can put right is shown in a line, with the exit code for wrong usage. */
async function setExitCode(out: Output, command: () => Promise<ExitCode>): Promise<void> {
  try {
    process.exitCode = await command();
  } catch (error) {
    if (!(error instanceof RelayError)) throw error;
    out.note(describeError(error, { color: out.color, debug: false }));
    process.exitCode = EXIT.usage;
  }
}
