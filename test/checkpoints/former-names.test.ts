import { describe, expect, it } from 'vitest';
import { createMemoryCheckpointStore } from '../../lab/memory/checkpoint-store.ts';
import type { Checkpoint } from '../../src/checkpoints/checkpoint.ts';
import { currentName, underCurrentNames, withFormerNames } from '../../src/checkpoints/former-names.ts';
import { checkpoint } from './harness.ts';

const FORMER = new Map([
  ['old', 'new'],
  ['older', 'new'],
]);

const renamed = (destinations: Checkpoint['destinations']) =>
  underCurrentNames(checkpoint({ destinations }), FORMER).destinations;

describe('cursors of destinations that were renamed', () => {
  it('go over to the new name with everything they know, replays too', () => {
    const behind = { task: 'a', due: 5, attempts: 2 };
    const before = checkpoint({
      destinations: { old: { offset: 7, behind } },
      replays: { old: { offset: 1, to: 7, behind } },
    });
    expect(underCurrentNames(before, FORMER)).toEqual(
      checkpoint({
        destinations: { new: { offset: 7, behind } },
        replays: { new: { offset: 1, to: 7, behind } },
      }),
    );
  });

  it('leave the others alone', () => {
    const same = checkpoint({
      destinations: { splunk: { offset: 7 } },
      replays: { splunk: { offset: 1, to: 7 } },
    });
    expect(underCurrentNames(same, FORMER)).toBe(same);
    expect(currentName('splunk', FORMER)).toBe('splunk');
    expect(currentName('old', FORMER)).toBe('new');
  });

  it('give way to a cursor that the new name has', () => {
    expect(renamed({ new: { offset: 9 }, old: { offset: 7 } })).toEqual({ new: { offset: 9 } });
    expect(renamed({ old: { offset: 70 }, new: { offset: 9 } })).toEqual({ new: { offset: 9 } });
  });

  it('of several old names, the least far counts, in whatever order they stand', () => {
    expect(renamed({ old: { offset: 9 }, older: { offset: 3 } })).toEqual({ new: { offset: 3 } });
    expect(renamed({ older: { offset: 3 }, old: { offset: 9 } })).toEqual({ new: { offset: 3 } });
  });

  it('are stored under the new name with the next write', async () => {
    const store = createMemoryCheckpointStore();
    const ref = { account: 'a', container: 'source', name: 'a.json' };
    await store.save(ref, checkpoint({ destinations: { old: { offset: 7 } } }), undefined);
    const today = withFormerNames(store, FORMER);
    const stored = await today.load(ref);
    if (!stored) throw new Error('not there');
    await today.save(ref, stored.checkpoint, stored.etag);
    expect((await store.load(ref))?.checkpoint.destinations).toEqual({ new: { offset: 7 } });
  });
});
