/** Runs the lanes of one visit while the blob is read, and reports how each ended. */

import type { BlobStat } from '../../blobs/port.ts';
import { Prints } from '../../blobs/rows/fingerprint.ts';
import { detectFormat } from '../../blobs/rows/read-rows.ts';
import type { Checkpoint } from '../../checkpoints/checkpoint.ts';
import { ClaimKeeper } from '../../checkpoints/claim-keeper.ts';
import { cursorAt } from '../../checkpoints/cursors.ts';
import { createEncoders } from '../../delivery/encoder.ts';
import { Lane, type LaneEnd } from '../../delivery/lane.ts';
import type { RetryPolicy } from '../../delivery/retry-policy.ts';
import { addCounts, NO_ROWS, type RowCounts } from '../../delivery/row-counts.ts';
import { type BlobRef, blobPath } from '../../shared/blob-ref.ts';
import { type CursorRef, cursorKey } from '../../shared/cursor-ref.ts';
import { slept } from '../../shared/slept.ts';
import type { Span, SpanStart } from '../../shared/tracing.ts';
import { whenAborted } from '../../shared/when-aborted.ts';
import { Dedupe } from '../rows/dedupe.ts';
import { type ReadResult, readIntoLanes } from '../rows/read-into-lanes.ts';
import type { RelayDeps, Stopping } from '../source/deps.ts';
import { PacedWrites } from './paced-writes.ts';
import { advance, type Change, type Place, type Progress, type Reached } from './progress.ts';
import type { Reader } from './state.ts';

export interface Run {
  readonly ref: BlobRef;
  readonly stat: BlobStat;
  /** Whether the cursors are replays; otherwise all are ordinary. */
  readonly replay: boolean;
  /** By destination, the offset at which its cursor begins. Never empty. */
  readonly offsets: ReadonlyMap<string, number>;
  /** By destination, what earlier visits found out about it and about the rows of its cursor. */
  readonly proofs: ReadonlyMap<
    string,
    Pick<Reader, 'attempts' | 'isProvenAlive' | 'scanned' | 'print' | 'waitsUntil'>
  >;
  readonly format: Checkpoint['format'] | undefined;
  readonly final: boolean;
  readonly policy: RetryPolicy;
  /** Whether no other cursor needs to read this blob meanwhile, so that the lanes need not hurry. */
  readonly isAlone: boolean;
  /** Called by each lane before its first request, to ask for permission; if absent, all may send. */
  readonly admit?: () => Promise<number | undefined>;
  readonly keeper: ClaimKeeper;
  readonly progress: Progress;
  /** A change that each write includes in addition to the offsets. */
  readonly change: Change;
  readonly stopping: Stopping;
  /** Begins a span within that of the visit; absent where it is not traced. */
  readonly trace?: (span: Omit<SpanStart, 'parent'>) => Span | undefined;
}

export interface RunResult extends ReadResult, Reached {
  readonly format: Checkpoint['format'];
  /** By destination. */
  readonly ends: ReadonlyMap<string, LaneEnd>;
  readonly prints: Prints;
}

/** The offset of the most advanced ordinary cursor. */
function reached({ destinations }: Checkpoint): number {
  return Math.max(0, ...Object.values(destinations).map(({ offset }) => offset));
}

/** The counts at a cursor's offset; undefined if some of the rows before it were not counted. */
function countsOf(checkpoint: Checkpoint, cursor: CursorRef): RowCounts | undefined {
  const { offset = 0, counts } = cursorAt(checkpoint, cursor) ?? {};
  return counts ?? (offset === 0 ? NO_ROWS : undefined);
}

/** A lane's offset and counts, but not beyond `floor`, from which on rows would have to be counted again by correlations after a crash. */
function placeOf(lane: Lane, base: RowCounts | undefined, floor: number): Place {
  const offset = Math.min(lane.offset, floor);
  return base ? { offset, counts: addCounts(base, lane.countsBefore(offset)) } : { offset };
}

/** How long the other lanes of a visit may take once the first is done; then their cursors continue alone. Milliseconds. */
const STRAGGLER_MS = 5_000;

/** How long the lanes may take if none is done, so that rows for other destinations are read in time. Milliseconds. */
const PATIENCE_MS = 10_000;

/**
 * The time limit of a visit in which lanes search for rows that fail alone, because blobs share the consumer's slots. It suffices for one
 * search in which each request costs a time-out. Milliseconds.
 */
const LONGEST_RUN_MS = 10 * 60_000;

/** Reads a blob for some destinations and delivers its rows. The reached offsets are stored, also if this throws. */
export async function runLanes(deps: RelayDeps, run: Run): Promise<RunResult> {
  const { settings, clock } = deps;
  const { ref, stat, replay, keeper, progress, stopping } = run;
  const signal = AbortSignal.any([stopping.abort, keeper.signal]);
  const start = Math.min(...run.offsets.values());
  const format =
    start > 0 && run.format !== undefined ? run.format : await detectFormat(deps.blobs, ref, stat, signal);

  const byDestination = new Map<string, Lane>();
  const prints = new Prints();
  const bases = new Map(
    [...run.offsets.keys()].map((destination) => [
      destination,
      countsOf(progress.checkpoint, { destination, replay }),
    ]),
  );
  const rules = deps.rules();
  const correlating = deps.correlations.begin({
    rules,
    // The generation makes replaced content another blob for correlations, so that its rows are counted although their offsets were counted before.
    createdOn: stat.createdOn + (progress.checkpoint.generation ?? 0),
    signal,
  });
  const offsets = () =>
    new Map(
      [...byDestination].map(([destination, lane]) => [
        destination,
        placeOf(lane, bases.get(destination), correlating.floor),
      ]),
    );
  const save = () =>
    progress.update((checkpoint) => ({
      ...advance({ replay, offsets: offsets(), prints })(run.change(checkpoint)),
      format,
    }));
  const paced = new PacedWrites({
    clock,
    everyMs: settings.checkpointEveryMs,
    start,
    async write() {
      await correlating.flushOverdue();
      await save();
    },
  });
  const commit = () => paced.moved(Math.max(...[...byDestination.values()].map(({ offset }) => offset)));
  const encoders = createEncoders(
    [...run.offsets.keys()].flatMap((name) => deps.destinations.get(name)?.destination ?? []),
    deps.memory,
  );
  for (const [destination, offset] of run.offsets) {
    const target = deps.destinations.get(destination);
    const encoder = target && encoders.get(target.destination.encoding.key);
    if (!target || !encoder) continue;
    const proof = run.proofs.get(destination);
    byDestination.set(
      destination,
      new Lane(target, offset, {
        id: `${cursorKey({ destination, replay })}/${blobPath(ref)}`,
        // A replay is meant: what it reads is never taken for what a crash made the relay read again.
        ...(!replay && { reading: `${stat.createdOn}.${progress.checkpoint.generation ?? 0}` }),
        policy: run.policy,
        bufferBytes: settings.bufferBytes,
        memory: deps.memory,
        encoder,
        isolateAfterMs: settings.isolateAfterMs,
        clock,
        logger: deps.logger,
        metrics: deps.metrics,
        deadLetters: deps.deadLetters,
        signal,
        guard: keeper.assertHeld,
        ...(run.trace && { trace: run.trace }),
        admit: proof?.waitsUntil === undefined ? run.admit : async () => proof.waitsUntil,
        commit,
        isProvenAlive: proof?.isProvenAlive ?? false,
        attempts: proof?.attempts ?? 0,
        ...(proof?.scanned !== undefined && { scanned: proof.scanned }),
      }),
    );
  }
  const lanes = [...byDestination.values()];
  const stopLanes = () => {
    for (const lane of lanes) lane.stop();
  };
  const forgetStop = whenAborted(stopping.stop, stopLanes);
  const forgetReplaced = stopReplaced(lanes);
  const over = new AbortController();
  clock.sleep(LONGEST_RUN_MS, over.signal).then(stopLanes, () => {});
  try {
    const dedupe = new Dedupe(deps, {
      ref,
      createdOn: stat.createdOn,
      format,
      start,
      window: (table) => rules.dedupeWindow?.(table),
      lanes: byDestination,
      replay,
      signal,
    });
    const result = await readIntoLanes(deps, {
      ref,
      lanes,
      createdOn: stat.createdOn,
      known: [...run.proofs.values()].flatMap(({ print }) => print ?? []),
      prints,
      start,
      length: stat.length,
      format,
      final: run.final,
      countFrom: reached(progress.checkpoint),
      rules,
      correlating,
      dedupe,
      isAlone: run.isAlone,
      signal,
      enough: (bytesRead, elapsedMs) =>
        stopping.stop.aborted || bytesRead >= settings.visitBytes || elapsedMs >= settings.visitMs,
      commit,
    });
    await correlating.flush();
    const ends = await finishLanes(deps, run, byDestination);
    const complete = result.complete && !correlating.mustReread;
    return { ...result, complete, format, ends, replay, offsets: offsets(), prints };
  } catch (error) {
    stopLanes();
    await Promise.allSettled(lanes.map((lane) => lane.finish()));
    await correlating.abandon().catch(() => {});
    // Some rows may have been accepted before the error, so the offsets are stored.
    await save().catch(() => {});
    throw error;
  } finally {
    over.abort();
    paced.end();
    forgetReplaced();
    forgetStop();
  }
}

/** Stops each lane when its destination is replaced, or at once if it was already. Returns what ends this. */
function stopReplaced(lanes: readonly Lane[]): () => void {
  const listeners = lanes.map((lane) => whenAborted(lane.target.replaced, () => lane.stop()));
  return () => {
    for (const end of listeners) end();
  };
}

/**
 * Waits for the lanes. If a lane still has a request in flight when the others are done, it is left running: its own claim keeps other
 * consumers from sending this blob's rows to the destination until that request has ended.
 */
async function finishLanes(
  deps: RelayDeps,
  { ref, replay, stopping, isAlone }: Run,
  byDestination: ReadonlyMap<string, Lane>,
): Promise<Map<string, LaneEnd>> {
  const ends = new Map<string, LaneEnd>();
  const finishing = new Map(
    [...byDestination].map(([destination, lane]) => [
      destination,
      lane.finish().then((end) => {
        ends.set(destination, end);
      }),
    ]),
  );
  const all = Promise.all(finishing.values());
  const over = new AbortController();
  try {
    const first = [...finishing.values(), ...(isAlone ? [] : [slept(deps.clock, PATIENCE_MS, over.signal)])];
    await Promise.race([all, Promise.race(first).then(() => grace(deps, byDestination, ends, over.signal))]);
    for (const [destination, lane] of byDestination) {
      if (ends.has(destination)) continue;
      lane.stop();
      const askedAt = deps.clock.monotonic();
      const claim = stopping.stop.aborted
        ? undefined
        : await deps.checkpoints.claim(ref, { destination, replay });
      const end = finishing.get(destination);
      if (!claim || !end) continue;
      ends.set(destination, { kind: 'stopped' });
      lane.target.evidence.leftBehind();
      const keeper = new ClaimKeeper(claim, deps.clock, askedAt);
      const left = end.catch(() => {}).then(() => keeper.release());
      deps.stragglers.add(left);
      left.finally(() => deps.stragglers.delete(left));
    }
    await Promise.all([...finishing].filter(([destination]) => !ends.has(destination)).map(([, end]) => end));
    return ends;
  } finally {
    over.abort();
  }
}

/** Gives the lanes time to finish. The visit waits neither for a stopped lane nor for a destination that is known to be slow. */
async function grace(
  deps: RelayDeps,
  byDestination: ReadonlyMap<string, Lane>,
  ends: ReadonlyMap<string, LaneEnd>,
  signal: AbortSignal,
): Promise<void> {
  const working = [...byDestination].some(
    ([destination, lane]) => !ends.has(destination) && lane.live && !lane.target.evidence.isSlow,
  );
  if (working) await slept(deps.clock, STRAGGLER_MS, signal);
}
