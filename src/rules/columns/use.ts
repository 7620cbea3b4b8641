/** The types that say what reads the columns of a table. */

/** What can read a column. */
export const READER_KINDS = [
  'filter',
  'rule',
  'exception',
  'correlation',
  'route',
  'step',
  'sample',
  'metadata',
  'title',
  'grouping',
  'shape',
  'destination',
  'alerts',
  'identity',
  'relay',
] as const;

/**
 * What reads a column: a filter, a rule, an exception or filter of rules, a correlation, a route's condition, a step (its settings or its
 * `if`), a sample, a template of metadata, the title or the grouping of alerts, the mapping of a shape, what every row is sent with,
 * what alerts say besides, what finds the event again in Defender, and the relay itself.
 */
export type ReaderKind = (typeof READER_KINDS)[number];

/** Readers of one kind. */
export interface Readers {
  readonly kind: ReaderKind;
  readonly count: number;
  /** The names of the first few. */
  readonly examples: readonly string[];
}

/** What reads the columns of one table, by the rules in force. */
export interface TableUse {
  /** As the schema spells it, else as the rule files do. */
  readonly table: string;
  /** Whether the schema, with what the rule files add to it, has the table. */
  readonly isKnown: boolean;
  /** The columns of the schema; empty for an unknown table. */
  readonly columns: ReadonlySet<string>;
  /** What searches every column: rules and conditions with keywords. Empty: nothing does. */
  readonly everything: readonly Readers[];
  /** By column, what names it. Columns that only patterns of steps fit are not there. */
  readonly named: ReadonlyMap<string, readonly Readers[]>;
  /** What reads a column, without what reads all of them. */
  readersOf(column: string): readonly Readers[];
  /** Whether anything reads a column. */
  isRead(column: string): boolean;
  /** Whether a step removes a column of every row before it is sent. */
  isRemoved(column: string): boolean;
}
