/** The types that the rooms of sigma share: columns as fields, rows, compiled rules, documents. */
import type { LineCounter, YAMLMap } from 'yaml';
import type { Diagnostic, Span } from '../../diagnostics/diagnostic.ts';
import type { Path } from '../../diagnostics/path.ts';
import type { Level, MatchedValue } from '../../shared/event.ts';
import type { JsonObject, JsonValue } from '../../shared/json.ts';
import type { ColumnLookup } from '../schema/index.ts';
import type { Work } from '../work.ts';
import type { Expression, FieldSource } from './language/expression.ts';
import type { FieldSources, KnownSources } from './language/sources.ts';
import type { OperatingSystem } from './rendering/operating-system.ts';
import type { Rendering } from './rendering/rendering.ts';

/** How one field of a rule is read from a row. */
export interface FieldMapping {
  /** Columns that may hold the field; it matches when one of them does. Dotted paths reach into objects. */
  readonly columns: readonly string[];
  /** Instead of `columns`: their values joined by `with`, absent when all are (`DOMAIN\\user`). */
  readonly join?: { readonly columns: readonly string[]; readonly with: string };
  /** The form in which the columns are compared: it reads them all, in this order, and `columns` are no alternatives then. */
  readonly render?: Rendering;
  /** The rules' names of values, and what the columns hold in their place (`4624` -> `LogonSuccess`): rules may ask for both. */
  readonly values?: Readonly<Record<string, string | readonly string[]>>;
  /** The columns hold nothing but what `values` lists, and rules ask for its names only: any other value can't be asked for. */
  readonly closed?: boolean;
  /** Words of values, lower case, that the columns spell otherwise (`hklm` -> `HKEY_LOCAL_MACHINE`): any of them may be meant. */
  readonly replace?: Readonly<Record<string, readonly string[]>>;
  /** What the columns have before the field's own value: it is left out. */
  readonly prefix?: string;
  readonly convert?: ValueConversion;
  /** Said as a warning: in what the columns are not quite the field. */
  readonly approximate?: string;
  /** Why no column is the field, though one has its name or seems to be it: an error. */
  readonly missing?: string;
  /** Only rules for these have the field; to others it is what its name says. */
  readonly products?: readonly OperatingSystem[];
}

/**
 * How values and columns are made to fit:
 * `hashes` splits `SHA256=ab..` and picks the column by the algorithm; `file-name` compares the last part of a path only;
 * `registry-data` compares a `Dword` of `1` as `DWORD (0x00000001)`; `hex` compares 5136 as `0x1410`.
 */
export type ValueConversion = 'hashes' | 'file-name' | 'registry-data' | 'hex';

/** Maps a rule's field to columns; undefined: there is no such column and the rule can't run. */
export type FieldMapper = (field: string) => FieldMapping | undefined;

/** Values for `$NAME` and for `|expand` placeholders. */
export type Variables = Readonly<Record<string, string | readonly string[]>>;

/** All that `compileDetection` needs to know of the file and the table around a `detection`. */
export interface CompileContext {
  /** Path shown in diagnostics. */
  readonly file: string;
  /** Where the detection lies in the file, for messages. Default: `detection`. */
  readonly at?: Path;
  /** The line counter the YAML file was parsed with. */
  readonly lines: LineCounter;
  /** Undefined for a table that the schema does not know: all columns are accepted. */
  readonly columns: ColumnLookup | undefined;
  /** Without one, fields are columns. */
  readonly mapField?: FieldMapper;
  /** Names the mapping knows, for "did you mean". */
  readonly fieldNames?: readonly string[];
  readonly variables: Variables;
  /** The fields of the table's rules: those of the detection are added. */
  readonly sources: FieldSources;
  /**
   * What the table does not hold is an error wherever it stands. Otherwise only where nothing else can match: the condition of a
   * filter or a route is written for its table, a Sigma rule is not.
   */
  readonly isStrict?: boolean;
  report(diagnostic: Diagnostic): void;
}

/**
 * One row's columns, read through own keys only.
 *
 * Every string is made and case-folded at most once per column, however many rules ask.
 */
export interface RecordView {
  readonly properties: JsonObject;
  /** The fields whose strings it keeps: those of the detections it is matched with. */
  readonly sources: KnownSources;
  /** What looking at this row may still cost. */
  readonly work: Work;
  /** The value at a column or dotted path; undefined when absent. A string on the way that holds JSON is parsed once. */
  value(path: string): JsonValue | undefined;
  /** The strings Sigma compares: one for a string, number or boolean, one per element of an array, none for null or absent. */
  texts(source: string | FieldSource): readonly string[];
  /** `texts`, case-folded. */
  folded(source: string | FieldSource): readonly string[];
  /** The length of all strings together, UTF-16 units; each counts some more than it has. */
  size(source: FieldSource): number;
  /** Whether the strings are so long that looking at them has to be taken from `work`. */
  isLong(source: FieldSource): boolean;
  /** Whether there were more values than can be read: tests see the first of them. */
  isIncomplete(source: FieldSource): boolean;
  /** Nanoseconds that case-folding the strings takes; 0 where it was done. */
  foldCost(source: FieldSource): number;
  /** The same row, but of long strings only their beginning and their end: what is looked at where `work` does not suffice. */
  readonly part: RecordView;
  /** What tests found in long strings: the same question gets the same answer and costs nothing. */
  readonly answers: Map<object, LongAnswer>;
  /** Which literals a long source may hold, where one pass over it has told. */
  readonly screens: Map<FieldSource, LiteralScreen>;
}

export interface LongAnswer {
  readonly found: boolean;
  /** Not the whole string was looked at. */
  readonly cut: boolean;
}

/** Literals (case-folded) that were looked for in a string, and those it may hold: all others it does not. */
export interface LiteralScreen {
  readonly known: ReadonlySet<string>;
  readonly found: ReadonlySet<string>;
}

/** Why a detection matched or did not. */
export interface MatchTree {
  readonly kind: 'and' | 'or' | 'not' | 'part' | 'field' | 'value';
  /** What the rule file says here: a part's name, `FileName|endswith`, a value. */
  readonly label: string;
  readonly matched: boolean;
  readonly span: Span;
  /** On `field`: the column looked at. */
  readonly column?: string;
  /** On `field`: what the row holds there; absent when the row lacks the column. */
  readonly actual?: JsonValue;
  readonly children: readonly MatchTree[];
}

/** A checked `detection`, ready to run. Immutable. */
export interface CompiledDetection {
  /** Never throws on any row. */
  matches(record: RecordView): boolean;
  explain(record: RecordView): MatchTree;
  /** The columns and values that made it match, each pair once; empty when it does not match. */
  matchedValues(record: RecordView): readonly MatchedValue[];
  /** Every column it may read: first steps of dotted paths. */
  readonly columns: ReadonlySet<string>;
  /** What the index reads a rule's literals from. */
  readonly expression: Expression;
}

/** Sigma's `logsource`. */
export interface Logsource {
  readonly category?: string;
  readonly product?: string;
  readonly service?: string;
}

/** Where its values stand. */
export type LogsourceSpans = Readonly<Partial<Record<keyof Logsource, Span>>>;

/** What all Sigma documents say of themselves. */
export interface SigmaHeader {
  readonly file: string;
  /** Of the title's value, or of the document where it has none. */
  readonly span: Span;
  readonly lines: LineCounter;
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
  /** `medium` where the rule gives none: the specification has no default. */
  readonly level: Level;
  /** Whether the file gives the level. */
  readonly hasLevel: boolean;
}

export interface SigmaRule extends SigmaHeader {
  readonly kind: 'rule';
  readonly logsource: Logsource;
  readonly logsourceSpan: Span;
  readonly logsourceSpans: LogsourceSpans;
  readonly detection: YAMLMap;
}

export interface SigmaCorrelation extends SigmaHeader {
  readonly kind: 'correlation';
  readonly type: CorrelationType;
  /** Ids or names of the rules it watches. */
  readonly rules: readonly string[];
  readonly rulesSpan: Span;
  readonly groupBy: readonly string[];
  /** Milliseconds. */
  readonly timespan: number;
  /** Alias -> rule (id or name) -> the field of that rule's table. */
  readonly aliases: Readonly<Record<string, Readonly<Record<string, string>>>>;
  readonly condition: CorrelationCondition;
  /** Whether the watched rules raise alerts of their own beside this one. */
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

/** `gte: 10`, `field: TargetUser`: all bounds must hold. */
export interface CorrelationCondition {
  /** On `value_count`: whose distinct values are counted, together where there are several. On the other `value_` types: whose number counts. */
  readonly fields: readonly string[];
  /** On `value_percentile`: 0 to 100. */
  readonly percentile?: number;
  readonly bounds: readonly { readonly op: CorrelationOp; readonly value: number }[];
}

/**
 * A Sigma filter: narrows other rules without touching their files. Such a rule matches when it and the filter's condition
 * do, as in pySigma: exclusions say `condition: not selection` (Sigma filters specification 2.1).
 */
export interface SigmaFilter extends SigmaHeader {
  readonly kind: 'filter';
  readonly logsource: Logsource;
  readonly logsourceSpan: Span;
  readonly logsourceSpans: LogsourceSpans;
  /** Ids, names or titles; `any` for all rules of the logsource. */
  readonly rules: readonly string[] | 'any';
  readonly rulesSpan: Span;
  readonly detection: YAMLMap;
}

export type SigmaDocument = SigmaRule | SigmaCorrelation | SigmaFilter;

/** A Sigma rule on one table. */
export interface CompiledRule {
  readonly rule: SigmaRule;
  readonly table: string;
  readonly detection: CompiledDetection;
  /** How the rule's fields are named in the table: correlations group by them. */
  readonly mapField: FieldMapper;
  /** The fields of the table's rules, this one's among them. */
  readonly sources: FieldSources;
  /** No public row shows that the mapping is right. */
  readonly isUnproven: boolean;
}

/** What `compileRule` needs to know of the world. */
export interface RuleEnvironment {
  /** The schema of a table, undefined when unknown. */
  columnsOf(table: string): ColumnLookup | undefined;
  /** The tables that are known, for "did you mean". Default: those that are shipped. */
  readonly tableNames?: readonly string[];
  /** The fields of a table's rules: one object for each table, whatever the letter case of its name. */
  sourcesOf(table: string): FieldSources;
  readonly variables: Variables;
  readonly mappings: readonly LogsourceMapping[];
  /** Those that narrow the rule. */
  readonly filters?: readonly SigmaFilter[];
  report(diagnostic: Diagnostic): void;
}

/**
 * Which tables a `logsource` is found in and how its fields are named there: one entry of a mapping file.
 *
 * An entry fits when each of the names it gives equals the rule's; the entry that gives the most names wins, of equals the later.
 */
export interface LogsourceMapping {
  readonly logsource: Logsource;
  readonly tables: readonly TableMapping[];
}

export interface TableMapping {
  readonly table: string;
  /** Columns that a row must hold one of these values in, e.g. `ActionType: [FileCreated]`. */
  readonly where?: Readonly<Record<string, readonly string[]>>;
  /** The same for rows that hold something in the column; those that do not are of the log source too. */
  readonly whereGiven?: Readonly<Record<string, readonly string[]>>;
  /** Why nobody can be sure of it: no public row shows what the mapping says. Said as a warning, and counted apart. */
  readonly unproven?: string;
  /** Field of the rule -> column, or columns with more to say. Fields not listed are taken for columns. */
  readonly fields: Readonly<Record<string, string | readonly string[] | FieldMapping>>;
}
