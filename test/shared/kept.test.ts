import { describe, expect, it } from 'vitest';
import { FakeClock } from '../../lab/clock/fake-clock.ts';
import { Kept } from '../../src/shared/kept.ts';

/** Work that ends when the test says so. */
function work() {
  const runs: PromiseWithResolvers<number>[] = [];
  return {
    runs,
    begin: () => {
      const run = Promise.withResolvers<number>();
      runs.push(run);
      return run.promise;
    },
  };
}

const keptOf = (shares: boolean) => {
  const clock = new FakeClock();
  return { clock, kept: new Kept<number>({ clock, freshMs: 5_000, shares }) };
};

describe('a result that is kept', () => {
  it('costs one run, however many ask at once and soon after', async () => {
    const { clock, kept } = keptOf(true);
    const { runs, begin } = work();
    const all = Array.from({ length: 1_000 }, () => kept.get(begin));
    clock.advance(60_000);
    const late = kept.get(begin);
    runs[0]?.resolve(7);
    expect(new Set(await Promise.all([...all, late]))).toEqual(new Set([7]));
    expect(runs).toHaveLength(1);
    const next = kept.get(begin);
    runs[1]?.resolve(8);
    expect(await next).toBe(8);
    clock.advance(4_999);
    expect(await kept.get(begin)).toBe(8);
    clock.advance(2);
    void kept.get(begin);
    expect(runs).toHaveLength(3);
  });

  it('is not kept where the work failed', async () => {
    const { kept } = keptOf(true);
    await expect(kept.get(() => Promise.reject(new Error('no')))).rejects.toThrow('no');
    expect(await kept.get(async () => 1)).toBe(1);
  });

  it('is made anew after forget', async () => {
    const { kept } = keptOf(true);
    expect(await kept.get(async () => 1)).toBe(1);
    kept.forget();
    expect(await kept.get(async () => 2)).toBe(2);
  });

  it('is not waited for where requests share nothing, and a run that was cancelled blocks nobody', async () => {
    const { clock, kept } = keptOf(false);
    const { runs, begin } = work();
    const first = kept.get(begin);
    expect(await kept.get(begin)).toBeUndefined();
    runs[0]?.resolve(1);
    expect(await first).toBe(1);
    clock.advance(5_001);
    void kept.get(begin);
    expect(await kept.get(begin)).toBe(1);
    clock.advance(10_001);
    const another = kept.get(begin);
    runs[2]?.resolve(3);
    expect(await another).toBe(3);
    runs[1]?.resolve(2);
    expect(runs).toHaveLength(3);
  });
});
