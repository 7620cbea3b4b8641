/** Sweeps a source regularly: recent hours often, a wider range seldom, by one consumer at a time. */

import { underClaim } from '../../checkpoints/claim-keeper.ts';
import { loggedError } from '../../shared/errors.ts';
import { formatAge } from '../../shared/readable.ts';
import { slept } from '../../shared/slept.ts';
import type { RelayDeps } from '../source/deps.ts';
import type { RelaySource } from '../source/sources.ts';
import { tableOf } from '../source/table.ts';
import { type SeenTables, withSeen } from '../source/tables.ts';
import { type SweepOptions, sweep, YOUNG_MS } from './sweep.ts';
import { lastSweep, recordSweep } from './sweep-record.ts';

/** The intervals and ranges of the sweeps. Milliseconds. */
export interface SweepSchedule {
  readonly intervalMs: number;
  readonly recentMs: number;
  readonly wideIntervalMs: number;
  readonly wideMs: number;
}

/** The name of the wide sweep, whose hours include those of the other sweep. */
const WIDE = 'wide';

/** A named sweep, and the hours that it lists. */
export interface NamedSweep extends SweepOptions {
  readonly name: string;
}

/**
 * Sweeps a source until stopped: the wide sweep immediately, to find blobs from the time when no consumer ran, then both at their
 * intervals. If several consumers run, the first makes the sweep and the others wait for the next one.
 */
export async function sweepRegularly(
  { deps, account: { containerPrefix } }: Pick<RelaySource, 'account' | 'deps'>,
  schedule: SweepSchedule,
  stop: AbortSignal,
): Promise<void> {
  const { clock } = deps;
  const { intervalMs, recentMs, wideIntervalMs, wideMs } = schedule;
  /** Sweeps the last `backMs`, unless a consumer has done so recently. Resolves with how long ago they were swept, in milliseconds. */
  const back = async (name: string, backMs: number, everyMs: number, youngMs = YOUNG_MS) => {
    const ago = await sweptAgo(deps, backMs <= wideMs ? [name, WIDE] : [name]);
    if (ago < everyMs / 2) return ago;
    const to = clock.now();
    await sweepOnce(deps, { name, containerPrefix, from: to - backMs, to, youngMs }, stop);
    return 0;
  };
  const every = async (name: string, ms: number, backMs: number, isFirst: boolean) => {
    // Nobody may have taken the notifications of the minute before, or there are none yet: without them, a blob would wait for the next sweep.
    let ago = isFirst ? await back(name, backMs, Math.min(intervalMs, ms), 0) : 0;
    const pause = () => Math.max(0, Math.round(ms * (0.9 + Math.random() * 0.2)) - ago);
    while (await slept(clock, pause(), stop)) ago = await back(name, backMs, ms);
  };
  await Promise.all([
    every('recent', intervalMs, recentMs, false),
    every(WIDE, wideIntervalMs, wideMs, true),
  ]);
}

/** How long ago one of the sweeps was made; infinite if that is unknown. Learns what other consumers have seen of the tables. Milliseconds. */
async function sweptAgo(deps: RelayDeps, names: readonly string[]): Promise<number> {
  const { documents, clock, logger, source, settings } = deps;
  try {
    const { ago, tables } = await lastSweep(documents, names, clock.now());
    deps.tables.set(source, tables, settings.silentAfterMs);
    return ago ?? Number.POSITIVE_INFINITY;
  } catch (error) {
    logger.debug('When the last sweep was is not known', { sweeps: names, ...loggedError(error) });
    return Number.POSITIVE_INFINITY;
  }
}

/** Records a sweep, and tells which tables have become silent and which are written again. */
async function recordTables(
  deps: RelayDeps,
  { name, from, began, newest }: { readonly name: string; readonly began: number } & SeenTables,
): Promise<void> {
  const { documents, clock, logger, source, settings } = deps;
  const now = clock.now();
  const floorMs = settings.silentAfterMs;
  const changed = await recordSweep(documents, { name, began }, (before) =>
    withSeen(before, { newest, from }, { now, floorMs }),
  );
  if (!changed) return;
  const { tables, fell, resumed } = changed;
  deps.tables.set(source, tables, floorMs);
  const silence = (container: string) => formatAge(now - (tables[container]?.lastWrite ?? now));
  for (const container of fell) {
    logger.warn('A table is silent: is it still chosen in the Streaming API item of Defender?', {
      table: tableOf(container),
      silent_for: `${tables[container]?.unseen ? 'more than ' : ''}${silence(container)}`,
    });
  }
  for (const container of resumed) {
    logger.info('A table that was silent is written again', { table: tableOf(container) });
  }
}

/** Makes one sweep, unless another consumer is sweeping. Errors are logged, because the next sweep follows anyway. */
export async function sweepOnce(
  deps: RelayDeps,
  { name, ...options }: NamedSweep,
  stop: AbortSignal,
): Promise<void> {
  const { clock, logger, blobs } = deps;
  const began = clock.monotonic();
  const ref = { account: blobs.account, container: 'sweep', name };
  try {
    await underClaim(deps, ref, undefined, async (keeper) => {
      const signal = AbortSignal.any([stop, keeper.signal]);
      const { newest, ...result } = await sweep(deps, options, signal);
      const seconds = (clock.monotonic() - began) / 1000;
      if (result.containers > 0 && result.passedOver === result.containers) {
        logger.error('The sweep could read none of the containers', { sweep: name, ...result, seconds });
        return;
      }
      const level = result.passedOver > 0 ? 'warn' : result.queued > 0 ? 'info' : 'debug';
      logger[level]('Sweep ended', { sweep: name, ...result, seconds });
      await recordTables(deps, { name, from: options.from, began: options.to, newest });
    });
  } catch (error) {
    if (stop.aborted) return;
    logger.warn('Sweep failed', { sweep: name, ...loggedError(error) });
  }
}
