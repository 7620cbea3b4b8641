import { describe, expect, it } from 'vitest';
import { FakeClock } from '../../../lab/clock/fake-clock.ts';
import { dueIn, PacedWrites } from '../../../src/relay/visit/paced-writes.ts';

const MIB = 1 << 20;

function paced(everyMs = 1_000) {
  const clock = new FakeClock();
  const written: number[] = [];
  let fault: Error | undefined;
  const writes = new PacedWrites({
    clock,
    everyMs,
    start: 0,
    async write() {
      if (fault) throw fault;
      written.push(clock.monotonic());
    },
  });
  return { clock, written, writes, fail: (error: Error) => (fault = error) };
}

describe('offsets while a visit reads on', () => {
  it.each([
    ['neither has passed', 1_000, 0, 0, 10_000],
    ['a second has passed, and few bytes', 1_000, 1_000, MIB, 9_000],
    ['16 MiB have passed, and no second', 1_000, 400, 16 * MIB, 600],
    ['both have passed', 1_000, 1_000, 16 * MIB, 0],
    ['ten seconds have passed', 1_000, 10_000, 1, 0],
    ['rarer writes are wanted', 30_000, 10_000, 64 * MIB, 20_000],
    ['and their time is over', 30_000, 30_000, 1, 0],
  ])('%s', (...[, everyMs, elapsedMs, bytes, ms]) => {
    expect(dueIn({ everyMs, elapsedMs, bytes })).toBe(ms);
  });

  it('are written 60 times at most while 1 GB is read, however fast', async () => {
    for (const megabytesPerSecond of [5, 20, 200]) {
      const { clock, written, writes } = paced();
      for (let offset = 0; offset <= 1e9; offset += MIB) {
        await writes.moved(offset);
        clock.advance(1_000 / megabytesPerSecond);
      }
      writes.end();
      expect(written.length).toBeGreaterThan(2);
      expect(written.length).toBeLessThanOrEqual(60);
    }
  });

  it('are written after ten seconds in which nothing else moved', async () => {
    const { clock, written, writes } = paced();
    await writes.moved(1);
    await clock.run(60_000);
    expect(written).toEqual([10_000]);
    await writes.moved(2);
    expect(written).toEqual([10_000, 60_000]);
    await writes.moved(3);
    writes.end();
    await clock.run(60_000);
    expect(written).toHaveLength(2);
    await writes.moved(4);
    expect(written).toHaveLength(3);
  });

  it('end the visit if a write that nobody waited for failed', async () => {
    const { clock, writes, fail } = paced();
    await writes.moved(1);
    fail(new Error('no'));
    await clock.run(10_000);
    await expect(writes.moved(2)).rejects.toThrow('no');
  });
});
