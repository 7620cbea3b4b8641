/** Reads a blob once: splits it into rows, evaluates each, and passes its deliveries to the lanes. */

import type { Fingerprint, Prints } from '../../blobs/rows/fingerprint.ts';
import { type ParsedRow, parseRow } from '../../blobs/rows/parse-row.ts';
import type { RawRow } from '../../blobs/rows/raw-row.ts';
import { readRows } from '../../blobs/rows/read-rows.ts';
import type { Checkpoint } from '../../checkpoints/checkpoint.ts';
import type { Lane } from '../../delivery/lane.ts';
import type { RuleSet } from '../../rules/ruleset.ts';
import { type BlobRef, blobPath } from '../../shared/blob-ref.ts';
import type { ErrorCode } from '../../shared/error-codes.ts';
import type { Route, Row, Verdict } from '../../shared/event.ts';
import { inParallel } from '../../shared/in-parallel.ts';
import type { Metrics } from '../../shared/metrics.ts';
import { hasBadTimestamp } from '../../shared/row-time.ts';
import type { CorrelationSession } from '../correlation/correlations.ts';
import type { RelayDeps } from '../source/deps.ts';
import type { Dedupe } from './dedupe.ts';
import { deliveriesOf } from './deliveries.ts';
import { EventLoopTurns } from './event-loop-turns.ts';
import { RowTally } from './row-tally.ts';

/** Rows over the limit are kept up to this length, so that the dead letter has them whole. Bytes. */
const KEPT_BYTES = 16 * 1024 * 1024;
/** A lane whose buffer stays full this long while others wait is stopped; its cursor continues alone. Milliseconds. */
const STALL_MS = 2_000;
/** The same if all lanes are full. Milliseconds. */
const PATIENCE_MS = 10_000;

export interface ReadPlan {
  readonly ref: BlobRef;
  readonly lanes: readonly Lane[];
  /** Creation time of the blob that was looked at, ms since the epoch. */
  readonly createdOn: number;
  /** Fingerprints of the content as it was read before. */
  readonly known: readonly Fingerprint[];
  /** Fingerprints of what is read go there. */
  readonly prints: Prints;
  readonly start: number;
  /** Rows before this offset were read and counted by others. */
  readonly countFrom: number;
  /** Stored length to read up to. */
  readonly length: number;
  readonly format: Checkpoint['format'];
  /** The blob is finished: what lies behind the last line end is a row too. */
  readonly final: boolean;
  readonly rules: RuleSet;
  readonly correlating: CorrelationSession;
  readonly dedupe: Dedupe;
  /** No other cursor needs to read this blob meanwhile. */
  readonly isAlone: boolean;
  readonly signal: AbortSignal;
  /** Asked after each page with unread rows, with milliseconds since the first of them came: true ends the reading early. */
  readonly enough: (bytesRead: number, elapsedMs: number) => boolean;
  /** Makes the lanes' offsets durable; asked for when rows pass without a batch. */
  readonly commit: () => Promise<void>;
}

export interface ReadResult {
  /** Everything up to the length was read; false when it ended early. */
  readonly complete: boolean;
  /** Logical offset reached. */
  readonly position: number;
  /** The Advanced Hunting table of the last row, where there was one. */
  readonly table: string | undefined;
}

/** Dead letters stored at once: a blob may consist of nothing but unreadable rows. */
const BURY_CONCURRENCY = 16;
/** Commits at least every so many bytes, even if no batch was full: long stretches may be filtered out. */
const COMMIT_BYTES = 64 * 1024 * 1024;

/** Reads a blob once and hands its rows to all lanes. Memory: one page, and what the lanes may hold. */
export async function readIntoLanes(deps: RelayDeps, plan: ReadPlan): Promise<ReadResult> {
  const { metrics, settings } = deps;
  const { ref, lanes, start, length, format, signal } = plan;
  const blob = blobPath(ref);
  let position = start;
  let committed = start;
  // A gzip blob is read from its first byte each time: rows that were delivered before must not use up the visit's time.
  let unreadSince: number | undefined;
  let table: string | undefined;
  const tally = new RowTally();
  const turns = new EventLoopTurns(deps.clock, signal);

  const take = async (rows: readonly RawRow[]) => {
    const parsed: (readonly [RawRow, ParsedRow])[] = [];
    for (const raw of rows) {
      parsed.push([raw, parseRow(raw, blob, settings.rowBytes, deps.source)]);
      await turns.after(raw.end - raw.offset);
    }
    // Stored before any offset passes them.
    const bad = parsed.flatMap(([raw, row]) => (row.ok ? [] : [{ raw, row }]));
    await inParallel(bad, BURY_CONCURRENCY, ({ raw, row }) => buryRow(deps, blob, raw, row));
    await plan.dedupe.prepare(parsed.flatMap(([, row]) => (row.ok ? [row.row] : [])));
    const judged: JudgedRow[] = [];
    for (const [raw, row] of parsed) {
      if (row.ok)
        judged.push(
          judge(deps, plan, { raw, parsed: row }, raw.offset >= plan.countFrom ? tally : undefined),
        );
      await turns.after(raw.end - raw.offset);
    }
    table = judged.at(-1)?.row.table ?? table;
    const alerts = await correlate(plan, judged);
    if (plan.correlating.mustReread) return;
    let next = 0;
    for (const [raw] of parsed) {
      const one = judged[next];
      if (one?.raw === raw) {
        next += 1;
        pass(plan, one, alerts?.get(one.row));
      } else {
        for (const lane of lanes) lane.passUnreadable(raw);
      }
      await turns.after(raw.end - raw.offset);
    }
    tally.flush(metrics);
  };

  const pages = readRows(deps.blobs, ref, {
    start,
    length,
    format,
    rowLimit: Math.max(settings.rowBytes, KEPT_BYTES),
    createdOn: plan.createdOn,
    known: plan.known,
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
    if (position - committed >= COMMIT_BYTES) {
      committed = position;
      await plan.commit();
    }
    await roomInLanes(deps, lanes, plan);
    // A visit that has not passed a single row continues: if it ended, the next visit would end at the same row.
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
    takeRows: (rows: readonly RawRow[]) => Promise<void>,
  ): Promise<number> {
    const { rest, damage } = page;
    if (!damage) {
      if (rest) await takeRows([rest]);
      return rest?.end ?? page.position;
    }
    // Compressed data that ends or breaks here: the piece of a row before it cannot be completed any more.
    const raw = rest ?? {
      offset: page.position,
      end: page.position,
      bytes: Buffer.alloc(0),
      truncated: true,
    };
    await bury(deps, blob, raw, { reason: damage.code, message: damage.message });
    metrics.count('xdr_relay_rows_bad_total', { reason: damage.code });
    return raw.end;
  }
}

/** A row, and what the rules make of it; undefined where every lane has it already. */
interface JudgedRow {
  readonly raw: RawRow;
  readonly row: Row;
  readonly holders: ReadonlySet<Lane> | undefined;
  readonly verdict: Verdict | undefined;
  /** Undefined where the row was counted before. */
  readonly tally: RowTally | undefined;
}

function judge(
  { metrics }: RelayDeps,
  plan: ReadPlan,
  { raw, parsed: { row, repaired } }: { readonly raw: RawRow; readonly parsed: ParsedRow & { ok: true } },
  tally: RowTally | undefined,
): JudgedRow {
  tally?.row(row.table, raw.end - raw.offset);
  if (tally && hasBadTimestamp(row)) tally.badTime(row.table);
  if (tally && repaired) metrics.count('xdr_relay_rows_bad_total', { reason: 'invalid_utf8_repaired' });
  const holders = plan.dedupe.holders(row, raw.end);
  if (holders) countRepeats(metrics, row, raw, holders);
  const isHeld = holders?.size === plan.lanes.length;
  const verdict = isHeld ? undefined : plan.rules.evaluate(row);
  if (verdict?.kind === 'filtered') tally?.filtered(row.table);
  for (const rule of verdict?.cut ?? []) tally?.cut(row.table, rule);
  return { raw, row, holders, verdict, tally };
}

/** The alerts of correlations, by row; durable before any of them is sent. */
async function correlate(
  { correlating }: ReadPlan,
  judged: readonly JudgedRow[],
): Promise<ReadonlyMap<Row, readonly Route[]> | undefined> {
  const rows = judged.flatMap(({ row, verdict }) =>
    verdict?.kind === 'forwarded' && verdict.correlated ? [{ row, events: verdict.correlated }] : [],
  );
  return rows.length > 0 ? correlating.observe(rows) : undefined;
}

function pass(
  { lanes }: ReadPlan,
  { raw, row, holders, verdict, tally }: JudgedRow,
  alerts: readonly Route[] = [],
): void {
  if (verdict?.kind !== 'forwarded') {
    for (const lane of lanes) lane.pass(raw, []);
    return;
  }
  const routes = alerts.length > 0 ? [...verdict.routes, ...alerts] : verdict.routes;
  for (const { rule, severity: level = 'none' } of routes) {
    if (rule) tally?.alert(row.table, level);
  }
  const deliveries = deliveriesOf(row, verdict.event, routes);
  for (const lane of lanes) {
    lane.pass(raw, holders?.has(lane) ? [] : (deliveries.get(lane.name) ?? []));
  }
}

function countRepeats(metrics: Metrics, { table }: Row, raw: RawRow, holders: ReadonlySet<Lane>): void {
  for (const lane of holders) {
    if (!lane.wants(raw.end)) continue;
    metrics.count('xdr_relay_rows_repeated_total', { table, destination: lane.name });
  }
}

async function buryRow(
  deps: RelayDeps,
  blob: string,
  raw: RawRow,
  row: ParsedRow & { ok: false },
): Promise<void> {
  await bury(deps, blob, raw, row);
  deps.metrics.count('xdr_relay_rows_bad_total', { reason: row.reason });
}

async function bury(
  deps: RelayDeps,
  blob: string,
  raw: RawRow,
  { reason, message }: { readonly reason: ErrorCode; readonly message: string },
): Promise<void> {
  await deps.deadLetters.put({
    destination: undefined,
    reason,
    message,
    source: { ...(deps.source !== undefined && { name: deps.source }), blob, offset: raw.offset },
    length: raw.end - raw.offset,
    row: raw.bytes,
  });
  deps.logger.warn('A row could not be read and became a dead letter', {
    reason,
    blob,
    offset: raw.offset,
  });
}

/**
 * Waits until every live lane has room. One that stays full while another is free, or while rows for other destinations may come, is
 * stopped: it reads on by itself later.
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
