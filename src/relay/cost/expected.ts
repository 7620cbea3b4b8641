/**
 * How many storage operations a workload takes, for an estimate before it runs. What each part of the work takes was counted by a
 * proxy in front of the storage; tests hold those counts (test/relay/discovery/sweep-cost.test.ts, test/e2e/following.test.ts).
 */
import { DAY_MS, HOUR_MS } from '../../shared/duration.ts';
import { NO_OPERATIONS, OPERATION_TYPES, type Operations } from '../../shared/storage-operations.ts';
import { GROWING_MS, lookDelayMs } from '../visit/schedule.ts';

/** What is written to the source account. */
export interface Workload {
  readonly tables: number;
  /** Over all tables, at even intervals. */
  readonly appendsADay: number;
  readonly destinations: number;
  /** How many of them are for people. Default: none. */
  readonly people?: number;
  /** Whether people are told of the relay's own troubles. Default: no. */
  readonly operational?: boolean;
  /** Whether there is a console, for which each process writes what it does. Default: no. */
  readonly console?: boolean;
  /** Whether rows may be captured for it. Default: no. */
  readonly capture?: boolean;
}

/** From relay.yaml, milliseconds. */
export interface Pace {
  readonly sweepIntervalMs: number;
  readonly recentMs: number;
  readonly wideIntervalMs: number;
  readonly pollMinMs: number;
  readonly pollMaxMs: number;
  readonly checkpointEveryMs: number;
}

type Part = Partial<Operations>;

/** A look that finds nothing: a HEAD of the blob. */
const LOOK: Part = { other: 1 };
/** A visit to a blob that grew, its claim and its checkpoint aside: the look at a blob that grows reads it, and a quiet one is read after its HEAD. */
const visitOf = (gapMs: number): Part => (gapMs < GROWING_MS ? { read: 1 } : { other: 1, read: 1 });
/** A visit renews the claim if that was not done for so long. */
const RENEWAL_MS = 15_000;
/** The first hour of a blob's life that any consumer sees: its message, its claim, its first checkpoint, its closing. */
const NEW_BLOB: Part = { write: 4, read: 4, other: 6, queue: 4 };
/** A checkpoint that another process may have changed is read again each ten minutes. */
const RELOAD_MS = 10 * 60_000;

/** One consumer in an hour, whatever it reads: heartbeats, the queue each ten seconds, the rules' record, the usage, the state's version each minute. */
const CONSUMER: Part = { write: 144 + 12 + 4, list: 144, read: 12 + 4 + 60, queue: 360 };
/** One destination in an hour: its breaker and its holds, its isolated rows. */
const DESTINATION: Part = { read: 120, list: 12, other: 24 };

/** One destination for people in an hour, besides: its index each ten seconds; each half hour all of its documents are compared with it. */
const PEOPLE: Part = { read: 360 + 2, list: 2, write: 2 };
/** Looks at the relay's own troubles in an hour: their document each minute. */
const TROUBLES: Part = { read: 60 };
/** What they are is listed each ten minutes: rules and their record, dead letters, tables; then the document is written. */
const TROUBLES_LISTED: Part = { list: 6 * 2, read: 6 * 2, write: 6 };
/** One destination in these listings: its breaker, and where that is closed, its index. */
const TROUBLES_OF_ONE: Part = { read: 6 * 2 };

/** One process in an hour, for the console: what it does each 15 s. */
const CONSOLE: Part = { write: 240, list: 1 };
/** The same with captures: a look for them after each write. */
const CAPTURE: Part = { list: 240 };

/** A sweep, its tables aside: the containers, the claim, and when the last one was. */
const SWEEP: Part = { list: 1, other: 3, read: 2, write: 1 };
/** A table in a day: its tenants are listed once, its blobs and checkpoints four times for the watch over what will be deleted. */
const TABLE_A_DAY: Part = { list: 1 + 4 * 2, write: 4 };
/** Listings that the days of a wide sweep take, on average over a month: mostly all of them begin alike, and are one. */
const WIDE_LISTINGS = 1.2;

/** The operations of an hour with one consumer. */
export function expectedOperations(workload: Workload, pace: Pace): Operations {
  const { tables, appendsADay, destinations, people = 0, operational = false } = workload;
  const { console = false, capture = false } = workload;
  const isActive = appendsADay > 0;
  const recent = HOUR_MS / pace.sweepIntervalMs;
  const wide = HOUR_MS / pace.wideIntervalMs;
  /** In the hours after midnight the recent ones lie in two days. */
  const days = 1 + Math.min(1, pace.recentMs / DAY_MS);
  /** A table that is not written to has one blob at most; its checkpoint is looked at, and not listed. */
  const hours = isActive ? pace.recentMs / HOUR_MS + 1 : 1;
  const ofWide: Part = isActive ? { list: 2 * WIDE_LISTINGS } : { list: WIDE_LISTINGS, other: 1 };
  const appends = appendsADay / tables / 24;
  const { visits, looks } = looksAnHour(appends, pace);
  return sum([
    [1, CONSUMER],
    [destinations, DESTINATION],
    [people, PEOPLE],
    [operational ? 1 : 0, TROUBLES],
    [operational ? 1 : 0, TROUBLES_LISTED],
    [operational ? destinations : 0, TROUBLES_OF_ONE],
    [console ? 1 : 0, CONSOLE],
    [console && capture ? 1 : 0, CAPTURE],
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
    [tables * visits, visitOf(HOUR_MS / appends)],
    [tables * Math.min(visits, HOUR_MS / pace.checkpointEveryMs), { write: 1 }],
    [tables * renewals(visits), { other: 1 }],
  ]);
}

/** How many of so many visits in an hour renew the claim: each, or each second one, and so on. */
function renewals(visits: number): number {
  return visits / Math.max(1, Math.ceil((RENEWAL_MS * visits) / HOUR_MS));
}

/** How many looks at a blob in an hour find something, and are visits, and how many do not. @param appends in an hour, at even intervals. */
export function looksAnHour(
  appends: number,
  pace: Pick<Pace, 'pollMinMs' | 'pollMaxMs'>,
): { readonly visits: number; readonly looks: number } {
  if (appends === 0) return { visits: 0, looks: HOUR_MS / pace.pollMaxMs };
  const gapMs = HOUR_MS / appends;
  let visits = 0;
  let looks = 0;
  let seen = 0;
  let at = 0;
  while (at < SIMULATED_MS) {
    const last = Math.floor(at / gapMs);
    if (last > seen) visits++;
    else looks++;
    seen = last;
    at += lookDelayMs(at - last * gapMs, pace);
  }
  const hours = SIMULATED_MS / HOUR_MS;
  return { visits: visits / hours, looks: looks / hours };
}

/** Long enough for looks and appends to meet in all ways. Milliseconds. */
const SIMULATED_MS = 50 * HOUR_MS;

function sum(parts: readonly (readonly [times: number, part: Part])[]): Operations {
  const total = { ...NO_OPERATIONS };
  for (const [times, part] of parts) {
    for (const type of OPERATION_TYPES) total[type] += times * (part[type] ?? 0);
  }
  return total;
}
