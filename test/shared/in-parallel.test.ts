/** Work on many items: how many at once, what ends it, and what is left running. */
import { setTimeout as delay } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { inParallel } from '../../src/shared/in-parallel.ts';

/** Items 0 to `count` - 1 from an async generator that notes its end. */
function generated(count: number) {
  const state = { closed: false };
  async function* items() {
    try {
      for (let item = 0; item < count; item += 1) yield item;
    } finally {
      state.closed = true;
    }
  }
  return { items: items(), state };
}

describe.each([
  ['an array', () => ({ items: [0, 1, 2, 3, 4, 5, 6, 7], state: { closed: true } })],
  ['an async generator', () => generated(8)],
])('work on %s', (_, make) => {
  it('is done once for each item, so many at a time', async () => {
    const { items } = make();
    const done: number[] = [];
    let running = 0;
    let most = 0;
    await inParallel(items, 3, async (item) => {
      most = Math.max(most, ++running);
      await delay(1);
      running -= 1;
      done.push(item);
    });
    expect(done.sort()).toEqual([0, 1, 2, 3, 4, 5, 6, 7]);
    expect(most).toBe(3);
  });

  it('ends with the first error, once nothing runs any more', async () => {
    const { items, state } = make();
    const failed = Promise.withResolvers<void>();
    let begun = 0;
    let running = 0;
    const work = async (item: number) => {
      begun += 1;
      running += 1;
      // Item 0 goes on until after the failure of item 1.
      await (item === 1 ? delay(1) : failed.promise.then(() => delay(1)));
      running -= 1;
      if (item !== 1) return;
      failed.resolve();
      throw new Error('of item 1');
    };
    await expect(inParallel(items, 2, work)).rejects.toThrow('of item 1');
    expect([running, begun, state.closed]).toEqual([0, 2, true]);
  });

  it('ends with the reason of its signal', async () => {
    const { items } = make();
    const stop = new AbortController();
    const work = async (item: number) => {
      if (item === 2) stop.abort(new Error('stopped'));
    };
    await expect(inParallel(items, 1, work, stop.signal)).rejects.toThrow('stopped');
  });
});
