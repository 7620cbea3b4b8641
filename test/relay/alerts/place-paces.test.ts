/** The pace of a place that several destinations post to: what becomes of it where the state is slow or damaged, or a process sleeps. */
import { describe, expect, it } from 'vitest';
import { FakeClock } from '../../../lab/clock/fake-clock.ts';
import {
  createMemoryStateDocuments,
  damageDocument,
  type StoredDocuments,
} from '../../../lab/memory/state-documents.ts';
import type { StateDocuments } from '../../../src/checkpoints/documents.ts';
import { SharedPaces } from '../../../src/relay/alerts/place-paces.ts';

const SIGNAL = new AbortController().signal;
const PLACE = 'a-place';
const NOW = Date.UTC(2026, 10, 27);
const INTERVAL_MS = 1_000;
/** `delivery.retry_after_max`. */
const LONGEST_MS = 15 * 60_000;

/** Two destinations of one process that post to one place. */
function paces(around: (documents: StateDocuments, clock: FakeClock) => StateDocuments = (same) => same) {
  const clock = new FakeClock(undefined, { sleepPasses: true });
  const stored: StoredDocuments = new Map();
  const documents = createMemoryStateDocuments(stored);
  const made = new SharedPaces({ documents: around(documents, clock), clock });
  made.know(new Map([[PLACE, new Set(['one', 'two'])]]), LONGEST_MS);
  /** Resolves with the time of the turn. */
  const turn = async (destination: string) => {
    await made.of(destination).turn(PLACE, INTERVAL_MS, SIGNAL);
    return clock.now();
  };
  return { clock, documents, stored, turn };
}

describe('The pace of a place', () => {
  it.each(['no JSON', '{"v":1,"nextAt":"soon"}', '[]'])(
    'is kept again after its document was damaged: %s',
    async (content) => {
      const { stored, turn } = paces();
      damageDocument(stored, `places/${PLACE}`, content);
      const first = await turn('one');
      expect((await turn('two')) - first).toBeGreaterThanOrEqual(INTERVAL_MS);
    },
  );

  it.each([400, 1_500, 4_000])('is kept where each write takes %i ms', async (ms) => {
    let isSlow = false;
    const { turn, clock } = paces((documents, at) => ({
      ...documents,
      async put(...args) {
        const written = await documents.put(...args);
        if (isSlow) at.advance(ms);
        return written;
      },
    }));
    isSlow = true;
    const slow = await turn('one');
    isSlow = false;
    expect(clock.now()).toBe(slow);
    // The other one has a faster connection.
    expect((await turn('two')) - slow).toBeGreaterThanOrEqual(INTERVAL_MS);
  });
});

describe('A place whose product asked for a pause', () => {
  /** Two consumers, each with both destinations and its own clock. @param aheadMs how much the clock of the second is ahead. */
  function consumers(aheadMs = 0) {
    const { documents, stored } = paces();
    const clocks = [
      new FakeClock(NOW, { sleepPasses: true }),
      new FakeClock(NOW + aheadMs, { sleepPasses: true }),
    ];
    const made = clocks.map((clock) => {
      const one = new SharedPaces({ documents, clock });
      one.know(
        new Map([
          [PLACE, new Set(['one', 'two'])],
          ['alone', new Set(['one'])],
        ]),
        LONGEST_MS,
      );
      return one;
    });
    const advance = (ms: number) => {
      for (const clock of clocks) clock.advance(ms);
    };
    const turn = (consumer: number, destination: string, place = PLACE) =>
      made[consumer]?.of(destination).turn(place, INTERVAL_MS, SIGNAL);
    const hold = (consumer: number, ms: number, place = PLACE) => made[consumer]?.of('one').hold(place, ms);
    return { stored, advance, turn, hold };
  }

  it('is left alone by the other destination, of the same consumer and of others, until it is over', async () => {
    const { turn, hold, advance } = consumers();
    await hold(0, 30_000);
    for (const [consumer, destination] of [
      [0, 'one'],
      [0, 'two'],
      [1, 'one'],
      [1, 'two'],
    ] as const) {
      expect(await turn(consumer, destination)).toBe(30_000);
    }
    advance(29_000);
    expect(await turn(1, 'two')).toBe(1_000);
    advance(1_000);
    expect(await turn(0, 'two')).toBe(0);
    expect(await turn(1, 'one')).toBe(0);
  });

  it('is left alone by its only destination, too', async () => {
    const { turn, hold, stored } = consumers();
    await hold(0, 30_000, 'alone');
    expect(await turn(0, 'one', 'alone')).toBe(30_000);
    // Nobody else asks, so nothing is written.
    expect([...stored.keys()]).toEqual([]);
  });

  it('is not left alone for less than it asked for before', async () => {
    const { turn, hold, advance } = consumers();
    await hold(0, 30_000);
    await hold(1, 1_000);
    advance(1_000);
    expect(await turn(1, 'two')).toBe(29_000);
  });

  it('is left alone for retry_after_max at most', async () => {
    const { turn, hold } = consumers();
    await hold(0, 24 * 60 * 60_000);
    expect(await turn(0, 'two')).toBe(LONGEST_MS);
    expect(await turn(1, 'two')).toBe(LONGEST_MS);
  });

  it.each([
    ['that ends in a thousand years', { heldUntil: NOW + 1e15, heldMs: 30_000 }],
    ['that ends in a thousand years and began now', { heldUntil: NOW + 1e15, heldMs: 1e15 }],
    ['that has no end', { heldUntil: 1e308, heldMs: 1e308 }],
    ['that is a text', { heldUntil: 'never', heldMs: 'long' }],
  ])('is left alone for retry_after_max at most, whatever its record says: a pause %s', async (_, hold) => {
    const { turn, advance, stored } = consumers();
    const record = JSON.stringify({ v: 1, nextAt: NOW, ...hold });
    damageDocument(stored, `places/${PLACE}`, record);
    const left = (await turn(0, 'one')) ?? 0;
    expect(left).toBeLessThanOrEqual(LONGEST_MS);
    advance(LONGEST_MS);
    expect(await turn(0, 'one')).toBe(0);
  });

  it.each([-10, -1, 1, 10])(
    'is left alone for no longer than that, however the clocks differ: %i minutes',
    async (minutes) => {
      const { turn, hold, advance } = consumers(minutes * 60_000);
      await hold(0, 30_000);
      expect(await turn(1, 'two')).toBeLessThanOrEqual(40_000);
      advance(15 * 60_000);
      expect(await turn(1, 'two')).toBe(0);
      expect(await turn(0, 'one')).toBe(0);
    },
  );
});
