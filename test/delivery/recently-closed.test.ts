/** Invocations that ask for what others recorded, and those that need not. */
import { expect, it } from 'vitest';
import { FakeClock } from '../../lab/clock/fake-clock.ts';
import { RecentlyClosed } from '../../src/delivery/recently-closed.ts';

/** What an invocation makes anew: a breaker that finds out whether it is open only by asking. */
function breaker(stored: { isOpen: boolean }) {
  const made = { isOpen: false, asked: 0, refresh: async () => {} };
  made.refresh = async () => {
    made.asked += 1;
    made.isOpen = stored.isOpen;
  };
  return made;
}

it('asks again after a minute, and at once after an invocation in which something was opened', async () => {
  const clock = new FakeClock();
  const closed = new RecentlyClosed();
  const stored = { isOpen: false };
  const invoke = async () => {
    const one = breaker(stored);
    await closed.refresh([one], clock);
    return one;
  };
  expect((await invoke()).asked).toBe(1);
  clock.advance(40_000);
  const second = await invoke();
  expect(second.asked).toBe(0);
  expect((await invoke()).asked).toBe(0);
  // The second invocation finds its destination down, and records it.
  second.isOpen = true;
  stored.isOpen = true;
  expect((await invoke()).isOpen).toBe(true);
  // While it is open, each asks: another consumer may close it.
  expect((await invoke()).asked).toBe(1);
  stored.isOpen = false;
  expect((await invoke()).isOpen).toBe(false);
  expect((await invoke()).asked).toBe(0);
  clock.advance(60_000);
  expect((await invoke()).asked).toBe(1);
});

it('asks again where asking failed', async () => {
  const closed = new RecentlyClosed();
  const clock = new FakeClock();
  const broken = { isOpen: false, refresh: () => Promise.reject(new Error('away')) };
  await expect(closed.refresh([broken], clock)).rejects.toThrow('away');
  const next = breaker({ isOpen: false });
  await closed.refresh([next], clock);
  expect(next.asked).toBe(1);
});

it('asks again after many invocations, however short the time was, since each is kept until then', async () => {
  const clock = new FakeClock();
  const closed = new RecentlyClosed();
  let asked = 0;
  for (let invocation = 0; invocation < 1_000; invocation++) {
    const one = breaker({ isOpen: false });
    await closed.refresh([one], clock);
    clock.advance(1);
    asked += one.asked;
  }
  expect(asked).toBe(5);
});
