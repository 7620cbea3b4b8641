import { expect, it } from 'vitest';
import type { Checkpoint } from '../../../src/checkpoints/checkpoint.ts';
import { unreadOf } from '../../../src/relay/status/unread.ts';
import { CONTAINER, HOUR, MINUTE, NAME } from '../harness.ts';

it('does not take bytes that a follower will see in a moment for ones that have waited since its last write', () => {
  const entry = {
    ref: { account: 'a', container: CONTAINER, name: NAME },
    length: 200,
    createdOn: HOUR,
    lastModified: HOUR + 40 * MINUTE,
    etag: 'e2',
    type: 'append' as const,
  };
  const checkpoint: Checkpoint = {
    v: 1,
    createdOn: HOUR,
    length: 100,
    grownOn: HOUR + MINUTE,
    format: 'lines',
    closed: false,
    destinations: { splunk: { offset: 100 } },
    replays: {},
    // A quiet blob's follower writes nothing: this was half an hour ago.
    next: { task: 't', due: HOUR + 2 * MINUTE },
  };
  const now = HOUR + 40 * MINUTE + 5_000;
  const ageMs = (isFollowed: boolean) =>
    unreadOf({ entry, checkpoint: undefined, isFollowed }, checkpoint, ['splunk'], now)[0]?.ageMs;
  expect(ageMs(true)).toBe(5_000);
  expect(ageMs(false)).toBe(38 * MINUTE + 5_000);
});
