import { describe, expect, it, vi } from 'vitest';
import { orAborted } from '../../src/shared/or-aborted.ts';
import { whenAborted } from '../../src/shared/when-aborted.ts';

describe('a signal that fires', () => {
  it('is told once, whether it has fired or will', () => {
    const stop = new AbortController();
    const [before, forgotten, after] = [vi.fn(), vi.fn(), vi.fn()];
    whenAborted(stop.signal, before);
    whenAborted(stop.signal, forgotten)();
    expect(before).not.toHaveBeenCalled();
    stop.abort();
    whenAborted(stop.signal, after)();
    expect([before, forgotten, after].map(({ mock }) => mock.calls.length)).toEqual([1, 0, 1]);
  });

  it('ends the wait for work that takes no notice of it, also where it fired before', async () => {
    const work = new Promise<void>(() => {});
    await expect(orAborted(work, AbortSignal.abort(new Error('over')))).rejects.toThrow('over');
  });
});
