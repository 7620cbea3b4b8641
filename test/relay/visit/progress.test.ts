import { describe, expect, it } from 'vitest';
import { FakeClock } from '../../../lab/clock/fake-clock.ts';
import { createMemoryCheckpointStore } from '../../../lab/memory/checkpoint-store.ts';
import type { CheckpointStore } from '../../../src/checkpoints/port.ts';
import { advance, Progress } from '../../../src/relay/visit/progress.ts';
import { checkpoint } from '../../checkpoints/harness.ts';

/** Pauses between tries take no time. */
const clock = new FakeClock(undefined, { sleepPasses: true });
const ref = { account: 'contoso', container: 'source', name: 'a.json' };
const to = (name: string, offset: number) =>
  advance({ replay: false, offsets: new Map([[name, { offset }]]) });

/** A store in which somebody else is faster the first `times` times that we save. */
function contended(store: CheckpointStore, times: number): CheckpointStore {
  let left = times;
  return {
    ...store,
    async save(blob, value, etag) {
      if (left > 0) {
        left--;
        const stored = await store.load(blob);
        const offset = times - left;
        await store.save(blob, to('splunk', offset)(stored?.checkpoint ?? checkpoint({})), stored?.etag);
      }
      return store.save(blob, value, etag);
    },
  };
}

describe('progress', () => {
  it('gets through though another destination writes each time just before', async () => {
    const store = createMemoryCheckpointStore();
    const progress = new Progress({ store: contended(store, 30), ref, clock }, undefined, checkpoint({}));
    await progress.update(to('hook', 7));
    const { destinations } = (await store.load(ref))?.checkpoint ?? {};
    expect(destinations).toEqual({ splunk: { offset: 30 }, hook: { offset: 7 } });
    // On the clock that it was given: a simulation must be able to let them pass.
    expect(clock.sleeps).toHaveLength(27);
  });

  it('writes what comes during a write together, and in order', async () => {
    const store = createMemoryCheckpointStore();
    let saves = 0;
    const counting: CheckpointStore = {
      ...store,
      save(...args) {
        saves++;
        return store.save(...args);
      },
    };
    const progress = new Progress({ store: counting, ref, clock }, undefined, checkpoint({}));
    await Promise.all(Array.from({ length: 50 }, (_, n) => progress.update(to('splunk', n))));
    expect(progress.checkpoint.destinations.splunk?.offset).toBe(49);
    expect(saves).toBeLessThan(5);
  });

  it('ends when the blob was replaced meanwhile', async () => {
    const store = createMemoryCheckpointStore();
    const etag = await store.save(ref, checkpoint({}), undefined);
    const progress = new Progress({ store, ref, clock }, etag, checkpoint({}));
    await store.save(ref, checkpoint({ createdOn: 2_000 }), etag);
    await expect(progress.update(to('splunk', 5))).rejects.toMatchObject({ code: 'claim_lost' });
    expect((await store.load(ref))?.checkpoint).toEqual(checkpoint({ createdOn: 2_000 }));
  });
});
