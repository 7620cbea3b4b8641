/** The types of what passes from blobs to destinations: rows, matched rules, routes, verdicts, envelopes. */
import type { ByteWriter } from './byte-writer.ts';
import type { EditedColumns } from './edited-columns.ts';
import type { JsonObject, JsonValue } from './json.ts';
import type { Metadata } from './metadata.ts';
import type { RowBytes } from './row-bytes.ts';

/** Sigma's levels, lowest first (Sigma rules specification 2.1, "level"). */
export const LEVELS = ['informational', 'low', 'medium', 'high', 'critical'] as const;
export type Level = (typeof LEVELS)[number];

/** The place of a row, by which a delivery can be traced to its bytes. */
export interface RowSource {
  /** The source's name in relay.yaml; absent for a single source, under `storage`. */
  readonly name?: string;
  /** `container/name` of the blob. */
  readonly blob: string;
  /** The offset of the row's first byte in the decompressed content. */
  readonly offset: number;
}

/** The blob's path with its source, because two sources may have blobs of the same container and name. Container names cannot begin with `@`. */
export function sourcePath({ name, blob }: Pick<RowSource, 'name' | 'blob'>): string {
  return name === undefined ? blob : `@${name}/${blob}`;
}

/** One Defender row, parsed: what the rules see. */
export interface Row {
  /** The event id: a hash of the category and the bytes of `properties`. 32 lower-case hex digits. */
  readonly id: string;
  /** The Advanced Hunting table, e.g. `DeviceProcessEvents`. */
  readonly table: string;
  /** The table's columns, Microsoft's plumbing (`__UDI_RequiredFields_*`) already dropped. */
  readonly properties: JsonObject;
  /** The whole row but for `properties`: time, tenantId, operationName, category, ... in their order. */
  readonly envelope: JsonObject;
  /** The row's own JSON text when nothing had to be dropped from it: what `raw` sends on untouched. */
  readonly text: string | undefined;
  readonly source: RowSource;
  /**
   * The row's bytes, where they were scanned and the row was not parsed: then `properties`, `envelope` and `text` are made when they
   * are asked for. Such a row must not outlive the page of its bytes.
   */
  readonly bytes?: RowBytes;
}

/** How alerts of one rule become messages for people. A declaration may leave keys out, which then are as by default. */
export interface Grouping {
  /** Alerts with equal values in these columns are one group. */
  readonly by: readonly string[];
  /** A group ends so long after its first alert. Milliseconds. */
  readonly windowMs: number;
  /** At most one message on a group in this time, after the first. Milliseconds. */
  readonly repeatMs: number;
}

/** The rule behind an alert: what an analyst needs to know of it. */
export interface RuleRef {
  readonly title: string;
  readonly id?: string;
  readonly description?: string;
  readonly tags?: readonly string[];
  readonly references?: readonly string[];
  readonly falsepositives?: readonly string[];
  readonly author?: string;
  /** How its alerts are grouped for people, as far as it is declared: the rest is by the defaults. `off`: each alert is a message of its own. */
  readonly grouping?: Partial<Grouping> | 'off';
  /** The title of its alerts with placeholders, as it was written (`src/shared/title-template.ts`). Never the identity of a rule. */
  readonly titleTemplate?: string;
  /** The columns and values that made the rule match. */
  readonly matched?: readonly MatchedValue[];
}

export interface MatchedValue {
  readonly column: string;
  readonly value: JsonValue;
}

/** Where one row goes, and as what. */
export interface Route {
  /** A destination's name in relay.yaml. */
  readonly to: string;
  /** Present on alerts, and on routes with a severity. */
  readonly severity?: Level;
  /** Present if a rule raised this, which makes it an alert. */
  readonly rule?: RuleRef;
  /** The position of the table's route that asks for it, where routes of the table have steps of their own. */
  readonly position?: number;
  /** True for a row that is only passed on because it may belong to an alert of Defender that people are told of. */
  readonly evidence?: true;
}

/** What a row contributes to a correlation: the values that the correlation reads from it. */
export interface CorrelationEvent {
  /** The correlation's fingerprint. */
  readonly correlation: string;
  /** The position of the matching rule in the correlation's list; 0 if the correlation counts events. */
  readonly position: number;
  /** The values that the events of a group have in common, with the names in `group-by`. */
  readonly group: readonly { readonly column: string; readonly value: string }[];
  /** For `value_count`, the values of which the distinct ones are counted; for other `value_` types, the number. */
  readonly counted: readonly string[];
  /** What the row contributes to further correlations if it fulfils this one. */
  readonly next: readonly CorrelationEvent[];
}

/** What the rules decided about a row. */
export type Verdict =
  | { readonly kind: 'filtered'; readonly filter: string; readonly cut?: readonly string[] }
  | {
      readonly kind: 'forwarded';
      /**
       * The titles of rules and filters, the routes and the steps that compared only part of a long value, because comparing all of it
       * would have blocked everything else. Absent if all values were compared whole.
       */
      readonly cut?: readonly string[];
      /** The transformed columns. The same object as `row.properties` when no step changed anything. */
      readonly event: JsonObject;
      /** The same as changes to the row's bytes, where it has them: then `event` is made of it when somebody asks. */
      readonly columns?: EditedColumns;
      readonly routes: readonly Route[];
      /** Makes what single destinations get instead of `event` and `columns`; absent if all get the same. */
      readonly shaper?: RouteShaper;
      /** The titles of the exceptions and filters that took alerts away, one for each rule; absent if none did. */
      readonly suppressed?: readonly string[];
      /** Absent if no rule matched that a correlation watches. */
      readonly correlated?: readonly CorrelationEvent[];
    };

/** Makes the columns of one row for single destinations. It must not outlive the row. */
export interface RouteShaper {
  /** The columns that a route's destination gets; undefined: as the table's steps left them. */
  columnsFor(route: Route): ShapedColumns | undefined;
  /** How the row is filed at a route's destination; undefined: as relay.yaml says without a look at rows. */
  metadataFor(route: Route, read: (column: string) => JsonValue | undefined): Metadata | undefined;
}

/** The columns of a row behind the steps of a table and of a route. */
export interface ShapedColumns {
  readonly event: JsonObject;
  /** The same as changes to the row's bytes, where it has them. */
  readonly columns?: EditedColumns;
  /** Where the route renames columns: what puts them into the mapped shapes. */
  readonly shapes?: ShapeWriter;
}

/** A row in the form that destinations send: the `relay` shape. */
export interface Envelope {
  readonly id: string;
  /** `Timestamp` as Defender wrote it (up to 7 fractional digits); the envelope's `time` if `Timestamp` is missing or cannot be the time of an event. */
  readonly time: string;
  /** The envelope's `time`: when Defender handed the row to Azure. */
  readonly received?: string;
  readonly tenant?: string;
  readonly table: string;
  readonly severity?: Level;
  readonly rule?: RuleRef;
  /** True for a row that raises nothing and is passed to a destination for people as evidence: see {@link Route}. */
  readonly evidence?: true;
  /** The id of the alert, where a rule raised this. 32 lower-case hex digits. */
  readonly alertId?: string;
  /**
   * Only of alerts whose table file renames columns: the current name by the name that Defender gave, null where another column has
   * taken that name. Columns that are not listed kept their name.
   */
  readonly renamed?: Readonly<Record<string, string | null>>;
  /**
   * Only of alerts: columns, by their current names, whose values Defender does not have under the names that it gave them, because a
   * step made or changed them or the schema lacks them. Only columns that queries of Advanced Hunting would compare are listed.
   */
  readonly altered?: readonly string[];
  /** How it is filed at its destination, where rows decide that. */
  readonly metadata?: Metadata;
  /** The title of the alert with its placeholders filled in from the transformed columns; absent where the rule's title has none. */
  readonly title?: string;
  readonly event: JsonObject;
  readonly source: RowSource;
}

/** An envelope without the columns of its row. */
export interface EnvelopeHead extends Omit<Envelope, 'event'> {
  /** Present on a record that stands for a group of alerts. Then `alertId` is the group's, `time` its latest alert's, and the rest its first alert's. */
  readonly group?: GroupRef;
  /** Only for mapped shapes, of an alert: its first page in Defender's portal. */
  readonly page?: string;
}

/** What a record that stands for a group of alerts says of the group. */
export interface GroupRef {
  /** Whether the destination was sent a record of the group before. */
  readonly phase: 'first' | 'update';
  /** `rule`: the rule opened too many groups, and this one stands for all further alerts of it. */
  readonly scope: 'group' | 'rule';
  /** Alerts in the group so far, at least 1. */
  readonly count: number;
  /** The earliest and the latest time of the group's events. */
  readonly firstTime: string;
  readonly lastTime: string;
  /** The columns that the group's alerts have in common, with their values. */
  readonly by: readonly { readonly column: string; readonly value: string }[];
  /** The alert id of the group's first alert. */
  readonly firstAlertId: string;
}

/** The shapes that mappings make (`src/rules/shapes`). */
export type MappedShape = 'ecs' | 'ocsf';

/** Puts the rows of one table into the mapped shapes, by the mappings of the rule set that evaluated them. */
export interface ShapeWriter {
  /** The event, or the alert where the head has a rule, as JSON text. Never throws on any row. */
  text(shape: MappedShape, event: JsonObject, head: EnvelopeHead): string;
  /** Writes the same of columns that are changes to a row's bytes, which costs less than to make their object first. */
  write(shape: MappedShape, row: SplicedColumns, head: EnvelopeHead, writer: ByteWriter): void;
  /** Where the columns of a table are that its table file renames; undefined where it renames none. */
  renamed(table: string): EnvelopeHead['renamed'];
  /** Whether a table has a column, by the shipped schema and the user's own; undefined where the table is not known. */
  hasColumn(table: string, column: string): boolean | undefined;
}

/** Columns behind the steps, as changes to the bytes of their row. */
export interface SplicedColumns {
  readonly columns: EditedColumns;
  /** The object of the columns, which is made when it is asked for. */
  readonly event: JsonObject;
}
