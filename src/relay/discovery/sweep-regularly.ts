/** When a source is swept: recent hours often, more of them seldom, by one consumer at a time. */

import { underClaim } from '../../checkpoints/claim-keeper.ts';
import { loggedError } from '../../shared/errors.ts';
import { slept } from '../../shared/slept.ts';
import type { RelayDeps } from '../source/deps.ts';
import type { RelaySource } from '../source/sources.ts';
import { type SweepOptions, sweep } from './sweep.ts';

/** Milliseconds. */
export interface SweepSchedule {
  readonly intervalMs: number;
  readonly recentMs: number;
  readonly wideIntervalMs: number;
  readonly wideMs: number;
}

/** Sweeps a source until stopped: the wide sweep immediately, for blobs from the time when no consumer ran, then both at their intervals. */
export async function sweepRegularly(
  { deps, account: { containerPrefix } }: Pick<RelaySource, 'account' | 'deps'>,
  schedule: SweepSchedule,
  stop: AbortSignal,
): Promise<void> {
  const every = async (name: string, intervalMs: number, backMs: number, first: boolean) => {
    const back = async () => {
      const to = deps.clock.now();
      await sweepOnce(deps, name, { containerPrefix, from: to - backMs, to }, stop);
    };
    if (first) await back();
    while (await slept(deps.clock, intervalMs * (0.9 + Math.random() * 0.2), stop)) await back();
  };
  await Promise.all([
    every('recent', schedule.intervalMs, schedule.recentMs, false),
    every('wide', schedule.wideIntervalMs, schedule.wideMs, true),
  ]);
}

/** One sweep, unless another consumer is at it. Trouble is logged: the next sweep comes anyway. */
export async function sweepOnce(
  deps: RelayDeps,
  name: string,
  options: SweepOptions,
  stop: AbortSignal,
): Promise<void> {
  const { clock, logger, blobs } = deps;
  const began = clock.monotonic();
  const ref = { account: blobs.account, container: 'sweep', name };
  try {
    await underClaim(deps, ref, undefined, async (keeper) => {
      const signal = AbortSignal.any([stop, keeper.signal]);
      const result = await sweep(deps, options, signal);
      const seconds = (clock.monotonic() - began) / 1000;
      if (result.containers > 0 && result.passedOver === result.containers) {
        logger.error('The sweep could read none of the containers', { sweep: name, ...result, seconds });
        return;
      }
      const level = result.passedOver > 0 ? 'warn' : result.queued > 0 ? 'info' : 'debug';
      logger[level]('Sweep ended', { sweep: name, ...result, seconds });
    });
  } catch (error) {
    if (stop.aborted) return;
    logger.warn('Sweep failed', { sweep: name, ...loggedError(error) });
  }
}
