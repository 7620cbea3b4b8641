import { Command, CommanderError } from 'commander';
import picocolors from 'picocolors';
import manifest from '../../package.json' with { type: 'json' };
import { destinationTitles } from '../destinations/list.ts';
import { registerAuditCommand } from './commands/audit.ts';
import { registerBackfillCommand } from './commands/backfill.ts';
import { registerConfigCommand } from './commands/config.ts';
import { registerDeadLettersCommand } from './commands/dead-letters.ts';
import { registerDemoCommand } from './commands/demo.ts';
import { registerDestinationsCommand } from './commands/destinations.ts';
import { registerInitCommand } from './commands/init.ts';
import { registerLossesCommand } from './commands/losses.ts';
import { registerServeCommand } from './commands/serve.ts';
import { registerStateCommand } from './commands/state.ts';
import { registerStatusCommand } from './commands/status.ts';
import { describeError, useColor } from './output.ts';

/**
 * Runs the command line. Sets the exit code: 0 done, 1 failed or findings, 2 wrong usage, 130 stopped by Ctrl-C (serve: by a second one).
 *
 * @param argv the arguments behind the command's own name.
 */
export async function main(argv: readonly string[]): Promise<void> {
  process.stdout.on('error', endOnBrokenPipe);
  try {
    const program = await createProgram(argv);
    await program.parseAsync(argv, { from: 'user' });
  } catch (error) {
    process.exitCode = exitCodeOf(error);
    if (!(error instanceof CommanderError)) {
      const debug = process.env.XDR_RELAY_LOG_LEVEL === 'debug';
      console.error(describeError(error, { color: useColor(process.stderr), debug }));
    }
  }
}

/** Every command with its help. `argv` decides which of the heavier command groups are loaded. */
export async function createProgram(argv: readonly string[]): Promise<Command> {
  const paint = picocolors.createColors(true);
  const program = new Command('xdr-relay')
    .description(
      `Streams Microsoft Defender XDR events out of Azure Storage to ${destinationTitles()}.\nEvery event, at least once, in order.`,
    )
    .version(manifest.version, '-V, --version')
    .exitOverride()
    .configureOutput({
      outputError: (text, write) => write(text.replace(/^error: /, 'xdr-relay: ')),
      getOutHasColors: () => useColor(process.stdout),
      getErrHasColors: () => useColor(process.stderr),
    })
    .configureHelp({
      styleTitle: paint.bold,
      styleCommandText: paint.cyan,
      styleSubcommandText: paint.cyan,
      styleOptionText: paint.cyan,
    })
    .addHelpText(
      'after',
      `
Start with "xdr-relay init". Exit codes: 0 done, 1 failed or findings, 2 wrong usage, 130 stopped by Ctrl-C (serve: by a second one).`,
    );
  registerInitCommand(program);
  registerConfigCommand(program);
  registerServeCommand(program);
  registerStatusCommand(program);
  registerAuditCommand(program);
  registerBackfillCommand(program);
  registerDestinationsCommand(program);
  registerDeadLettersCommand(program);
  registerLossesCommand(program);
  registerStateCommand(program);
  await registerRules(program, argv);
  registerDemoCommand(program);
  nameHelpAfterErrors(program, program.name());
  return program;
}

/** Wrong usage of a command is followed by the help of that command, not of the program. */
function nameHelpAfterErrors(command: Command, name: string): void {
  command.showHelpAfterError(`"${name} --help" lists what there is.`);
  for (const each of command.commands) nameHelpAfterErrors(each, `${name} ${each.name()}`);
}

/** The rules commands bring the compiler along: loaded when they are asked for, listed always. */
async function registerRules(program: Command, argv: readonly string[]): Promise<void> {
  if (argv.includes('rules')) {
    const { registerRulesCommands } = await import('./commands/rules.ts');
    registerRulesCommands(program);
  } else {
    program.command('rules').description('check, test and explain rule files');
  }
}

function exitCodeOf(error: unknown): number {
  if (!(error instanceof CommanderError)) return 1;
  return error.exitCode === 0 ? 0 : 2;
}

/** `xdr-relay config | head`: nobody reads any more, which is no failure. */
function endOnBrokenPipe(error: NodeJS.ErrnoException): void {
  if (error.code === 'EPIPE') process.exit();
  throw error;
}
