/** The types of a checkpoint: what the relay stores about one source blob. */
import { z } from 'zod';
import { storedCode } from '../shared/stored-code.ts';

const count = z.number().int().nonnegative();

/**
 * The rows before a cursor's offset by outcome, which `xdr-relay audit` compares with the blob's bytes. Stored in the same write as the
 * offset. It counts rows, not deliveries: a row that is sent as an event and as an alert counts once.
 *
 * `rows` = `delivered` + `filtered` + `deadLettered`.
 */
export const cursorCountsSchema = z.lazy(() =>
  z.strictObject({
    /** All rows that begin before the offset, without blank lines. */
    rows: count,
    /** Accepted by the destination, as an event or as an alert. */
    delivered: count,
    /** Dropped by a filter or by `dedupe`, or not routed to this destination. */
    filtered: count,
    /** Stored as dead letters, because they were unreadable or isolated, whatever happened to the letter since. */
    deadLettered: count,
  }),
);

/** A destination's position in a blob. */
export const cursorSchema = z.strictObject({
  /** The logical offset before which everything is delivered, filtered out or dead-lettered. Never moves back. */
  offset: count,
  /**
   * Present while the cursor is behind and reads alone: its live task, when that is due, and how many consecutive visits of this cursor
   * ended because its own rows were not accepted. `scanned`: every row between the cursor's offset and this offset has failed when it
   * was sent alone, and no row behind them was accepted yet.
   */
  behind: z
    .strictObject({ task: z.string(), due: count, attempts: count, scanned: count.optional() })
    .optional(),
  /**
   * The fingerprint of the last bytes before `at`, a logical offset at or shortly before the cursor's. A read begins with these bytes;
   * if they have changed, the content was replaced. Absent if nothing was read yet, and in older checkpoints.
   */
  print: z.strictObject({ at: count, hash: z.string().max(64) }).optional(),
  /** Absent if some of the rows before the offset were not counted: in older and in rebuilt checkpoints. */
  counts: cursorCountsSchema.optional(),
});

/** An ETag without quotes, as listings have it. It is stored in metadata, so it must be printable ASCII. */
export const etagSchema = z.string().regex(/^[\x21-\x7e]{1,80}$/);

const holdSchema = z.strictObject({
  code: storedCode,
  since: count,
  failures: count,
  until: count,
});

/**
 * A checkpoint without its cursors.
 *
 * Logical offsets count bytes of the decompressed content; in an uncompressed blob they are plain offsets.
 */
export const blobRecordSchema = z.strictObject({
  v: z.literal(1),
  /** The creation time of the source blob, ms since the epoch. A blob with another creation time is another blob of the same name. */
  createdOn: count,
  /** The source's length in stored bytes at the last check, and when it was first seen at that length (ms since the epoch). */
  length: count,
  grownOn: count,
  format: z.enum(['lines', 'document', 'gzip']),
  /** The logical end at `length`, known once a reader has reached it. A partial last line is beyond it until the blob closes. */
  end: z.strictObject({ length: count, offset: count }).optional(),
  closed: z.boolean(),
  /** The ETag at the last check. If it changes and the length does not, the content may have been replaced. */
  etag: etagSchema.optional(),
  /** How often the content was replaced while the blob kept its creation time; absent means 0. */
  generation: count.optional(),
  /**
   * Present while the blob cannot be read although the storage service works: the code of the BlobError, the time of the first failure,
   * the number of consecutive failures, and the time of the next try (ms since the epoch). A successful read removes it.
   */
  hold: holdSchema.optional(),
  /** The live task of the blob and when it is due. Another task that finds the live task due in the future ends. */
  next: z.strictObject({ task: z.string(), due: count }).optional(),
});

export type CursorCounts = z.infer<typeof cursorCountsSchema>;
export type Hold = z.infer<typeof holdSchema>;
export type Cursor = z.infer<typeof cursorSchema>;

/** The cursor of a replay, which reads a blob again for a destination, whose ordinary cursor stays where it is. */
export interface ReplayCursor extends Cursor {
  /** The logical offset at which the replay ends and its cursor is removed. */
  readonly to: number;
}

/** The checkpoint of one source blob. encoding.ts defines its stored form. */
export interface Checkpoint extends z.infer<typeof blobRecordSchema> {
  /** The ordinary cursors, by destination. */
  readonly destinations: Readonly<Record<string, Cursor>>;
  /** The replays that have not ended, by destination. */
  readonly replays: Readonly<Record<string, ReplayCursor>>;
}
