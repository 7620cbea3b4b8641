/** The wall clock that follows a server's. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { FakeClock } from '../../lab/clock/fake-clock.ts';
import { CorrectedClock } from '../../src/shared/corrected-clock.ts';

const NOW = Date.UTC(2026, 10, 26, 8);
const DAY = 86_400_000;

/** An answer that arrives now. */
function answerOf(machine: FakeClock, served: number, tookMs = 20) {
  return { served: Math.floor(served / 1000) * 1000, sent: machine.monotonic() - tookMs };
}

function started(now: number) {
  const machine = new FakeClock(now);
  const clock = new CorrectedClock(machine);
  const offsets: number[] = [];
  clock.onMachineOff((offset) => offsets.push(offset));
  machine.advance(60_000);
  return { machine, clock, offsets };
}

describe('CorrectedClock', () => {
  it('is the machine’s clock until an answer says otherwise', () => {
    const { clock } = started(NOW);
    expect(clock.now()).toBe(NOW + 60_000);
  });

  it('tells whole milliseconds, whatever fractions the monotonic clock has', () => {
    const { machine, clock } = started(NOW);
    machine.advance(0.25);
    expect(Number.isInteger(clock.now())).toBe(true);
    clock.learn({ served: NOW + DAY, sent: machine.monotonic() - 0.125 });
    expect(Number.isInteger(clock.now())).toBe(true);
  });

  it.each([DAY, -DAY, 60_000, -60_000])('follows the server where the machine is %d ms off', (off) => {
    const { machine, clock, offsets } = started(NOW + off);
    clock.learn(answerOf(machine, NOW + 60_000));
    expect(Math.abs(clock.now() - NOW - 60_000)).toBeLessThanOrEqual(500);
    machine.advance(3_600_000);
    expect(Math.abs(clock.now() - NOW - 3_660_000)).toBeLessThanOrEqual(500);
    expect(offsets).toHaveLength(1);
    expect(Math.abs((offsets[0] ?? 0) + off)).toBeLessThanOrEqual(500);
  });

  it('does not follow differences that an answer’s way explains', () => {
    const { machine, clock, offsets } = started(NOW);
    for (const off of [-4_000, -999, 0, 999, 4_000]) clock.learn(answerOf(machine, clock.now() + off));
    clock.learn(answerOf(machine, clock.now() - 8_000, 9_000));
    expect([clock.now(), offsets]).toEqual([NOW + 60_000, []]);
  });

  it('does not jump with each answer once it is right', () => {
    const { machine, clock, offsets } = started(NOW + DAY);
    const real = () => NOW + machine.monotonic();
    clock.learn(answerOf(machine, real()));
    const first = clock.now() - machine.monotonic();
    for (let n = 0; n < 60; n++) {
      machine.advance(1_100);
      clock.learn(answerOf(machine, real(), 200));
    }
    expect([clock.now() - machine.monotonic(), offsets.length]).toEqual([first, 1]);
  });

  it('is not moved by a machine whose wall clock is set, and says when that is off and right again', () => {
    const { machine, clock, offsets } = started(NOW);
    machine.step(DAY);
    expect(clock.now()).toBe(NOW + 60_000);
    clock.learn(answerOf(machine, clock.now()));
    machine.step(-DAY - 120_000);
    clock.learn(answerOf(machine, clock.now()));
    machine.step(120_000);
    clock.learn(answerOf(machine, clock.now()));
    expect(offsets).toEqual([-DAY, 120_000, 0]);
  });

  it.each([
    ['no date', { served: Number.NaN, sent: 59_990 }],
    ['an answer that took long', { served: NOW + DAY, sent: 49_999 }],
  ])('learns nothing from %s', (_, answer) => {
    const { clock, offsets } = started(NOW);
    clock.learn(answer);
    expect([clock.now(), offsets]).toEqual([NOW + 60_000, []]);
  });

  it('is within eight seconds of the server after each answer, whatever is done to either clock', () => {
    const steps = fc.array(
      fc.record({
        machineBy: fc.integer({ min: -2 * DAY, max: 2 * DAY }),
        serverBy: fc.integer({ min: -2 * DAY, max: 2 * DAY }),
        took: fc.integer({ min: 0, max: 2_000 }),
      }),
    );
    fc.assert(
      fc.property(steps, (all) => {
        const { machine, clock } = started(NOW);
        let served = NOW + 60_000;
        for (const { machineBy, serverBy, took } of all) {
          machine.step(machineBy);
          served += serverBy;
          const sent = machine.monotonic();
          machine.advance(took);
          served += took;
          clock.learn({ served: Math.floor(served / 1000) * 1000, sent });
          expect(Math.abs(clock.now() - served)).toBeLessThanOrEqual(8_000);
        }
      }),
    );
  });
});
