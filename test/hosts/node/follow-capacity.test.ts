import { randomUUID } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { encodeDocument } from '../../../src/checkpoints/documents.ts';
import { followCapacity } from '../../../src/hosts/node/follow-capacity.ts';

describe('followCapacity', () => {
  it.each([
    [undefined, 1, 250],
    [undefined, 4, 250],
    [10, 4, 3],
    [2_000, 1, 2_000],
  ])('of limits.follow %s and %i threads is %i', (limit, threads, capacity) => {
    expect(followCapacity(limit, threads)).toBe(capacity);
  });

  it('is never more than a heartbeat can list, with long names', () => {
    const listed = {
      ref: { account: 'a'.repeat(24), container: 'c'.repeat(63), name: 'n'.repeat(300) },
      task: randomUUID(),
    };
    const follows = Array.from({ length: followCapacity(1_000_000, 1) }, () => listed);
    expect(() => encodeDocument('followers/1', JSON.parse(JSON.stringify({ follows })))).not.toThrow();
  });
});
