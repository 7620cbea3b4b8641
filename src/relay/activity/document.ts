/** The document in which a process tells what it did in the last hours: `activity/<id>`. */
import { z } from 'zod';
import { HOURS, MINUTES } from './activity.ts';
import { countsSchema } from './ring.ts';

/** The prefix of the documents' names, which is followed by the process's id. */
export const ACTIVITY_FOLDER = 'activity/';

/** What a document may have of each. */
export const MOST_DESTINATIONS = 100;
export const MOST_TABLES = 200;
export const MOST_RULES = 2_000;
export const MOST_COLUMNS = 100;
export const MOST_REPLIES = 20;
export const MOST_BOUNDS = 40;
/** Names and labels are cut to this. UTF-16 units. */
export const LONGEST_NAME = 200;
/** Messages and excerpts of replies are cut to this. UTF-16 units. */
export const LONGEST_TEXT = 300;

const name = z.string().max(LONGEST_NAME);
const text = z.string().max(LONGEST_TEXT);
const amount = z.number().nonnegative();
const time = z.number().int().nonnegative();
const minutes = countsSchema(MINUTES);
const hours = countsSchema(HOURS);

const replySchema = z.lazy(() =>
  z.object({
    at: time,
    result: z.enum(['accepted', 'refused', 'failed']),
    status: z.number().int().optional(),
    code: name.optional(),
    message: text.optional(),
    excerpt: text.optional(),
    rows: amount,
    ms: amount,
  }),
);

const destinationSchema = z.object({
  name,
  delivered: minutes,
  deliveredBytes: minutes,
  batches: minutes,
  failed: minutes,
  deadLetters: minutes,
  /** The age of the oldest row that it has not received when this was written. */
  oldestSeconds: amount,
  /** The newest first. */
  replies: z.array(replySchema).max(MOST_REPLIES),
});

const tableSchema = z.lazy(() =>
  z.object({
    name,
    rows: hours,
    bytes: hours,
    filtered: hours,
    alerts: hours,
    firstSeen: time.optional(),
    lastSeen: time.optional(),
    /** How many batches took how long, in seconds: more than `over`, and `le` at most; without `le`, there is no longer bound. */
    latency: z.array(z.object({ over: amount, le: amount.optional(), count: amount })).max(MOST_BOUNDS),
    columns: z.array(z.object({ name, bytes: amount })).max(MOST_COLUMNS),
    unreadBytes: amount,
    unknownColumns: amount,
  }),
);

/** The schema of a document. Members that a later version adds are ignored. */
export const activitySchema = z.lazy(() =>
  z.object({
    v: z.literal(1),
    /** An isolate of a Worker ends without a word. */
    kind: z.enum(['process', 'worker']),
    host: name,
    version: name,
    rules: name.optional(),
    startedOn: time,
    writtenOn: time,
    /** How often it is written. Milliseconds. */
    everyMs: z.number().int().positive(),
    /** The process said that it ends. */
    ended: z.boolean(),
    memoryBytes: amount.optional(),
    blobs: amount,
    threads: amount,
    /** Whether it reads rows; former versions did not say so. */
    consumes: z.boolean().default(true),
    /** The starts of the last buckets, ms since the epoch. */
    minute: time,
    hour: time,
    totals: z.object({ rows: minutes, bytes: minutes, filtered: minutes, alerts: minutes }),
    destinations: z.array(destinationSchema).max(MOST_DESTINATIONS),
    tables: z.array(tableSchema).max(MOST_TABLES),
    /** Those with the most hits first. */
    hits: z.array(z.object({ rule: name, hits: hours })).max(MOST_RULES),
  }),
);

export type ActivityDocument = z.infer<typeof activitySchema>;
export type DestinationRecord = z.infer<typeof destinationSchema>;
export type TableRecord = z.infer<typeof tableSchema>;
export type RuleRecord = ActivityDocument['hits'][number];

/** A document of a later version, which this one cannot read. */
export const laterSchema = z.looseObject({ v: z.number().min(2), writtenOn: z.number().optional() });

/** What a document may have of bytes; the state would take four times as many, but it is written several times a minute. */
export const MOST_BYTES = 256 * 1024;

/** How much is left out, step by step, of what is too large: first rules without many hits, which are the most. */
const CUTS: readonly { readonly rules: number; readonly columns: number; readonly others: number }[] = [
  { rules: MOST_RULES, columns: MOST_COLUMNS, others: 1 },
  { rules: 1_000, columns: 60, others: 1 },
  { rules: 500, columns: 30, others: 1 },
  { rules: 200, columns: 10, others: 1 },
  { rules: 100, columns: 0, others: 0.5 },
  { rules: 50, columns: 0, others: 0.25 },
  { rules: 20, columns: 0, others: 0.1 },
];

/**
 * The document with at most {@link MOST_BYTES}. Rules, columns, tables and destinations must be sorted, the most important first: of what is
 * too much, the last are left out.
 */
export function fitted(document: ActivityDocument): ActivityDocument {
  let cut = document;
  for (const { rules, columns, others } of CUTS) {
    cut = {
      ...document,
      hits: document.hits.slice(0, rules),
      tables: document.tables
        .slice(0, Math.ceil(MOST_TABLES * others))
        .map((table) => ({ ...table, columns: table.columns.slice(0, columns) })),
      destinations: document.destinations.slice(0, Math.ceil(MOST_DESTINATIONS * others)),
    };
    if (new TextEncoder().encode(JSON.stringify(cut)).length <= MOST_BYTES) break;
  }
  return cut;
}
