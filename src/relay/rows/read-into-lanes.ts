/** Reads a blob once: splits it into rows, evaluates them, and passes their deliveries to the lanes. */

import type { Fingerprint, Prints } from '../../blobs/rows/fingerprint.ts';
import type { RawRow } from '../../blobs/rows/raw-row.ts';
import { readRows } from '../../blobs/rows/read-rows.ts';
import type { Checkpoint } from '../../checkpoints/checkpoint.ts';
import type { Lane } from '../../delivery/lane.ts';
import type { RuleSet } from '../../rules/ruleset.ts';
import { type BlobRef, blobPath } from '../../shared/blob-ref.ts';
import type { ErrorCode } from '../../shared/error-codes.ts';
import type { CorrelationSession } from '../correlation/correlations.ts';
import type { RelayDeps } from '../source/deps.ts';
import type { Dedupe } from './dedupe.ts';
import { EventLoopTurns } from './event-loop-turns.ts';
import { RowTally } from './row-tally.ts';
import { takeRows } from './take-rows.ts';
import { storeUnreadable } from './unreadable-row.ts';

/** The length up to which a row over the limit is kept, so that its dead letter is complete. Bytes. */
const KEPT_BYTES = 16 * 1024 * 1024;
/** A lane whose buffer stays full for so long while others wait is stopped; its cursor continues alone. Milliseconds. */
const STALL_MS = 2_000;
/** The same limit if all lanes are full. Milliseconds. */
const PATIENCE_MS = 10_000;

export interface ReadPlan {
  readonly ref: BlobRef;
  readonly lanes: readonly Lane[];
  /** The creation time of the blob, ms since the epoch. */
  readonly createdOn: number;
  /** The fingerprints of the content as it was read before. */
  readonly known: readonly Fingerprint[];
  /** Collects fingerprints of what is read. */
  readonly prints: Prints;
  readonly start: number;
  /** Rows before this offset were read and counted by other visits. */
  readonly countFrom: number;
  /** The stored length up to which to read. */
  readonly length: number;
  readonly format: Checkpoint['format'];
  /** Whether the blob is finished, so that the bytes after the last line end are a row too. */
  readonly final: boolean;
  readonly rules: RuleSet;
  readonly correlating: CorrelationSession;
  readonly dedupe: Dedupe;
  /** Whether no other cursor needs to read this blob meanwhile. */
  readonly isAlone: boolean;
  readonly signal: AbortSignal;
  /** Called after each page with unread rows, with the time since the first of them. Returning true ends the reading early. */
  readonly enough: (bytesRead: number, elapsedMs: number) => boolean;
  /** Stores the lanes' offsets if it is time. Called after each page, because rows may pass without being sent. */
  readonly commit: () => Promise<void>;
}

export interface ReadResult {
  /** Whether everything up to the length was read. */
  readonly complete: boolean;
  /** The logical offset that was reached. */
  readonly position: number;
  /** The Advanced Hunting table of the last row; undefined if there was no row. */
  readonly table: string | undefined;
}

/** Reads a blob once and passes its rows to all lanes. Memory holds one page, and what the lanes may hold. */
export async function readIntoLanes(deps: RelayDeps, plan: ReadPlan): Promise<ReadResult> {
  const { metrics, settings } = deps;
  const { ref, lanes, start, length, format, signal } = plan;
  const blob = blobPath(ref);
  let position = start;
  // A gzip blob is read from its first byte each time, so the visit's time starts only with the first unread row.
  let unreadSince: number | undefined;
  let table: string | undefined;
  const taking = { deps, plan, tally: new RowTally(), turns: new EventLoopTurns(deps.clock, signal) };

  const take = async (rows: readonly RawRow[]) => {
    table = (await takeRows(taking, rows)) ?? table;
  };

  const pages = readRows(deps.blobs, ref, {
    start,
    length,
    format,
    rowLimit: Math.max(settings.rowBytes, KEPT_BYTES),
    createdOn: plan.createdOn,
    known: plan.known,
    isPassing: true,
    signal,
  });
  for await (const page of pages) {
    if (page.position > start) unreadSince ??= deps.clock.monotonic();
    if (page.kind === 'rows') {
      await take(page.rows);
      if (plan.correlating.mustReread) return { complete: false, position, table };
      for (const print of page.prints) plan.prints.add(print);
      position = Math.max(position, page.position);
    } else {
      position = Math.max(position, plan.final ? await takeLast(page, take) : page.position);
    }
    for (const lane of lanes) lane.passTo(position);
    if (page.kind === 'end') break;
    if (position > start) await plan.commit();
    await roomInLanes(deps, lanes, plan);
    // A visit that has not passed a single row continues, because the next visit would end at the same row.
    const elapsedMs = deps.clock.monotonic() - (unreadSince ?? deps.clock.monotonic());
    const isEnough = position > start && plan.enough(position - start, elapsedMs);
    if (isEnough || lanes.every((lane) => !lane.live)) {
      return { complete: false, position, table };
    }
  }
  return { complete: true, position, table };

  async function takeLast(
    page: {
      readonly position: number;
      readonly rest: RawRow | undefined;
      readonly damage: { code: ErrorCode; message: string } | undefined;
    },
    take: (rows: readonly RawRow[]) => Promise<void>,
  ): Promise<number> {
    const { rest, damage } = page;
    if (!damage) {
      if (rest) await take([rest]);
      return rest?.end ?? page.position;
    }
    // The compressed data ends or is damaged here, so the part of a row before this position cannot be completed.
    const raw = rest ?? {
      offset: page.position,
      end: page.position,
      bytes: Buffer.alloc(0),
      truncated: true,
    };
    await storeUnreadable(deps, blob, raw, { reason: damage.code, message: damage.message });
    metrics.count('xdr_relay_rows_bad_total', { reason: damage.code });
    return raw.end;
  }
}

/**
 * Waits until every live lane has room. A lane that stays full while another has room, or while rows for other destinations may come, is
 * stopped; its cursor continues alone later.
 */
async function roomInLanes(
  deps: RelayDeps,
  lanes: readonly Lane[],
  { isAlone, signal }: Pick<ReadPlan, 'isAlone' | 'signal'>,
): Promise<void> {
  for (;;) {
    const full = lanes.filter((lane) => !lane.hasRoom);
    if (full.length === 0) return;
    const rooms = full.map((lane) => lane.room());
    const isNoneFree = lanes.every((lane) => !lane.live || !lane.hasRoom);
    if (isNoneFree && isAlone) {
      await Promise.race(rooms);
      continue;
    }
    const room = isNoneFree ? Promise.race(rooms) : Promise.all(rooms);
    const timer = new AbortController();
    const stalled = deps.clock
      .sleep(isNoneFree ? PATIENCE_MS : STALL_MS, AbortSignal.any([timer.signal, signal]))
      .then(
        () => true,
        () => false,
      );
    const isStalled = await Promise.race([room.then(() => false), stalled]);
    timer.abort();
    signal.throwIfAborted();
    if (!isStalled) continue;
    for (const lane of full) {
      if (lane.hasRoom) continue;
      deps.logger.info('A slow destination reads on alone', { destination: lane.name });
      lane.stop();
    }
  }
}
