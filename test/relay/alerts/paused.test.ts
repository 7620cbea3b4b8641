/** A consumer that is suspended while it is about to say something, and goes on after another one has said it. */
import { describe, expect, it } from 'vitest';
import type { StateDocuments } from '../../../src/checkpoints/documents.ts';
import { batchOf, total, world } from './world.ts';

const SIGNAL = new AbortController().signal;
const PAUSE_MS = 20_000;

describe('A consumer that is suspended for 20 seconds', () => {
  it.each([
    // The first time it is read to be compared with the index.
    ['has just read what it is about to say', 'alerts/soc/rules/', 2],
    ['has just taken the lease', 'alerts/soc/index', 2],
  ])('while it %s does not say what another one has said', async (_, prefix, nth) => {
    const { clock, documents, consumer, passes, heard } = world();
    const other = consumer();
    const paused = Promise.withResolvers<void>();
    let left = 0;
    let isPaused = false;
    const waits = async <T>(work: () => Promise<T>): Promise<T> => {
      if (isPaused) {
        await paused.promise;
        // What was asked for before the suspension is answered after what had been answered already.
        for (let n = 0; n < 5; n++) await new Promise((resolve) => setImmediate(resolve));
      }
      return work();
    };
    /** Suspends the process with the answer in its hands. */
    const answered = async <T>(name: string, answer: T): Promise<T> => {
      if (!name.startsWith(prefix) || --left !== 0) return answer;
      isPaused = true;
      clock.advance(PAUSE_MS);
      await passes(other, 5_000);
      isPaused = false;
      paused.resolve();
      return answer;
    };
    const through: StateDocuments = {
      ...documents,
      get: (...args) => waits(async () => answered(args[0], await documents.get(...args))),
      put: (...args) => waits(async () => answered(args[0], await documents.put(...args))),
    };
    const one = consumer(through);
    await one.destination.send(batchOf([1, 2, 3]), SIGNAL);
    left = nth;
    await passes(one, 5_000);
    await passes(other, 5_000);
    expect(left).toBeLessThanOrEqual(0);
    expect(heard).toHaveLength(1);
    expect(total(heard)).toBe(3);
  });
});
