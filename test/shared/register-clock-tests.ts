import { describe, expect, it } from 'vitest';
import type { Clock } from '../../src/shared/clock.ts';

/** Longer than a timer of JavaScript can hold. */
export const BEYOND_A_TIMER = [2 ** 31, 30 * 86_400_000, Number.MAX_SAFE_INTEGER, Number.POSITIVE_INFINITY];

export interface ClockHarness {
  readonly clock: Clock;
  /** Lets so many milliseconds pass. */
  run(ms: number): Promise<void>;
}

/** What every {@link Clock} does. */
export function registerClockTests(name: string, make: () => ClockHarness): void {
  describe(`${name}: Clock`, () => {
    it.each(BEYOND_A_TIMER)('a sleep of %s ms is not over at once', async (ms) => {
      const { clock, run } = make();
      const stop = new AbortController();
      const slept = clock.sleep(ms, stop.signal).then(
        () => 'over',
        () => 'stopped',
      );
      // A timer that fires at once fires before this one, however busy the machine is.
      await run(30);
      stop.abort();
      expect(await slept).toBe('stopped');
    });

    it('a sleep ends, not before its time', async () => {
      const { clock, run } = make();
      const began = clock.monotonic();
      const slept = clock.sleep(20).then(() => clock.monotonic() - began);
      await run(30);
      // A timer's milliseconds are whole.
      expect(await slept).toBeGreaterThan(18);
    });

    it('a sleep rejects with the reason when it is stopped, or was stopped before', async () => {
      const { clock } = make();
      const stop = new AbortController();
      const slept = clock.sleep(60_000, stop.signal);
      stop.abort(new Error('enough'));
      await expect(slept).rejects.toThrow('enough');
      await expect(clock.sleep(60_000, stop.signal)).rejects.toThrow('enough');
    });

    it('a timer calls once, after its time', async () => {
      const { clock, run } = make();
      let calls = 0;
      clock.after(20, () => {
        calls += 1;
      });
      expect(calls).toBe(0);
      await run(60);
      expect(calls).toBe(1);
    });

    it('a timer that was given up calls nobody, and may be given up again', async () => {
      const { clock, run } = make();
      let calls = 0;
      const cancel = clock.after(10, () => {
        calls += 1;
      });
      cancel();
      await run(30);
      cancel();
      expect(calls).toBe(0);
    });

    it.each(BEYOND_A_TIMER)('a timer of %s ms does not call at once', async (ms) => {
      const { clock, run } = make();
      let calls = 0;
      const cancel = clock.after(ms, () => {
        calls += 1;
      });
      await run(30);
      cancel();
      expect(calls).toBe(0);
    });

    it('both of its times go on', async () => {
      const { clock, run } = make();
      const [now, monotonic] = [clock.now(), clock.monotonic()];
      await run(20);
      expect(clock.now() - now).toBeGreaterThan(15);
      expect(clock.monotonic() - monotonic).toBeGreaterThan(15);
    });
  });
}
