/** The command line: turns the commands in `commands/` into Commander's, runs one, and formats its error. */
import { Command, CommanderError } from 'commander';
import picocolors from 'picocolors';
import manifest from '../../package.json' with { type: 'json' };
import { RelayError } from '../shared/errors.ts';
import type { CliCommand, CliGroup } from './command.ts';
import { COMMANDS } from './commands/index.ts';
import { EXIT, type ExitCode } from './exit-codes.ts';
import { helpAfter, helpWidth, wrapped } from './help.ts';
import type { Output } from './output.ts';
import { UsageError } from './usage-error.ts';

/** What the command line needs of the process. */
export interface ProgramDeps {
  readonly out: Output;
  /** Called when a command begins. Decides how Ctrl-C ends the command, and returns the signal for it. */
  readonly stopSignal: (onStop: 'at once' | 'cleanly') => AbortSignal;
  /** Commands in addition to the product's, such as the demo. */
  readonly more?: readonly CliCommand[];
}

/** Runs the command that `argv`, without the name `xdr-relay`, names. Never throws: an error is written and becomes an exit code. */
export async function runProgram(argv: readonly string[], deps: ProgramDeps): Promise<ExitCode> {
  let code: ExitCode = EXIT.ok;
  const run: Run = async (command, given) => {
    code = await runCommand(command, given, deps);
  };
  const program = createProgram(deps.out, run, deps.more);
  try {
    await program.parseAsync(argv, { from: 'user' });
    return code;
  } catch (error) {
    // Commander has written its message already. It also throws for help and the version, with exit code 0.
    if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT.ok : EXIT.usage;
    await noteError(error, deps.out);
    return EXIT.failed;
  }
}

async function runCommand(
  command: CliCommand,
  given: Readonly<Record<string, unknown>>,
  { out, stopSignal }: ProgramDeps,
): Promise<ExitCode> {
  const { onStop, errorsAre = 'failed' } = command;
  const signal = stopSignal(onStop === 'at once' ? onStop : 'cleanly');
  try {
    return await command.run(given, out, signal);
  } catch (error) {
    if (signal.aborted && typeof onStop === 'object') {
      out.note(`Stopped: ${onStop.says}`);
      return EXIT.stopped;
    }
    await noteError(error, out);
    if (error instanceof UsageError) return EXIT.usage;
    return error instanceof RelayError ? EXIT[errorsAre] : EXIT.failed;
  }
}

async function noteError(error: unknown, out: Output): Promise<void> {
  const { describeError } = await import('./describe-error.ts');
  const debug = process.env.XDR_RELAY_LOG_LEVEL === 'debug';
  out.note(describeError(error, { color: out.noteColor, debug }));
}

type Run = (command: CliCommand, given: Readonly<Record<string, unknown>>) => Promise<void>;

/** Makes all commands with their help. Imports no action. */
export function createProgram(out: Output, run: Run, more: readonly CliCommand[] = []): Command {
  const program = new Command('xdr-relay')
    .description(manifest.description.replace('. ', '.\n'))
    .version(manifest.version, '-V, --version', 'Show the version')
    .exitOverride()
    .configureOutput({
      writeOut: (text) => out.print(withoutLastLineEnd(text)),
      writeErr: (text) => out.note(withoutLastLineEnd(text)),
      outputError: (text, write) => write(text.replace(/^error: /, 'xdr-relay: ')),
      getOutHasColors: () => out.color,
      getErrHasColors: () => out.noteColor,
      getOutHelpWidth: () => helpWidth(out.width),
      getErrHelpWidth: () => helpWidth(out.width),
    })
    .configureHelp(STYLES)
    .helpOption('-h, --help', 'Show this help')
    .helpCommand('help [command]', 'Show the help of a command')
    .addHelpText('after', () => `\n${wrapped(AFTER_ALL, helpWidth(out.width))}`);
  program.showHelpAfterError('"xdr-relay --help" lists the options.');
  for (const command of [...COMMANDS, ...more]) addTo(program, command, out, run);
  return program;
}

const AFTER_ALL =
  'Start with "xdr-relay init". Exit codes: 0 done, 1 failed or findings, 2 wrong usage, 3 not known, 130 stopped by Ctrl-C. The help of a command says what they mean for it.';

const PAINT = picocolors.createColors(true);
/** The colours of help. Commander removes them for streams without colours. */
const STYLES = {
  styleTitle: PAINT.bold,
  styleCommandText: PAINT.cyan,
  styleSubcommandText: PAINT.cyan,
  styleOptionText: PAINT.cyan,
};

function addTo(parent: Command, spec: CliCommand | CliGroup, out: Output, run: Run): void {
  const command = parent
    .command(spec.name)
    .summary(spec.summary)
    .description(spec.description)
    .helpOption('-h, --help', 'Show this help')
    .addHelpText('after', () => helpAfter(spec, out.width));
  const path = `${fullName(parent)} ${spec.name}`;
  command.showHelpAfterError(`"${path} --help" lists the options.`);
  if (spec.kind === 'group') {
    command.helpCommand('help [command]', 'Show the help of a command');
    for (const each of spec.commands) addTo(command, each, out, run);
    return;
  }
  for (const input of Object.values(spec.inputs)) {
    if ('option' in input) command.addOption(input.option);
    else command.addArgument(input.argument);
  }
  command.action(() => run(spec, givenTo(spec, command)));
}

/** Commander's values of a command, by the names of the inputs. */
function givenTo(spec: CliCommand, command: Command): Readonly<Record<string, unknown>> {
  const options: Readonly<Record<string, unknown>> = command.opts();
  const values: readonly unknown[] = command.processedArgs;
  let place = 0;
  return Object.fromEntries(
    Object.entries(spec.inputs).map(([name, input]) => {
      if ('option' in input) return [name, options[input.option.attributeName()]];
      place += 1;
      return [name, values[place - 1]];
    }),
  );
}

function fullName(command: Command): string {
  return command.parent ? `${fullName(command.parent)} ${command.name()}` : command.name();
}

function withoutLastLineEnd(text: string): string {
  return text.replace(/\n$/, '');
}
