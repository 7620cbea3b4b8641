/** The types of a rule set as the relay uses it, and of the settings that compiling one needs. */
import type { Diagnostic } from '../diagnostics/diagnostic.ts';
import type { Level, MappedShape, Row, RuleRef, ShapeWriter, Verdict } from '../shared/event.ts';
import type { GroupingKeys } from '../shared/grouping.ts';
import type { MetadataSpec } from '../shared/metadata-template.ts';
import type { TableUse } from './columns/use.ts';
import type { ListedException } from './exceptions/ends.ts';
import type { CompiledList } from './lists/compiled-list.ts';
import type { KnownLists } from './lists/known-lists.ts';
import type { List } from './lists/list.ts';
import type { CorrelationDefinition, KnownDetections } from './sigma/index.ts';

/** The settings of relay.yaml that compiling rules needs. */
export interface RuleContext {
  /** Undefined if there is no relay.yaml: then any destination name is accepted. */
  readonly destinations: readonly string[] | undefined;
  readonly defaultDestinations: readonly string[];
  readonly alerts: readonly AlertEntry[];
  readonly variables: Readonly<Record<string, string | readonly string[]>>;
  /** The list of devices, which the host fills; without it, the list is empty. */
  readonly devices?: List;
  /** Lists of the load before, which are not compiled anew where their files are equal. Without it, each load compiles all. */
  readonly knownLists?: KnownLists;
  /** What files of Sigma rules were compiled to before; they are not compiled anew while nothing changes that they depend on. */
  readonly knownDetections?: KnownDetections;
  /** The clock by which exceptions expire, in milliseconds since the epoch. Without it none does. */
  readonly now?: () => number;
  /** By destination, how rows are filed there if columns decide. */
  readonly metadata?: Readonly<Record<string, MetadataSpec>>;
  /** By destination, which keys a route may give it. Undefined: any. */
  readonly metadataKeys?: Readonly<Record<string, readonly string[]>>;
  /** By destination, the headers in lower case that it sets itself, such as that of its `auth`. */
  readonly ownHeaders?: Readonly<Record<string, readonly string[]>>;
  /** By destination, what it makes of rows. Absent without relay.yaml: then destinations get rows as they are, and read nothing of them. */
  readonly reading?: Readonly<Record<string, DestinationReading>>;
  /** Told of each value that a template gave and that is not allowed: the destination and the key. */
  readonly onMetadataDefault?: (destination: string, key: string) => void;
  /** Told of each row that is no more than OCSF's base_event though its table's mapping names a class: its table and ActionType. */
  readonly onShapeFallback?: (table: string, action: string) => void;
}

/** What a destination makes of a row, as far as columns are concerned. */
export interface DestinationReading {
  readonly audience: 'machines' | 'people';
  /** The shape whose mapping reads columns; absent for `raw` and `relay`, which pass all of them on, and for people. */
  readonly shape?: MappedShape;
  /** The columns that its encoding reads of every row. */
  readonly columns: readonly string[];
}

/** An entry of `alerts` in relay.yaml: where the alerts of some levels go, and how people are told of them. */
export interface AlertEntry extends GroupingKeys {
  readonly levels: readonly string[];
  readonly to: readonly string[];
}

/** Destinations of a rule's alerts that are told of them alike. */
export interface AlertTarget {
  /** The rule as these destinations are to see it: with the grouping that holds for them. */
  readonly rule: RuleRef;
  readonly to: readonly string[];
}

/** A Sigma correlation: what it counts over time, and the alert that it raises. */
export interface CorrelationRule {
  /** Identifies the correlation's definition; the same after a restart. 32 lower-case hexadecimal digits. */
  readonly fingerprint: string;
  readonly definition: CorrelationDefinition;
  readonly rule: RuleRef;
  readonly level: Level;
  /** The destinations of the correlation's alerts, without duplicates. */
  readonly to: readonly string[];
  /** The same destinations, by how people are told. */
  readonly targets: readonly AlertTarget[];
  /** The correlation feeds other correlations and raises no alert of its own. */
  readonly silent: boolean;
}

/** A compiled set of rule files. Immutable: a new set replaces the old one as a whole. */
export interface RuleSet {
  /** Short hash of the files' contents. */
  readonly version: string;
  /** Pure and synchronous; never throws on any row. */
  evaluate(row: Row): Verdict;
  /** A row of the table is a repeat if an equal row stands within so many bytes before it; undefined if repeats are sent. */
  dedupeWindow?(table: string): number | undefined;
  /** By destination, the most rows of a minute of the table; undefined if there is no limit. */
  rowLimits?(table: string): ReadonlyMap<string, number> | undefined;
  /** Puts rows into the mapped shapes. Every compiled rule set has it. */
  readonly shapes?: ShapeWriter;
  /** The correlations that a verdict's `correlated` refers to, each after the correlations that it watches. */
  readonly correlations?: readonly CorrelationRule[];
  /** The exceptions, and the filters that say when they end or whose they are. Every compiled rule set has it. */
  readonly exceptions?: readonly ListedException[];
  /** Every compiled rule set has them. */
  readonly lists?: readonly CompiledList[];
  /** How many Sigma rules were read from what an earlier load or start had compiled. Absent where nothing is kept. */
  readonly keptRules?: number;
  /** Whether a step looks devices up, so that the host fills their list. */
  readonly usesDevices?: boolean;
  /** What reads the columns of a table. Computed for each table when it is asked for first; every compiled rule set has it. */
  columnsOf?(table: string): TableUse;
}

/** The result of compiling. `rules` is present exactly when no diagnostic is an error. */
export interface Compiled {
  readonly rules: RuleSet | undefined;
  readonly diagnostics: readonly Diagnostic[];
}
