import { describe, expect, it } from 'vitest';
import { FakeClock } from '../../../lab/clock/fake-clock.ts';
import { createMemoryCheckpointStore } from '../../../lab/memory/checkpoint-store.ts';
import { StickyClaim } from '../../../src/relay/follow/sticky-claim.ts';

const ref = { account: 'a', container: 'c', name: 'n' };

function claims() {
  const clock = new FakeClock();
  const store = createMemoryCheckpointStore({ clock, leaseSeconds: 30 });
  let requests = 0;
  const counted = {
    claim: async (...args: Parameters<typeof store.claim>) => {
      requests += 1;
      const claim = await store.claim(...args);
      return (
        claim && {
          ...claim,
          renew: () => {
            requests += 1;
            return claim.renew();
          },
        }
      );
    },
  };
  return { clock, store, sticky: new StickyClaim(counted, ref, clock), requests: () => requests };
}

describe('a claim that is kept between visits', () => {
  it('costs nothing while it is young, and one renewal after that, even when it has run out', async () => {
    const { clock, sticky, requests } = claims();
    for (const [pauseMs, isUnbroken, most] of [
      [0, false, 1],
      [5_000, true, 1],
      [20_000, true, 2],
      [600_000, true, 3],
    ] as const) {
      await clock.run(pauseMs);
      const held = await sticky.hold();
      expect(held?.isUnbroken).toBe(isUnbroken);
      expect(() => held?.keeper.assertHeld()).not.toThrow();
      if (held) await sticky.rest(held.keeper);
      expect(requests()).toBe(most);
    }
  });

  it('costs a renewal every 20 s where there is a visit every 5 s', async () => {
    const { clock, sticky, requests } = claims();
    for (let visit = 0; visit <= 12; visit++) {
      const held = await sticky.hold();
      if (held) await sticky.rest(held.keeper);
      await clock.run(5_000);
    }
    expect(requests()).toBe(1 + 3);
  });

  it('is renewed in time in a visit that began just before it was old', async () => {
    const { clock, store, sticky } = claims();
    const first = await sticky.hold();
    if (first) await sticky.rest(first.keeper);
    await clock.run(19_900);
    const held = await sticky.hold();
    for (let second = 0; second < 60; second++) {
      expect(() => held?.keeper.assertHeld()).not.toThrow();
      expect(await store.claim(ref)).toBeUndefined();
      await clock.run(1_000);
    }
  });

  it('is broken when another consumer had it, and is not there while that one has it', async () => {
    const { clock, store, sticky } = claims();
    const held = await sticky.hold();
    if (held) await sticky.rest(held.keeper);
    expect(await store.claim(ref)).toBeUndefined();
    await clock.run(31_000);
    const other = await store.claim(ref);
    expect(await sticky.hold()).toBeUndefined();
    await other?.release();
    expect((await sticky.hold())?.isUnbroken).toBe(false);
  });

  it('can be taken by another consumer at once when it was given up', async () => {
    const { store, sticky } = claims();
    const held = await sticky.hold();
    if (held) await sticky.rest(held.keeper);
    await sticky.release();
    expect(await store.claim(ref)).toBeDefined();
  });

  it('is renewed while a visit goes on', async () => {
    const { clock, store, sticky } = claims();
    const held = await sticky.hold();
    await clock.run(5 * 60_000);
    expect(() => held?.keeper.assertHeld()).not.toThrow();
    expect(await store.claim(ref)).toBeUndefined();
  });
});
