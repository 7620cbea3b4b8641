import { describe, expect, it } from 'vitest';
import { Evidence, TABLE_FAILURES } from '../../src/delivery/evidence.ts';

describe('Evidence', () => {
  it('asks for more tries of a row the more often requests fail and pass again', () => {
    const tries = (failures: number, requests: number) => {
      const evidence = new Evidence();
      for (let n = 0; n < requests; n++) evidence.accepted(['T'], n < failures ? 1 : 0);
      return evidence.triesAlone;
    };
    const asked = [tries(0, 100), tries(10, 100), tries(50, 100), tries(100, 100)];
    expect(asked).toEqual([...asked].sort((a, b) => a - b));
    expect(asked[0]).toBe(2);
    expect(asked.at(-1)).toBe(13);
    // Nothing is known of it yet: some doubt.
    expect(tries(0, 0)).toBe(5);
  });

  it('forgets trouble that is long over', () => {
    const evidence = new Evidence();
    for (let n = 0; n < 100; n++) evidence.accepted(['T'], 1);
    for (let n = 0; n < 2_000; n++) evidence.accepted(['T']);
    expect(evidence.triesAlone).toBe(2);
  });

  it('takes a table for refused whole after enough distinct rows, until one is accepted', () => {
    const evidence = new Evidence();
    for (let n = 0; n < 100; n++) evidence.failedAlone('A', 'the same row');
    expect(evidence.isRefusedWhole('A')).toBe(false);
    for (let n = 0; n < TABLE_FAILURES; n++) evidence.failedAlone('A', `row ${n}`);
    expect(evidence.isRefusedWhole('A')).toBe(true);
    evidence.accepted(['B']);
    expect(evidence.isRefusedWhole('A')).toBe(true);
    evidence.accepted(['A']);
    expect(evidence.isRefusedWhole('A')).toBe(false);
  });

  it('tells an acceptance from those before a mark', async () => {
    const evidence = new Evidence();
    evidence.accepted(['A']);
    const mark = evidence.mark();
    expect(evidence.acceptedSince(mark)).toBe(false);
    const next = evidence.nextAcceptance(new AbortController().signal);
    evidence.accepted(['A']);
    await next;
    expect(evidence.acceptedSince(mark)).toBe(true);
    const abort = new AbortController();
    const never = evidence.nextAcceptance(abort.signal);
    abort.abort();
    await never;
  });
});
