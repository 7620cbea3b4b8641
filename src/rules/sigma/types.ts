/** The types that the folders of `sigma/` share: field mappings, views of rows, compiled rules, documents. */
import type { LineCounter, Node, YAMLMap } from 'yaml';
import type { Diagnostic, Span } from '../../diagnostics/diagnostic.ts';
import type { Path } from '../../diagnostics/path.ts';
import type { Level, MatchedValue } from '../../shared/event.ts';
import type { DeclaredGrouping } from '../../shared/grouping.ts';
import type { JsonObject, JsonValue } from '../../shared/json.ts';
import type { ListSet } from '../lists/list.ts';
import type { ColumnLookup } from '../schema/index.ts';
import type { Work } from '../work.ts';
import type { Expression, FieldSource } from './language/expression.ts';
import type { FieldSources, KnownSources } from './language/sources.ts';
import type { Loss } from './language/unavailable.ts';
import type { OperatingSystem } from './rendering/operating-system.ts';
import type { Rendering } from './rendering/rendering.ts';

/** How a field of a rule is read from a row. */
export interface FieldMapping {
  /** Columns that may hold the field; it matches if one of them does. Dotted paths reach into objects. */
  readonly columns: readonly string[];
  /** Instead of `columns`: columns whose values are joined by `with` (`DOMAIN\\user`); absent if all of them are. */
  readonly join?: { readonly columns: readonly string[]; readonly with: string };
  /** The rendering of the columns. It reads all of `columns`, in this order; they are then not alternatives. */
  readonly render?: Rendering;
  /** By the rules' name of a value, what the columns hold for it (`4624` -> `LogonSuccess`). Rules may ask for both. */
  readonly values?: Readonly<Record<string, string | readonly string[]>>;
  /** Whether the columns hold only the values in `values`; rules can then ask only for its names. */
  readonly closed?: boolean;
  /** Words in values, in lower case, with the columns' spellings (`hklm` -> `HKEY_LOCAL_MACHINE`); each spelling is tried. */
  readonly replace?: Readonly<Record<string, readonly string[]>>;
  /** A prefix that the columns have and the field does not. */
  readonly prefix?: string;
  readonly convert?: ValueConversion;
  /** How the columns differ from the field; shown as a warning. */
  readonly approximate?: string;
  /** Why no column holds the field, although one has its name or seems to; shown as an error. */
  readonly missing?: string;
  /** The mapping applies only to rules for these systems; for other rules the field is the column of its name. */
  readonly products?: readonly OperatingSystem[];
}

/**
 * How values and columns are converted to match:
 * `hashes` splits `SHA256=ab..` and picks the column by the algorithm; `file-name` compares the last part of a path only;
 * `registry-data` compares a `Dword` of `1` as `DWORD (0x00000001)`; `hex` compares 5136 as `0x1410`.
 */
export type ValueConversion = 'hashes' | 'file-name' | 'registry-data' | 'hex';

/** Maps a rule's field to columns; undefined if no column holds it, so that the rule cannot run. */
export type FieldMapper = (field: string) => FieldMapping | undefined;

/** Values for `$NAME` and for `|expand` placeholders. */
export type Variables = Readonly<Record<string, string | readonly string[]>>;

/** The context in which a `detection` is compiled: its file and its table. */
export interface CompileContext {
  /** Path shown in diagnostics. */
  readonly file: string;
  /** The path of the detection in the file, for messages. Default: `detection`. */
  readonly at?: Path;
  /** The line counter the YAML file was parsed with. */
  readonly lines: LineCounter;
  /** Undefined for a table that the schema does not know: any column is accepted then. */
  readonly columns: ColumnLookup | undefined;
  /** Without one, fields are columns. */
  readonly mapField?: FieldMapper;
  /** The fields of the mapping that a misspelt name may mean, for "did you mean". */
  nearestFields?(name: string): readonly string[];
  readonly variables: Variables;
  /** The lists that `|in_list` names; absent if there are none. */
  readonly lists?: ListSet | undefined;
  /** The fields of the table's rules; compiling adds the fields of the detection. */
  readonly sources: FieldSources;
  /**
   * Whether anything that the table does not hold is an error: set for conditions of filters and routes, which are written for their
   * table. In a Sigma rule, which is not, it is an error only if nothing else can match.
   */
  readonly isStrict?: boolean;
  report(diagnostic: Diagnostic): void;
}

/**
 * A view of a row's columns. It reads own keys only.
 *
 * Every string is made and case-folded at most once per column, however many rules ask.
 */
export interface RecordView {
  readonly properties: JsonObject;
  /** The fields whose strings the view caches: the fields of the detections that it is matched with. */
  readonly sources: KnownSources;
  /** The remaining work budget of the row. */
  readonly work: Work;
  /** The value at a column or dotted path; undefined when absent. A string on the way that holds JSON is parsed once. */
  value(path: string): JsonValue | undefined;
  /** Whether there is a value, which need not be read for that. */
  has(source: string | FieldSource): boolean;
  /** The strings Sigma compares: one for a string, number or boolean, one per element of an array, none for null or absent. */
  texts(source: string | FieldSource): readonly string[];
  /** `texts`, case-folded. */
  folded(source: string | FieldSource): readonly string[];
  /** The length of all strings together, in UTF-16 units, with a surcharge for each string. */
  size(source: FieldSource): number;
  /** Whether the strings are so long that comparing them must be paid from `work`. */
  isLong(source: FieldSource): boolean;
  /** Whether the field has more values than are read; tests see only the first of them. */
  isIncomplete(source: FieldSource): boolean;
  /** The cost of case-folding the strings, in nanoseconds; 0 if they are folded already. */
  foldCost(source: FieldSource): number;
  /** The same row with only the beginning and the end of long strings, which is compared if `work` does not suffice. */
  readonly part: RecordView;
  /** The results of tests on long strings, so that the same test costs nothing the second time. */
  readonly answers: Map<object, LongAnswer>;
  /** The literals that a long field may contain, found in one pass over its strings. */
  readonly screens: Map<FieldSource, LiteralScreen>;
}

export interface LongAnswer {
  readonly found: boolean;
  /** Whether only part of the string was compared. */
  readonly cut: boolean;
}

/** The literals (case-folded) that were searched in a string, and the ones that it may contain; it contains none of the others. */
export interface LiteralScreen {
  readonly known: ReadonlySet<string>;
  readonly found: ReadonlySet<string>;
}

/** Explains why a detection matched or did not. */
export interface MatchTree {
  readonly kind: 'and' | 'or' | 'not' | 'part' | 'field' | 'value';
  /** What the rule file says here: the name of a search identifier, `FileName|endswith`, or a value. */
  readonly label: string;
  readonly matched: boolean;
  readonly span: Span;
  /** For a `field`: the column that was read. */
  readonly column?: string;
  /** For a `field`: what the row holds in the column; absent if the row lacks it. */
  readonly actual?: JsonValue;
  readonly children: readonly MatchTree[];
}

/** A checked `detection`, ready to run. Immutable. */
export interface CompiledDetection {
  /** Never throws on any row. */
  matches(record: RecordView): boolean;
  explain(record: RecordView): MatchTree;
  /** The columns and values that made the detection match, without duplicates; empty if it does not match. */
  matchedValues(record: RecordView): readonly MatchedValue[];
  /** Every column that the detection may read: the first steps of dotted paths. */
  readonly columns: ReadonlySet<string>;
  /** The compiled expression, from which the index extracts literals. */
  readonly expression: Expression;
}

/** Sigma's `logsource`. */
export interface Logsource {
  readonly category?: string;
  readonly product?: string;
  readonly service?: string;
}

/** The places of a log source's values in the file. */
export type LogsourceSpans = Readonly<Partial<Record<keyof Logsource, Span>>>;

/** What all kinds of Sigma documents have in common. */
export interface SigmaHeader {
  readonly file: string;
  /** The place of the title's value, or of the document if it has no title. */
  readonly span: Span;
  readonly title: string;
  readonly id?: string;
  readonly name?: string;
  readonly status?: string;
  readonly description?: string;
  readonly author?: string;
  readonly date?: string;
  readonly modified?: string;
  readonly tags: readonly string[];
  readonly references: readonly string[];
  readonly falsepositives: readonly string[];
  /** `medium` if the rule gives none; the specification has no default. */
  readonly level: Level;
  /** Whether the file states the level. */
  readonly hasLevel: boolean;
  /** What `xdr_relay` says of the rule's alerts; absent without it. */
  readonly alert?: AlertDeclaration;
  /** Where its alerts go, instead of where its level goes. Only overrides say that. */
  readonly destinations?: readonly string[];
  /** An override has switched the rule off. */
  readonly isOff?: true;
  /** What overrides have changed; absent if none fits the rule. */
  readonly overridden?: readonly OverriddenKey[];
}

/** What an override has changed in a rule. */
export interface OverriddenKey {
  readonly key: 'enabled' | 'level' | 'destinations' | 'grouping';
  /** What was there before; undefined if nothing was. */
  readonly from: unknown;
  readonly to: unknown;
  readonly file: string;
  readonly line: number;
  /** The title of the override. */
  readonly title?: string;
}

/** A text of a file, and its place there. */
export interface Placed {
  readonly text: string;
  readonly span: Span;
  /** If it stands in another file than the document that it belongs to. */
  readonly file?: string;
}

/** `xdr_relay` of a Sigma rule or correlation: the title of its alerts, and how people are told of them. */
export interface AlertDeclaration {
  readonly title?: Placed;
  readonly grouping?: DeclaredGrouping;
  /** The columns of `group_by`. */
  readonly columns: readonly Placed[];
}

export interface SigmaRule extends SigmaHeader {
  readonly kind: 'rule';
  readonly logsource: Logsource;
  readonly logsourceSpan: Span;
  readonly logsourceSpans: LogsourceSpans;
  /** Its `detection`, as it is written. A rule that was kept reads its file again for it. */
  written(): WrittenDetection;
  /** What an earlier compilation made of the detection; absent in a rule that was read from its file. */
  readonly kept?: KeptConditions;
}

/** A detection in its file. */
export interface WrittenDetection {
  readonly node: YAMLMap;
  readonly lines: LineCounter;
}

/** What a rule's detection comes to on one of the tables of its log source. */
export interface OwnConditions {
  /** Its mistakes. */
  readonly found: readonly Diagnostic[];
  readonly losses: readonly Loss[];
  /** Whether the detection has no error, and is neither true nor false of every row. */
  readonly runs: boolean;
  /** Whether it depends on nothing but the rule's file, the schema and the mappings: neither on variables nor on lists. */
  readonly isOwn: boolean;
  readonly table: TableMapping;
  /** Undefined if the detection has an error. */
  expression(): Expression | undefined;
}

/** What an earlier compilation made of a rule's detection. */
export interface KeptConditions {
  /**
   * What was kept for a table. What was not kept, or cannot be read, is compiled.
   * @param at the position of the table among those of the rule's log source.
   */
  on(
    at: number,
    on: { readonly table: TableMapping; readonly sources: FieldSources },
    compile: () => OwnConditions,
  ): OwnConditions;
}

export interface SigmaCorrelation extends SigmaHeader {
  readonly kind: 'correlation';
  readonly type: CorrelationType;
  /** Ids or names of the rules that the correlation watches. */
  readonly rules: readonly string[];
  readonly rulesSpan: Span;
  readonly groupBy: readonly string[];
  /** Milliseconds. */
  readonly timespan: number;
  /** By alias and rule (id or name), the field of that rule. */
  readonly aliases: Readonly<Record<string, Readonly<Record<string, string>>>>;
  readonly condition: CorrelationCondition;
  /** Whether the watched rules also raise their own alerts. */
  readonly generate: boolean;
}

export type CorrelationType =
  | 'event_count'
  | 'value_count'
  | 'temporal'
  | 'temporal_ordered'
  | 'value_sum'
  | 'value_avg'
  | 'value_percentile';

export type CorrelationOp = 'gt' | 'gte' | 'lt' | 'lte' | 'eq' | 'neq';

/** A condition such as `gte: 10`, `field: TargetUser`. All bounds must hold. */
export interface CorrelationCondition {
  /** For `value_count`, the fields whose distinct values (or combinations of values) are counted; for other `value_` types, the field of the number. */
  readonly fields: readonly string[];
  /** For `value_percentile`: 0 to 100. */
  readonly percentile?: number;
  readonly bounds: readonly { readonly op: CorrelationOp; readonly value: number }[];
}

/**
 * A Sigma filter: narrows other rules without a change to their files. As in pySigma, a narrowed rule matches if both it and the
 * filter's condition match: an exclusion says `condition: not selection` (Sigma filters specification 2.1).
 */
export interface SigmaFilter extends SigmaHeader, NarrowingParts {
  readonly kind: 'filter';
  readonly logsourceSpan: Span;
  readonly logsourceSpans: LogsourceSpans;
}

/** An exception of a file in `exceptions/`: a narrowed rule raises no alert of rows that match the exception's condition. */
export interface RuleException extends Pick<SigmaHeader, 'file' | 'span' | 'title'>, NarrowingParts {
  readonly kind: 'exception';
}

/** What narrows rules without a change to their files. */
export type Narrowing = SigmaFilter | RuleException;

interface NarrowingParts {
  /** Only rules of this log source are narrowed; empty for rules of any. */
  readonly logsource: Logsource;
  /** Ids, names or titles; `any` for all rules of the logsource. */
  readonly rules: readonly string[] | 'any';
  readonly rulesSpan: Span;
  readonly detection: Node;
  readonly lines: LineCounter;
  /** The path of the detection in the file, for messages. */
  readonly at: Path;
  readonly expires?: Expiry;
  readonly owner?: string;
  readonly ticket?: string;
}

/** When an exception or a filter stops to apply. */
export interface Expiry {
  /** Milliseconds since the epoch. */
  readonly at: number;
  /** As it was written. */
  readonly text: string;
  readonly span: Span;
}

/** A filter or an exception, compiled for one rule on one table. */
export interface CompiledNarrowing {
  readonly of: Narrowing;
  readonly detection: CompiledDetection;
}

export type SigmaDocument = SigmaRule | SigmaCorrelation | SigmaFilter;

/** A Sigma rule on one table. */
export interface CompiledRule {
  readonly rule: SigmaRule;
  readonly table: string;
  readonly detection: CompiledDetection;
  /** What takes alerts of matching rows away. */
  readonly narrowings: readonly CompiledNarrowing[];
  /** Maps the rule's fields to columns of the table; correlations use it for `group-by`. */
  readonly mapField: FieldMapper;
  /** The fields of the table's rules, this rule's included. */
  readonly sources: FieldSources;
  /** Whether the mapping is unproven: no public row shows that it is right. */
  readonly isUnproven: boolean;
}

/** The context in which rules are compiled. */
export interface RuleEnvironment {
  /** The schema of a table; undefined for an unknown table. */
  columnsOf(table: string): ColumnLookup | undefined;
  /** The names of known tables, for "did you mean". Default: the shipped tables. */
  readonly tableNames?: readonly string[];
  /** The fields of a table's rules: one object per table; the letter case of its name does not matter. */
  sourcesOf(table: string): FieldSources;
  readonly variables: Variables;
  /** The lists that `|in_list` names; absent if there are none. */
  readonly lists?: ListSet | undefined;
  readonly mappings: readonly LogsourceMapping[];
  /** The filters and exceptions that narrow the rule. */
  readonly narrowings?: readonly Narrowing[];
  report(diagnostic: Diagnostic): void;
  /** Told what the detection of a rule came to on each table of its log source. */
  onConditions?(rule: SigmaRule, conditions: readonly OwnConditions[]): void;
}

/**
 * The tables that hold a `logsource`, and how its fields map to columns: one entry of a mapping file.
 *
 * An entry fits if each name that it gives equals the rule's; the entry with the most names wins, among equals the later one.
 */
export interface LogsourceMapping {
  readonly logsource: Logsource;
  readonly tables: readonly TableMapping[];
}

export interface TableMapping {
  readonly table: string;
  /** For each column, the values of which a row must hold one, e.g. `ActionType: [FileCreated]`. */
  readonly where?: Readonly<Record<string, readonly string[]>>;
  /** As `where`, but rows that hold nothing in the column belong to the log source too. */
  readonly whereGiven?: Readonly<Record<string, readonly string[]>>;
  /** Why the mapping is uncertain: no public row confirms it. Shown as a warning, and counted separately in `rules coverage`. */
  readonly unproven?: string;
  /** By field of the rule, its column, its columns, or a full mapping. A field that is not listed is the column of its name. */
  readonly fields: Readonly<Record<string, string | readonly string[] | FieldMapping>>;
}
