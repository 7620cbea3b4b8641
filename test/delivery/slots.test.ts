import { describe, expect, it } from 'vitest';
import { Slots } from '../../src/delivery/slots.ts';

const never = new AbortController().signal;

/** Work that lasts until it is let go. */
function work() {
  let end: () => void = () => {};
  let began = false;
  const done = new Promise<void>((resolve) => {
    end = resolve;
  });
  return {
    run: () => {
      began = true;
      return done;
    },
    get began() {
      return began;
    },
    end,
  };
}

const settle = () => new Promise((resolve) => setImmediate(resolve));

describe('Slots', () => {
  it.each([1, 2, 4, 5])(
    'of %d give suspects half of the places at most, and at least one',
    async (places) => {
      const slots = new Slots(places);
      const suspects = Array.from({ length: 10 }, work);
      const others = Array.from({ length: 10 }, work);
      const running = suspects.map((each) => slots.run(each.run, never, { suspect: true }));
      await settle();
      running.push(...others.map((each) => slots.run(each.run, never)));
      await settle();
      const most = Math.max(1, Math.floor(places / 2));
      expect(suspects.filter(({ began }) => began)).toHaveLength(most);
      expect(others.filter(({ began }) => began)).toHaveLength(places - most);
      // However many suspects wait, each place that gets free goes to another one in its turn.
      suspects[0]?.end();
      await settle();
      await settle();
      expect(suspects.filter(({ began }) => began).length + others.filter(({ began }) => began).length).toBe(
        places + 1,
      );
      for (const each of [...suspects, ...others]) each.end();
      await Promise.all(running);
    },
  );

  it('let a waiting request go when it is aborted, without losing its place for others', async () => {
    const slots = new Slots(1);
    const first = work();
    const running = slots.run(first.run, never);
    const abort = new AbortController();
    const waiting = slots.run(async () => 'ran', abort.signal, { suspect: true });
    abort.abort(new Error('stopped'));
    await expect(waiting).rejects.toThrow('stopped');
    first.end();
    await running;
    expect(await slots.run(async () => 'ran', never, { suspect: true })).toBe('ran');
  });
});
