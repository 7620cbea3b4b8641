import { randomUUID } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { encodeDocument } from '../../../src/checkpoints/documents.ts';
import { followCapacity } from '../../../src/hosts/node/follow-capacity.ts';

describe('followCapacity', () => {
  it.each([
    [undefined, 2, 1, 500],
    [undefined, 4, 4, 250],
    [10, 2, 4, 3],
    [2_000, 64, 1, 2_000],
    [undefined, 64, 1, 2_000],
  ])('of limits.follow %s, %i cores and %i threads is %i', (limit, cores, threads, capacity) => {
    expect(followCapacity(limit, cores, threads)).toBe(capacity);
  });

  it('is never more than a heartbeat can list, with long names', () => {
    const listed = {
      ref: { account: 'a'.repeat(24), container: 'c'.repeat(63), name: 'n'.repeat(300) },
      task: randomUUID(),
    };
    const follows = Array.from({ length: followCapacity(undefined, 1_000, 1) }, () => listed);
    expect(() => encodeDocument('followers/1', JSON.parse(JSON.stringify({ follows })))).not.toThrow();
  });
});
