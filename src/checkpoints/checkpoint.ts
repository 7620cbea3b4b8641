/** What is remembered of one source blob. */
import { z } from 'zod';
import { storedCode } from '../shared/stored-code.ts';

const count = z.number().int().nonnegative();

/**
 * What became of the rows before a cursor's offset: `xdr-relay audit` compares it with the blob's own bytes. Written in the same
 * write as the offset. Rows, not deliveries: a row that goes out as an event and as an alert counts once.
 *
 * `rows` = `delivered` + `filtered` + `deadLettered`.
 */
export const cursorCountsSchema = z.strictObject({
  /** All rows that begin before the offset; blank lines are none. */
  rows: count,
  /** Accepted by the destination, as an event or as an alert. */
  delivered: count,
  /** Held back by a filter, by `dedupe`, or not routed to this destination. */
  filtered: count,
  /** Put into the dead letters: not readable, or isolated, whatever became of the letter since. */
  deadLettered: count,
});

/** One destination's place in a blob. */
export const cursorSchema = z.strictObject({
  /** Logical offset: all before it is delivered, filtered out or dead-lettered. Never moves back. */
  offset: count,
  /**
   * Present while the destination reads on its own, behind the others: its live task, when that is due, and how many of this
   * cursor's visits in a row ended because its own rows were not accepted. `scanned`: every row between the cursor's offset and
   * this one has failed when it was sent alone, and no row behind them was accepted yet.
   */
  behind: z
    .strictObject({ task: z.string(), due: count, attempts: count, scanned: count.optional() })
    .optional(),
  /**
   * Fingerprint of the last bytes before `at`, a logical offset at or shortly before the cursor's: a read begins with these bytes, and
   * where they have changed the content was replaced. Absent where nothing was read yet, and in older checkpoints.
   */
  print: z.strictObject({ at: count, hash: z.string().max(64) }).optional(),
  /** Absent where some of the rows before the offset were not counted: older checkpoints, and those that were rebuilt. */
  counts: cursorCountsSchema.optional(),
});

/** As a listing gives it, without quotes: it goes into metadata, which are printable ASCII. */
export const etagSchema = z.string().regex(/^[\x21-\x7e]{1,80}$/);

const holdSchema = z.strictObject({
  code: storedCode,
  since: count,
  failures: count,
  until: count,
});

/**
 * What is known of a blob, without its cursors.
 *
 * Logical offsets count bytes of the decompressed content; for an uncompressed blob that is the blob's own offset.
 */
export const blobRecordSchema = z.strictObject({
  v: z.literal(1),
  /** Creation time of the source blob, ms since the epoch: another one means another blob under the same name. */
  createdOn: count,
  /** The source's length in stored bytes when last looked at, and when it was first seen at that length (ms since the epoch). */
  length: count,
  grownOn: count,
  format: z.enum(['lines', 'document', 'gzip']),
  /** The logical end at `length`, known once a reader got there. A partial last line lies beyond it until the blob closes. */
  end: z.strictObject({ length: count, offset: count }).optional(),
  closed: z.boolean(),
  /** The ETag when last looked at: where it changes and the length does not, the content may be other content. */
  etag: etagSchema.optional(),
  /** How often the content was replaced while the blob kept its creation time; 0 where absent. */
  generation: count.optional(),
  /**
   * Present while the blob cannot be read, though the storage service works: the code of the BlobError, since when, after how many
   * tries in a row, and until when nobody tries again (ms since the epoch). A successful read removes it.
   */
  hold: holdSchema.optional(),
  /** The live task of the blob and when it is due: another task that finds this in the future need not go on. */
  next: z.strictObject({ task: z.string(), due: count }).optional(),
});

export type CursorCounts = z.infer<typeof cursorCountsSchema>;
export type Hold = z.infer<typeof holdSchema>;
export type Cursor = z.infer<typeof cursorSchema>;

/** The place of a replay: it reads a blob once more for a destination, whose ordinary cursor stays where it is. */
export interface ReplayCursor extends Cursor {
  /** The logical offset it ends at. Then the cursor is removed. */
  readonly to: number;
}

/** What is remembered of one source blob. How it is stored: encoding.ts. */
export interface Checkpoint extends z.infer<typeof blobRecordSchema> {
  /** The ordinary cursors, by destination. */
  readonly destinations: Readonly<Record<string, Cursor>>;
  /** The replays that have not ended, by destination. */
  readonly replays: Readonly<Record<string, ReplayCursor>>;
}
