/** A sleep that returns whether it was interrupted, instead of throwing. */
import type { Clock } from './clock.ts';

/** True after `ms` milliseconds; false as soon as `signal` is aborted. */
export async function slept(clock: Pick<Clock, 'sleep'>, ms: number, signal: AbortSignal): Promise<boolean> {
  try {
    await clock.sleep(ms, signal);
    return true;
  } catch (error) {
    if (signal.aborted) return false;
    throw error;
  }
}
