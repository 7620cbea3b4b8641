import { describe, expect, it } from 'vitest';
import { FakeClock } from '../../lab/clock/fake-clock.ts';
import { registerClockTests } from '../shared/register-clock-tests.ts';

const START = Date.UTC(2026, 10, 23, 7);

function logOf(clock: FakeClock) {
  const log: [string, number][] = [];
  return { log, note: (name: string) => () => log.push([name, clock.monotonic()]) };
}

registerClockTests('FakeClock', () => {
  const clock = new FakeClock(START);
  return { clock, run: (ms) => clock.run(ms) };
});

describe('the fake clock', () => {
  it('stands still until it is told', async () => {
    const clock = new FakeClock(START);
    let isOver = false;
    const slept = clock.sleep(1).then(() => {
      isOver = true;
    });
    await new Promise((resolve) => setTimeout(resolve, 20));
    expect([isOver, clock.now(), clock.monotonic()]).toEqual([false, START, 0]);
    clock.advance(1);
    await slept;
    expect([clock.now(), clock.monotonic()]).toEqual([START + 1, 1]);
  });

  it('jumps at once, and then wakes all that is due, the earliest first', () => {
    const clock = new FakeClock();
    const { log, note } = logOf(clock);
    clock.after(300, note('c'));
    clock.after(100, note('a'));
    clock.after(200, note('b'));
    clock.advance(200);
    expect(log).toEqual([
      ['a', 200],
      ['b', 200],
    ]);
  });

  it('runs: each acts at its time, also one that begins meanwhile', async () => {
    const clock = new FakeClock();
    const { log, note } = logOf(clock);
    const work = async () => {
      await clock.sleep(100);
      note('first')();
      await clock.sleep(50);
      note('second')();
    };
    const done = work();
    clock.after(120, note('between'));
    await clock.run(1_000);
    await done;
    expect(log).toEqual([
      ['first', 100],
      ['between', 120],
      ['second', 150],
    ]);
    expect(clock.monotonic()).toBe(1_000);
  });

  it('calls nothing that was cancelled, by one that woke before it either', () => {
    const clock = new FakeClock();
    const { log, note } = logOf(clock);
    clock.after(10, () => cancel());
    const cancel = clock.after(20, note('never'));
    clock.advance(30);
    expect(log).toEqual([]);
  });

  it('rejects an aborted sleep with the reason, and forgets it', async () => {
    const clock = new FakeClock();
    const stop = new AbortController();
    const slept = clock.sleep(60_000, stop.signal);
    stop.abort(new Error('enough'));
    await expect(slept).rejects.toThrow('enough');
    await expect(clock.sleep(1, stop.signal)).rejects.toThrow('enough');
    clock.advance(60_000);
  });

  it('steps the wall clock alone', () => {
    const clock = new FakeClock(START);
    clock.step(-3_600_000);
    expect([clock.now(), clock.monotonic()]).toEqual([START - 3_600_000, 0]);
  });

  it('lets sleeps pass where asked to, and tells them', async () => {
    const clock = new FakeClock(START, { sleepPasses: true });
    const { log, note } = logOf(clock);
    clock.after(500, note('timer'));
    await clock.sleep(400);
    await clock.sleep(200);
    expect(clock.sleeps).toEqual([400, 200]);
    expect([clock.now(), log]).toEqual([START + 600, [['timer', 600]]]);
  });
});
