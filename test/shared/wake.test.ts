/** Waking a loop that may run for months. */
import { getEventListeners } from 'node:events';
import { expect, it } from 'vitest';
import { Wake } from '../../src/shared/wake.ts';

it('leaves nothing at the signal, however often it wakes', async () => {
  const wake = new Wake();
  const stop = new AbortController();
  for (let n = 0; n < 100; n++) {
    const waiting = wake.next(stop.signal);
    wake.wake();
    await waiting;
  }
  expect(getEventListeners(stop.signal, 'abort')).toEqual([]);
});

it('wakes once for what came before, and when the signal is aborted', async () => {
  const wake = new Wake();
  const stop = new AbortController();
  wake.wake();
  wake.wake();
  await wake.next(stop.signal);
  let hasWoken = false;
  const waiting = wake.next(stop.signal).then(() => {
    hasWoken = true;
  });
  await Promise.resolve();
  expect(hasWoken).toBe(false);
  stop.abort();
  await waiting;
  await wake.next(stop.signal);
});

it('wakes who waits anew at once when a wait was given up', async () => {
  const wake = new Wake();
  const given = new AbortController();
  const first = wake.next(given.signal);
  given.abort();
  let hasWoken = false;
  const second = wake.next(new AbortController().signal).then(() => {
    hasWoken = true;
  });
  await first;
  wake.wake();
  await Promise.race([second, new Promise((resolve) => setImmediate(resolve))]);
  expect(hasWoken).toBe(true);
});
