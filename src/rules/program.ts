/** The types of compiled rule files: one program for each table. */
import type { Level, RuleRef, ShapeWriter, Verdict } from '../shared/event.ts';
import type { MetadataTemplates } from '../shared/metadata-template.ts';
import type { ListedException } from './exceptions/ends.ts';
import type { CompiledList } from './lists/compiled-list.ts';
import type { List } from './lists/list.ts';
import type { AlertTarget, CorrelationRule } from './ruleset.ts';
import type { Sample } from './sampling.ts';
import type { Shapes } from './shapes/shapes.ts';
import type {
  CompiledDetection,
  CompiledRule,
  CorrelationFeed,
  KnownSources,
  Matcher,
} from './sigma/index.ts';
import type { Transform } from './transforms/step.ts';
import type { Touches } from './transforms/touched.ts';

/** Checked and compiled rule files: {@link evaluate} runs them, `rules explain` shows them. Immutable. */
export interface Program {
  /** The first 12 hexadecimal digits of a hash of the files. */
  readonly version: string;
  /** By table name in lower case. */
  readonly tables: ReadonlyMap<string, TableProgram>;
  /** The program for tables with neither a table file nor a detection. */
  readonly fallback: TableProgram;
  /** In dependency order: each correlation after the correlations that it watches. */
  readonly correlations: readonly CorrelationRule[];
  /** How rows become events of ECS and OCSF. */
  readonly shapes: Shapes;
  /** The exceptions, and the filters that say when they end or whose they are. */
  readonly exceptions: readonly ListedException[];
  /** How rows are filed at destinations that decide that by columns. */
  readonly metadata: ReadonlyMap<string, MetadataTemplates>;
  /** The time, in milliseconds since the epoch, by which exceptions expire; minus infinity without a clock. */
  readonly now: () => number;
  /** By name. */
  readonly lists: ReadonlyMap<string, CompiledList>;
  /** The list of devices; undefined if no step looks devices up. */
  readonly devices: List | undefined;
}

/** What is done with the rows of one table. */
export interface TableProgram {
  readonly table: string;
  /** The fields that the table's filters, routes and detections read. */
  readonly sources: KnownSources;
  readonly filters: readonly Filter[];
  readonly transform: readonly NamedTransform[];
  /** A row is a repeat if an equal row stands within so many bytes before it; undefined: repeats are sent. */
  readonly dedupe: number | undefined;
  readonly routes: readonly TableRoute[];
  /** Whether a row that no route's sample takes can be dropped at once: every route samples, and there are no filters or detections. */
  readonly isOnlySampled: boolean;
  /** Whether single destinations get something else than `transform` makes: routes with steps, or metadata from columns. */
  readonly isShaped: boolean;
  /** By destination, the most rows of a minute. Undefined if there is no limit. */
  readonly limits: ReadonlyMap<string, number> | undefined;
  /** By destination, the steps of all of its routes, through which alerts go that no route asks for. Undefined if no route has steps. */
  readonly shaping: ReadonlyMap<string, RouteSteps> | undefined;
  readonly detections: readonly TableDetection[];
  /** Finds the detections that may match a row; it identifies them by their position in `detections`. */
  readonly matcher: Matcher | undefined;
}

export interface Filter {
  readonly title: string;
  readonly detection: CompiledDetection;
  /** The verdict on each row that it drops and of which all values were compared whole. */
  readonly verdict: Verdict;
}

export interface NamedTransform {
  readonly verb: string;
  readonly run: Transform;
  /** Undefined: the step runs for every row. */
  readonly condition?: CompiledDetection | undefined;
  readonly touches: Touches;
}

/** The steps that a destination's rows pass after the table's own. */
export interface RouteSteps {
  readonly transform: readonly NamedTransform[];
  /** Present if the steps rename columns: knows the names behind them. */
  readonly shapes: ShapeWriter | undefined;
}

export interface TableRoute {
  readonly to: string;
  /** Undefined: every row matches. */
  readonly detection: CompiledDetection | undefined;
  readonly severity: Level | undefined;
  /** Present if a match is an alert. */
  readonly rule: RuleRef | undefined;
  /** Present if the route has steps of its own. */
  readonly steps?: RouteSteps | undefined;
  /** Present if only a part of the rows goes there. Alerts all do. */
  readonly sample?: Sample | undefined;
  /** The most rows of a minute that go there; undefined for any number. */
  readonly limit?: number | undefined;
  /** Present if the route says how rows are filed. */
  readonly metadata?: MetadataTemplates | undefined;
}

export interface TableDetection {
  readonly compiled: CompiledRule;
  readonly rule: RuleRef;
  readonly level: Level;
  /** The destinations of the detection's alerts, without duplicates. */
  readonly to: readonly string[];
  /** The same destinations, by how people are told. */
  readonly targets: readonly AlertTarget[];
  /** The detection feeds correlations and raises no alert of its own. */
  readonly silent: boolean;
  readonly feeds: readonly CorrelationFeed[];
}
