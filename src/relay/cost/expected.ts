/**
 * How many storage operations a workload takes, for an estimate before it runs. What each part of the work takes was counted by a
 * proxy in front of the storage; tests hold those counts (test/relay/discovery/sweep-cost.test.ts, test/e2e/following.test.ts).
 */
import { DAY_MS, HOUR_MS } from '../../shared/duration.ts';
import { NO_OPERATIONS, OPERATION_TYPES, type Operations } from '../../shared/storage-operations.ts';

/** What is written to the source account. */
export interface Workload {
  readonly tables: number;
  /** Over all tables, at even intervals. */
  readonly appendsADay: number;
  readonly destinations: number;
}

/** From relay.yaml, milliseconds. */
export interface Pace {
  readonly sweepIntervalMs: number;
  readonly recentMs: number;
  readonly wideIntervalMs: number;
  readonly pollMinMs: number;
  readonly pollMaxMs: number;
}

type Part = Partial<Operations>;

/** A look that finds nothing: a HEAD of the blob. */
const LOOK: Part = { other: 1 };
/** A visit to a blob that grew: HEAD, GET, the checkpoint, and the claim, which is renewed each ten seconds. */
const VISIT: Part = { other: 1.4, read: 1, write: 1 };
/** The first hour of a blob's life that any consumer sees: its message, its claim, its first checkpoint, its closing. */
const NEW_BLOB: Part = { write: 4, read: 4, other: 6, queue: 4 };
/** A checkpoint that another process may have changed is read again each ten minutes. */
const RELOAD_MS = 10 * 60_000;

/** One consumer in an hour, whatever it reads: heartbeats, the queue each ten seconds, the rules' record, the usage. */
const CONSUMER: Part = { write: 144 + 12 + 4, list: 144, read: 12 + 4, queue: 360 };
/** One destination in an hour: its breaker and its holds, its isolated rows. */
const DESTINATION: Part = { read: 240, list: 12, other: 24 };

/** A sweep, its tables aside: the containers, the claim, and when the last one was. */
const SWEEP: Part = { list: 1, other: 3, read: 2, write: 1 };
/** A table in a day: its tenants are listed once, its blobs and checkpoints four times for the watch over what will be deleted. */
const TABLE_A_DAY: Part = { list: 1 + 4 * 2, write: 4 };
/** Listings that the days of a wide sweep take, on average over a month: mostly all of them begin alike, and are one. */
const WIDE_LISTINGS = 1.2;

/** The operations of an hour with one consumer. */
export function expectedOperations(workload: Workload, pace: Pace): Operations {
  const { tables, appendsADay, destinations } = workload;
  const isActive = appendsADay > 0;
  const recent = HOUR_MS / pace.sweepIntervalMs;
  const wide = HOUR_MS / pace.wideIntervalMs;
  /** In the hours after midnight the recent ones lie in two days. */
  const days = 1 + Math.min(1, pace.recentMs / DAY_MS);
  /** A table that is not written to has one blob at most; its checkpoint is looked at, and not listed. */
  const hours = isActive ? pace.recentMs / HOUR_MS + 1 : 1;
  const ofWide: Part = isActive ? { list: 2 * WIDE_LISTINGS } : { list: WIDE_LISTINGS, other: 1 };
  const appends = appendsADay / tables / 24;
  const visits = Math.min(appends, HOUR_MS / pace.pollMinMs);
  const looks = isActive ? visits * looksBetween(HOUR_MS / visits, pace) : HOUR_MS / pace.pollMaxMs;
  return sum([
    [1, CONSUMER],
    [destinations, DESTINATION],
    [recent, SWEEP],
    [recent * tables, { list: days, other: hours }],
    [wide, SWEEP],
    [wide * tables, ofWide],
    // The watch asks as often as the recent hours are swept.
    [recent, { list: 1, read: 1 }],
    [tables / 24, TABLE_A_DAY],
    [isActive ? tables : 0, NEW_BLOB],
    [(tables * HOUR_MS) / RELOAD_MS, { read: 1 }],
    [tables * looks, LOOK],
    [tables * visits, VISIT],
  ]);
}

/** Looks that find nothing between two appends to a blob: each comes after a part of the time for which it was quiet. */
export function looksBetween(gapMs: number, { pollMinMs, pollMaxMs }: Pace): number {
  const delay = (quietMs: number) => Math.min(pollMaxMs, Math.max(pollMinMs, quietMs / 2.5));
  let looks = 0;
  // On average the append was found half a delay after it came.
  for (let quiet = delay(0) * 1.5; quiet < gapMs; quiet += delay(quiet)) looks++;
  return looks;
}

function sum(parts: readonly (readonly [times: number, part: Part])[]): Operations {
  const total = { ...NO_OPERATIONS };
  for (const [times, part] of parts) {
    for (const type of OPERATION_TYPES) total[type] += times * (part[type] ?? 0);
  }
  return total;
}
