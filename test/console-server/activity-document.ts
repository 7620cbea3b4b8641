/** Documents of activity as processes would have written them in the last hours, for the tests of the console. */
import type { StateDocuments } from '../../src/checkpoints/documents.ts';
import { HOURS, MINUTES } from '../../src/relay/activity/activity.ts';
import { ACTIVITY_FOLDER, type ActivityDocument, activitySchema } from '../../src/relay/activity/document.ts';
import { countsText } from '../../src/relay/activity/ring.ts';
import { HOUR_MS } from '../../src/shared/duration.ts';

const MINUTE_MS = 60_000;
/** How often a process writes. */
const EVERY_MS = 15_000;

/** Counts by minute for so many last minutes, the current one included. */
export const minutes = (count: number, last = MINUTES) =>
  countsText(Array.from({ length: MINUTES }, (_, at) => (at >= MINUTES - last ? count : 0)));
/** Counts by hour for so many last hours. */
export const hours = (count: number, last = HOURS) =>
  countsText(Array.from({ length: HOURS }, (_, at) => (at >= HOURS - last ? count : 0)));

type Table = ActivityDocument['tables'][number];
type Destination = ActivityDocument['destinations'][number];

export const tableRecord = (name: string, more: Partial<Table> = {}): Table => ({
  name,
  rows: hours(1_000),
  bytes: hours(1_000_000),
  filtered: hours(250),
  alerts: hours(1),
  firstSeen: 1,
  lastSeen: Date.now() - 5_000,
  latency: [
    { over: 10, le: 30, count: 90 },
    { over: 60, le: 300, count: 10 },
  ],
  columns: [],
  unreadBytes: 0,
  unknownColumns: 0,
  ...more,
});

export const destinationRecord = (name: string, more: Partial<Destination> = {}): Destination => ({
  name,
  delivered: minutes(600),
  deliveredBytes: minutes(60_000),
  batches: minutes(6),
  failed: '',
  deadLetters: '',
  oldestSeconds: 0,
  replies: [],
  ...more,
});

/**
 * Stores what a process did. It is alive unless `more` says that it has not written for a while: by default it writes once an hour, so that it is
 * alive to the end of a test on a busy machine too.
 */
export async function putActivity(
  documents: StateDocuments,
  now: number,
  more: Partial<ActivityDocument> = {},
): Promise<void> {
  const writtenOn = more.writtenOn ?? now;
  const document = activitySchema.parse({
    v: 1,
    kind: 'process',
    host: 'relay-1',
    version: '1.2.3',
    rules: '3f2a91c',
    startedOn: now - 2 * HOUR_MS,
    writtenOn,
    everyMs: more.writtenOn === undefined ? HOUR_MS : EVERY_MS,
    ended: false,
    memoryBytes: 180 * 1024 * 1024,
    blobs: 12,
    threads: 2,
    consumes: true,
    minute: Math.floor(writtenOn / MINUTE_MS) * MINUTE_MS,
    hour: Math.floor(writtenOn / HOUR_MS) * HOUR_MS,
    totals: { rows: minutes(1_200), bytes: minutes(1_000_000), filtered: minutes(300), alerts: minutes(2) },
    destinations: [destinationRecord('hook')],
    tables: [tableRecord('DeviceProcessEvents')],
    hits: [],
    ...more,
  } satisfies ActivityDocument);
  const id = `${document.startedOn.toString(36).padStart(9, '0')}-${crypto.randomUUID().slice(0, 13)}`;
  await documents.put(ACTIVITY_FOLDER + id, JSON.parse(JSON.stringify(document)), undefined);
}
