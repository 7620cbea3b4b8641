import { describe, expect, it } from 'vitest';
import { systemClock } from '../../src/shared/clock.ts';
import { withDeadline } from '../../src/shared/deadline.ts';

const BEYOND_A_TIMER = [2 ** 31, 30 * 86_400_000, Number.MAX_SAFE_INTEGER, Number.POSITIVE_INFINITY];

export function clockTests(where: string): void {
  describe(`time ${where}`, () => {
    it.each(BEYOND_A_TIMER)('a sleep of %s ms is not over at once', async (ms) => {
      const stop = new AbortController();
      const slept = systemClock.sleep(ms, stop.signal).then(
        () => 'over',
        () => 'stopped',
      );
      // A timer that fires at once fires before this one, however busy the machine is.
      await systemClock.sleep(30);
      stop.abort();
      expect(await slept).toBe('stopped');
    });

    it.each(BEYOND_A_TIMER)('a deadline of %s ms is not over at once', async (ms) => {
      const work = () => systemClock.sleep(30).then(() => 'done');
      expect(await withDeadline(ms, undefined, work)).toBe('done');
    });

    it('a sleep ends, and rejects with the reason when it is stopped', async () => {
      await systemClock.sleep(1);
      const stop = new AbortController();
      const slept = systemClock.sleep(60_000, stop.signal);
      stop.abort(new Error('enough'));
      await expect(slept).rejects.toThrow('enough');
    });
  });
}
