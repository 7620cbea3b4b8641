/** What rule files are compiled to: one program for each table. Types only. */
import type { Level, RuleRef } from '../shared/event.ts';
import type { CorrelationRule } from './ruleset.ts';
import type {
  CompiledDetection,
  CompiledRule,
  CorrelationFeed,
  KnownSources,
  Matcher,
} from './sigma/index.ts';
import type { Transform } from './transforms/step.ts';

/** Rule files, checked and compiled: what {@link evaluate} runs and what `rules explain` shows. Immutable. */
export interface Program {
  /** First 12 hexadecimal digits of a hash over the files. */
  readonly version: string;
  /** By table name in lower case. */
  readonly tables: ReadonlyMap<string, TableProgram>;
  /** For tables with neither a file nor a detection. */
  readonly fallback: TableProgram;
  /** Each after those that it waits for. */
  readonly correlations: readonly CorrelationRule[];
}

/** What becomes of one table's rows. */
export interface TableProgram {
  readonly table: string;
  /** The fields that its filters, routes and detections read. */
  readonly sources: KnownSources;
  readonly filters: readonly Filter[];
  readonly transform: readonly NamedTransform[];
  /** Bytes before a row in which an equal one makes it a repeat; undefined: repeats are sent. */
  readonly dedupe: number | undefined;
  readonly routes: readonly TableRoute[];
  readonly detections: readonly TableDetection[];
  /** Over `detections`, by position. */
  readonly matcher: Matcher | undefined;
}

export interface Filter {
  readonly title: string;
  readonly detection: CompiledDetection;
}

export interface NamedTransform {
  readonly verb: string;
  readonly run: Transform;
}

export interface TableRoute {
  readonly to: string;
  /** Undefined: every row. */
  readonly detection: CompiledDetection | undefined;
  readonly severity: Level | undefined;
  /** Set where a match is an alert. */
  readonly rule: RuleRef | undefined;
}

export interface TableDetection {
  readonly compiled: CompiledRule;
  readonly rule: RuleRef;
  readonly level: Level;
  /** The destinations of its alerts, each once. */
  readonly to: readonly string[];
  /** It feeds correlations and raises no alert of its own. */
  readonly silent: boolean;
  readonly feeds: readonly CorrelationFeed[];
}
