/** Counts the rows that arrived again at a destination, by what explains it. */
import { placeOf } from '../../lab/oracle/place.ts';
import type { Arrival, Injury, SoakLog } from './log.ts';
import { rowKey } from './log.ts';

/** The numbers of repeated rows at one destination, by cause. */
export interface Repeats {
  readonly total: number;
  /**
   * The row was in an accepted request whose response was lost or too late; or, at a destination that acknowledges later, a request with
   * other rows of its blob failed between, after which no acknowledgement of that blob's visit is believed.
   */
  readonly afterLostReplies: number;
  /** The row was accepted before another part of its batch failed, during the search for a refused row. */
  readonly afterRefusals: number;
  /** A consumer or its storage was disturbed between the two arrivals, soon after the first, before its offset was written. */
  readonly afterInjuries: number;
  /** Two consumers read the blob at the same time, because a claim was broken from outside, or because Azurite was restarted, after which every lease counts as expired. */
  readonly afterBrokenClaims: number;
  /**
   * The blob was overwritten in place. A destination that reads alone already had the new content when the shared visit noticed the
   * change and started again: once for each overwrite, shortly after.
   */
  readonly afterOverwrites: number;
  readonly unexplained: readonly string[];
}

export const NO_REPEATS: Repeats = {
  total: 0,
  afterLostReplies: 0,
  afterRefusals: 0,
  afterInjuries: 0,
  afterBrokenClaims: 0,
  afterOverwrites: 0,
  unexplained: [],
};

/** The time within which the retries and the splitting of a batch end. Milliseconds. */
const BATCH_MS = 30_000;
/** During a visit, offsets are written at the latest 10 s after the rows were accepted, or after the batch in flight. Milliseconds. */
const UNWRITTEN_MS = 10_000 + BATCH_MS;
/** The effect of an injury may occur shortly before it is recorded. Milliseconds. */
const SLACK_MS = 1_000;
/** A consumer notices a broken claim at its next renewal; until then its successor may read the same rows. Milliseconds. */
const CLAIM_BROKEN_MS = 45_000;

/** Counts the repeats by cause. */
export function countRepeats(destination: string, arrivals: readonly Arrival[], log: SoakLog): Repeats {
  const lost = indexed(log, destination, 'reply_lost');
  const refused = indexed(log, destination, 'rows_refused');
  const unacknowledged = indexed(log, destination, 'unacknowledged').get('') ?? [];
  const failed = unacknowledged.length > 0 ? failuresByBlob(log, destination) : new Map<string, number[]>();
  const last = new Map<string, number>();
  const counts = {
    total: 0,
    afterLostReplies: 0,
    afterRefusals: 0,
    afterInjuries: 0,
    afterBrokenClaims: 0,
    afterOverwrites: 0,
  };
  const unexplained: string[] = [];
  const begunAgain = new Map<string, number>();
  const claimsBroken = log.injuries.filter(
    ({ kind }) => kind === 'claim_broken' || kind === 'storage_restarted',
  );
  const hurt = log.injuries.filter(({ kind }) => kind !== 'claim_broken');

  for (const { at, blob, offset, id } of arrivals) {
    const where = placeOf(blob, offset);
    const key = rowKey(blob, offset, id);
    const before = last.get(key);
    last.set(key, at);
    if (before === undefined) continue;
    counts.total++;
    const within = (times: readonly number[] | undefined, from: number) =>
      times?.some((time) => time >= from && time <= at) ?? false;
    if (
      within(lost.get(where), before - BATCH_MS) ||
      within(unacknowledged, before) ||
      within(failed.get(blob), before)
    )
      counts.afterLostReplies++;
    else if (isHurt(hurt, blob, before - SLACK_MS, Math.min(at, before + UNWRITTEN_MS)))
      counts.afterInjuries++;
    else if (within(refused.get(where), before - BATCH_MS)) counts.afterRefusals++;
    else if (isHurt(claimsBroken, blob, before - CLAIM_BROKEN_MS, at)) counts.afterBrokenClaims++;
    else if (at - before <= BATCH_MS && (begunAgain.get(key) ?? 0) < overwritesBefore(log, blob, at)) {
      begunAgain.set(key, (begunAgain.get(key) ?? 0) + 1);
      counts.afterOverwrites++;
    } else unexplained.push(`${where} after ${Math.round(at - before)} ms`);
  }
  return { ...counts, unexplained };
}

function overwritesBefore({ overwrites }: SoakLog, blob: string, at: number): number {
  return overwrites.filter((each) => each.blob === blob && each.at < at).length;
}

function isHurt(injuries: readonly Injury[], blob: string, from: number, to: number): boolean {
  return injuries.some(
    (injury) => (injury.blob === undefined || injury.blob === blob) && injury.from <= to && injury.to >= from,
  );
}

/** The times at which requests failed, by the blob of their rows. */
function failuresByBlob({ failures }: SoakLog, destination: string): ReadonlyMap<string, readonly number[]> {
  const index = new Map<string, number[]>();
  for (const { at, rows, destination: failing } of failures) {
    const blob = rows[0]?.slice(0, rows[0].lastIndexOf('@'));
    if (failing !== destination || blob === undefined) continue;
    const times = index.get(blob);
    if (times) times.push(at);
    else index.set(blob, [at]);
  }
  return index;
}

/** Indexes the times of requests by row; requests without named rows are under ''. */
function indexed(
  { troubles }: SoakLog,
  destination: string,
  kind: SoakLog['troubles'][number]['kind'],
): ReadonlyMap<string, readonly number[]> {
  const index = new Map<string, number[]>();
  for (const trouble of troubles) {
    if (trouble.destination !== destination || trouble.kind !== kind) continue;
    for (const key of trouble.rows.length === 0 ? [''] : trouble.rows) {
      const times = index.get(key);
      if (times) times.push(trouble.at);
      else index.set(key, [trouble.at]);
    }
  }
  return index;
}
