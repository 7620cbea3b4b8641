import { describe, expect, it } from 'vitest';
import { sleptTogether, untilTogether } from '../../src/shared/together.ts';

describe('waiting until others go on, too', () => {
  it.each([
    [0, 10_000, 10_000],
    [1, 10_000, 9_999],
    [12_345.6, 10_000, 7_655],
    [12_345.6, 60_000, 57_655],
    [12_345.6, 15_000, 7_655],
    [12_345, 2_000, 2_000],
  ])('at %d for %d ms takes %d', (now, ms, wanted) => {
    expect(untilTogether(now, ms)).toBe(wanted);
  });

  it('takes the whole time from one such moment to the next, also where a timer fired early', () => {
    for (const now of [19_999.3, 20_000, 20_000.7, 20_003]) {
      const next = now + untilTogether(now, 10_000);
      expect(next).toBeGreaterThanOrEqual(30_000);
      expect(next).toBeLessThan(30_001);
    }
  });

  it('knows moments that are closer together', () => {
    expect(untilTogether(26_000, 25_000, 5_000)).toBe(24_000);
  });

  it('ends with the signal', async () => {
    const waited: number[] = [];
    const clock = {
      monotonic: () => 4_000,
      async sleep(ms: number, signal?: AbortSignal) {
        waited.push(ms);
        signal?.throwIfAborted();
      },
    };
    expect(await sleptTogether(clock, 30_000, new AbortController().signal)).toBe(true);
    expect(await sleptTogether(clock, 30_000, AbortSignal.abort())).toBe(false);
    expect(waited).toEqual([26_000, 26_000]);
  });
});
