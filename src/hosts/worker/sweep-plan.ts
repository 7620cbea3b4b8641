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
 * The sweeps of one minute: the recent hours at each interval, what lies before them once per `wideIntervalMs`. The older hours come
 * in one go, since some days of a table are one listing, and slices of them would each be one.
 */
export function dueSweeps(schedule: SweepSchedule, scheduledTime: number): readonly PlannedSweep[] {
  const { intervalMs, recentMs, wideIntervalMs, wideMs } = schedule;
  const tick = Math.floor(scheduledTime / TICK_MS);
  const every = Math.max(1, Math.round(intervalMs / TICK_MS));
  if (tick % every !== 0) return [];
  const recent = { name: 'recent', from: scheduledTime - recentMs, to: scheduledTime };
  const rounds = Math.max(1, Math.round(wideIntervalMs / (every * TICK_MS)));
  const isWideDue = Math.floor(tick / every) % rounds === 0;
  if (!isWideDue || wideMs <= recentMs) return [recent];
  return [recent, { name: 'wide', from: scheduledTime - wideMs, to: scheduledTime - recentMs }];
}
