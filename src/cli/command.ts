/**
 * Defines the commands of `xdr-relay`: a name, inputs, help, and an action that is imported only when the command runs.
 *
 * Each file in `commands/` defines one command. `program.ts` turns them into Commander's commands.
 */
import type { Argument, Option } from 'commander';
import type { ExitCode } from './exit-codes.ts';
import type { Output } from './output.ts';

/** An option: how Commander reads it, and the value that the action gets. */
export interface OptionInput<T> {
  readonly option: Option;
  /** Converts Commander's value, which is `undefined` if the option was not given, into the action's value. */
  read(given: unknown): T;
}

/** A positional argument, as {@link OptionInput}. */
export interface ArgumentInput<T> {
  readonly argument: Argument;
  read(given: unknown): T;
}

export type Input<T> = OptionInput<T> | ArgumentInput<T>;

/** The inputs of a command by their names in the action's options. Arguments are read in this order. */
export type Inputs = Readonly<Record<string, Input<unknown>>>;

/** The options of an action: one value for each input. */
export type ValuesOf<I extends Inputs> = {
  readonly [K in keyof I]: I[K] extends Input<infer T> ? T : never;
};

/**
 * Runs the command. It writes only to `out`, and throws a RelayError for a problem that a person can fix.
 *
 * `signal` is aborted by Ctrl-C and SIGTERM: an error thrown after that ends the command as stopped.
 */
export type Action<Options> = (options: Options, out: Output, signal: AbortSignal) => Promise<ExitCode>;

/** The meanings of the exit codes for one command. The codes for wrong usage and Ctrl-C mean the same for all commands, and are added. */
export interface ExitMeanings {
  readonly ok: string;
  readonly failed?: string;
  readonly usage?: string;
  /** Only for commands that may find out too little to say. */
  readonly unknown?: string;
  readonly stopped?: string;
}

interface Help {
  readonly name: string;
  /** Imperative, sentence case, no full stop: one line of the list of commands. */
  readonly summary: string;
  /** Whole sentences, the first one imperative. */
  readonly description: string;
  /** Paragraphs under the options. */
  readonly notes?: readonly string[];
  /** Command lines, each without the leading `xdr-relay `. */
  readonly examples: readonly string[];
}

export interface CommandSpec<I extends Inputs> extends Help {
  readonly inputs: I;
  readonly exits: ExitMeanings;
  /** The exit code of a RelayError: `usage` if `failed` means findings, so that a caller can distinguish the two. */
  readonly errorsAre?: 'failed' | 'usage';
  /**
   * What Ctrl-C does. `at once`: the process ends, because the command changes nothing or has nothing to finish. Otherwise the signal
   * is aborted: `itself` for an action that then ends by itself, and whose errors still count as errors; or an object with the text
   * that follows "Stopped: " when the action throws because of the signal.
   */
  readonly onStop: 'at once' | 'itself' | { readonly says: string };
  load(): Promise<Action<ValuesOf<I>>>;
}

/** A command without the types of its inputs, which were checked where it was defined. */
export interface CliCommand extends Omit<CommandSpec<Inputs>, 'load'> {
  readonly kind: 'command';
  /** Imports the action and runs it. @param given Commander's values by the names of the inputs. */
  run(given: Readonly<Record<string, unknown>>, out: Output, signal: AbortSignal): Promise<ExitCode>;
}

/** A command that only holds others: `xdr-relay rules`. */
export interface CliGroup extends Help {
  readonly kind: 'group';
  readonly commands: readonly CliCommand[];
}

export function defineCommand<const I extends Inputs>(spec: CommandSpec<I>): CliCommand {
  return {
    kind: 'command',
    ...spec,
    async run(given, out, signal) {
      const values = Object.entries(spec.inputs).map(([name, input]) => [name, input.read(given[name])]);
      const action = await spec.load();
      return await action(Object.fromEntries(values) as ValuesOf<I>, out, signal);
    },
  };
}

export function defineGroup(spec: Omit<CliGroup, 'kind'>): CliGroup {
  return { kind: 'group', ...spec };
}
