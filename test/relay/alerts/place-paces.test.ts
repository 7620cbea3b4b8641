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
const INTERVAL_MS = 1_000;

/** Two destinations of one process that post to one place. */
function paces(around: (documents: StateDocuments, clock: FakeClock) => StateDocuments = (same) => same) {
  const clock = new FakeClock(undefined, { sleepPasses: true });
  const stored: StoredDocuments = new Map();
  const documents = createMemoryStateDocuments(stored);
  const made = new SharedPaces({ documents: around(documents, clock), clock });
  made.know(new Map([[PLACE, new Set(['one', 'two'])]]));
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
