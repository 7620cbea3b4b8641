/** What a part of the bench is, and what it is given. */
import type { BenchInput } from './input/input.ts';
import type { Measure } from './measure.ts';
import type { BenchOptions } from './options.ts';

/** What a part works with. */
export interface BenchContext {
  readonly options: BenchOptions;
  /** A folder of this run's own; it is removed at the end. */
  readonly folder: string;
  /** Aborted when the run is to end. */
  readonly signal: AbortSignal;
  /** The rows and rule files that parts share, made when they are first asked for. */
  readonly input: BenchInput;
  /** Path of the built command. Builds it at the first call. */
  command(): Promise<string>;
  /** Says what is going on; a terminal shows the last. */
  say(text: string): void;
}

/** Something that is measured: some lines of the table. */
export interface Part {
  /** How `--only` names it. */
  readonly name: string;
  /** What it measures, for `--help` and as the heading of its lines. */
  readonly about: string;
  /** Throws {@link SkippedError} where this machine lacks what it needs. */
  run(context: BenchContext): AsyncIterable<Measure> | Promise<readonly Measure[]>;
}
