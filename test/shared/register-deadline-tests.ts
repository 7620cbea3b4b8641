import { describe, expect, it } from 'vitest';
import { systemClock } from '../../src/shared/clock.ts';
import { withDeadline } from '../../src/shared/deadline.ts';
import { BEYOND_A_TIMER } from './register-clock-tests.ts';

/** Deadlines on the host's own timers. */
export function registerDeadlineTests(where: string): void {
  describe(`withDeadline ${where}`, () => {
    it.each(BEYOND_A_TIMER)('a deadline of %s ms is not over at once', async (ms) => {
      const work = () => systemClock.sleep(30).then(() => 'done');
      expect(await withDeadline(ms, undefined, work)).toBe('done');
    });
  });
}
