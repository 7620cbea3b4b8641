/** Says which sweeps are due in a minute. */
import type { SweepSchedule } from '../../relay/discovery/sweep-regularly.ts';

/** One sweep to make; `from` and `to` in ms since the epoch. */
export interface PlannedSweep {
  readonly name: string;
  readonly from: number;
  readonly to: number;
}

/** How often the cron trigger fires. Milliseconds. */
const TICK_MS = 60_000;

/**
 * The sweeps of one minute. The recent hours at each interval; of the wider range a slice each time, so that no
 * invocation lists days of every table, and the whole of it once per `wideIntervalMs`.
 */
export function dueSweeps(schedule: SweepSchedule, scheduledTime: number): readonly PlannedSweep[] {
  const { intervalMs, recentMs, wideIntervalMs, wideMs } = schedule;
  const tick = Math.floor(scheduledTime / TICK_MS);
  const every = Math.max(1, Math.round(intervalMs / TICK_MS));
  if (tick % every !== 0) return [];
  const recent = { name: 'recent', from: scheduledTime - recentMs, to: scheduledTime };
  const rounds = Math.max(1, Math.round(wideIntervalMs / (every * TICK_MS)));
  const round = Math.floor(tick / every) % rounds;
  const older = Math.max(0, wideMs - recentMs);
  if (older === 0) return [recent];
  const sliceMs = older / rounds;
  const to = scheduledTime - recentMs - round * sliceMs;
  return [recent, { name: 'wide', from: to - sliceMs, to }];
}
