/**
 * What a command of `xdr-relay` is: a name, its inputs, its help, and an action that is imported only when the command runs.
 *
 * Each file in `commands/` defines one command. `program.ts` turns them into Commander's commands.
 */
import type { Argument, Option } from 'commander';
import type { ExitCode } from './exit-codes.ts';
import type { Output } from './output.ts';

/** An option: how Commander reads it, and the value that the action gets. */
export interface OptionInput<T> {
  readonly option: Option;
  /** Makes the action's value of Commander's; `undefined` where the option was not given. */
  read(given: unknown): T;
}

/** A positional argument, as {@link OptionInput}. */
export interface ArgumentInput<T> {
  readonly argument: Argument;
  read(given: unknown): T;
}

export type Input<T> = OptionInput<T> | ArgumentInput<T>;

/** The inputs of a command by the names that the action knows them by. Arguments are read in this order. */
export type Inputs = Readonly<Record<string, Input<unknown>>>;

/** What an action gets: one value for each input. */
export type ValuesOf<I extends Inputs> = {
  readonly [K in keyof I]: I[K] extends Input<infer T> ? T : never;
};

/**
 * Does what the command says. It writes to `out` only and throws a RelayError for what a person can put right.
 *
 * `signal` is aborted by Ctrl-C and SIGTERM: an error thrown after that ends the command as stopped.
 */
export type Action<Options> = (options: Options, out: Output, signal: AbortSignal) => Promise<ExitCode>;

/** What the exit codes mean for one command. Wrong usage and Ctrl-C mean the same for each, and are added. */
export interface ExitMeanings {
  readonly ok: string;
  readonly failed?: string;
  readonly usage?: string;
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
  /** Command lines, each with what is behind `xdr-relay `. */
  readonly examples: readonly string[];
}

export interface CommandSpec<I extends Inputs> extends Help {
  readonly inputs: I;
  readonly exits: ExitMeanings;
  /** The exit code of a RelayError: `usage` where `failed` means findings and a caller must tell the two apart. */
  readonly errorsAre?: 'failed' | 'usage';
  /**
   * What Ctrl-C does. `at once`: the process ends, since the command changes nothing or has nothing to finish. Otherwise the signal
   * is aborted: `itself` for an action that comes to an end of its own and whose errors are errors even then; or the text that
   * follows "Stopped: " when the action throws because of it.
   */
  readonly onStop: 'at once' | 'itself' | { readonly says: string };
  load(): Promise<Action<ValuesOf<I>>>;
}

/** A command whose inputs' types are checked already. */
export interface CliCommand extends Omit<CommandSpec<Inputs>, 'load'> {
  readonly kind: 'command';
  /** Imports the action and runs it. `given` has Commander's value of each input, by the input's name. */
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
