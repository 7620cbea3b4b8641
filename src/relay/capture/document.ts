/** The documents of captures: what a person asked for, `capture/<table>`, and the rows that were kept, `captured/<table>`. */
import { z } from 'zod';

/** The prefix of both kinds, so that one listing finds them. */
export const CAPTURE_PREFIX = 'capture';
const ASKED = 'capture/';
const KEPT = 'captured/';

/** The most rows of one capture, and how long it may last: milliseconds. */
export const MOST_ROWS = 50;
export const LONGEST_MS = 10 * 60_000;
/** Captures at the same time. */
export const MOST_CAPTURES = 5;
/** A longer row is left out. UTF-16 units of its JSON. */
export const LONGEST_ROW = 64 * 1024;
/** All rows of a capture together, as they are stored: a document of the state may have a MiB. Bytes. */
export const MOST_STORED_BYTES = 900 * 1024;
/** Captured rows hold personal data: they are removed so long after the capture has begun. Milliseconds. */
export const KEPT_MS = 60 * 60_000;

/** The table of a row, as documents are named: in lower case. */
export const captureTable = z.string().regex(/^[a-z0-9_]{1,128}$/);

const time = z.number().int().nonnegative();

const askedSchema = z.object({
  v: z.literal(1),
  id: z.string().max(100),
  table: captureTable,
  /** Who asked for it. */
  by: z.string().max(300),
  startedOn: time,
  until: time,
  most: z.number().int().min(1).max(MOST_ROWS),
});

/** What a person asked for. Times in ms since the epoch. */
export type Capture = z.infer<typeof askedSchema>;

const keptSchema = askedSchema.extend({
  /** Rows that were longer than {@link LONGEST_ROW}. */
  tooLong: z.number().int().nonnegative(),
  /** There is no room for more rows, or there are as many as were asked for. */
  full: z.boolean(),
  rows: z.array(z.object({ at: time, text: z.string().max(LONGEST_ROW) })).max(MOST_ROWS),
});

/** The rows that were kept, each the JSON of a row as Defender wraps it, behind the steps of its table. */
export type Captured = z.infer<typeof keptSchema>;

export const askedName = (table: string): string => ASKED + table;
export const keptName = (table: string): string => KEPT + table;
export const isAsked = (name: string): boolean => name.startsWith(ASKED);
export const isKept = (name: string): boolean => name.startsWith(KEPT);

/** Undefined for what is no such document, or is that of a later version. */
export function askedIn(value: unknown): Capture | undefined {
  return askedSchema.safeParse(value).data;
}

export function keptIn(value: unknown): Captured | undefined {
  return keptSchema.safeParse(value).data;
}
