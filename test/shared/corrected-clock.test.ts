/** The wall clock that follows a server's. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { FakeClock } from '../../lab/clock/fake-clock.ts';
import { CorrectedClock } from '../../src/shared/corrected-clock.ts';

const NOW = Date.UTC(2026, 10, 26, 8);
const DAY = 86_400_000;

function answerOf(clock: CorrectedClock, served: number, tookMs = 20) {
  const received = clock.machineNow();
  return { served: Math.floor(served / 1000) * 1000, sent: received - tookMs, received };
}

describe('CorrectedClock', () => {
  it('is the machine’s clock until an answer says otherwise', () => {
    const clock = new CorrectedClock(new FakeClock(NOW));
    expect([clock.now(), clock.offset]).toEqual([NOW, 0]);
  });

  it.each([DAY, -DAY, 60_000, -60_000])('follows the server where the machine is %d ms off', (off) => {
    const machine = new FakeClock(NOW + off);
    const clock = new CorrectedClock(machine);
    clock.learn(answerOf(clock, NOW));
    expect(Math.abs(clock.now() - NOW)).toBeLessThanOrEqual(1_000);
    machine.advance(3_600_000);
    expect(Math.abs(clock.now() - NOW - 3_600_000)).toBeLessThanOrEqual(1_000);
  });

  it('does not follow differences that an answer’s way explains', () => {
    const clock = new CorrectedClock(new FakeClock(NOW));
    for (const off of [-4_000, -999, 0, 999, 4_000]) clock.learn(answerOf(clock, NOW + off));
    clock.learn(answerOf(clock, NOW - 8_000, 9_000));
    expect(clock.offset).toBe(0);
  });

  it('does not change with each answer once it is right', () => {
    const machine = new FakeClock(NOW + DAY);
    const clock = new CorrectedClock(machine);
    const offsets: number[] = [];
    clock.onChange((offset) => offsets.push(offset));
    for (let second = 0; second < 60; second++) {
      clock.learn(answerOf(clock, NOW + second * 1_000 + (second % 7) * 100, 200));
      machine.advance(1_000);
    }
    expect(offsets).toHaveLength(1);
  });

  it('drops the correction once the machine is set right, and takes a new one when it is set wrong again', () => {
    const machine = new FakeClock(NOW + DAY);
    const clock = new CorrectedClock(machine);
    clock.learn(answerOf(clock, NOW));
    machine.step(-DAY);
    clock.learn(answerOf(clock, NOW));
    expect(clock.offset).toBe(0);
    machine.step(-DAY);
    clock.learn(answerOf(clock, NOW));
    expect(Math.abs(clock.now() - NOW)).toBeLessThanOrEqual(1_000);
  });

  it.each([
    ['no date', { served: Number.NaN, sent: NOW, received: NOW + 10 }],
    ['an answer that took long', { served: NOW + DAY, sent: NOW - 10_001, received: NOW }],
    ['a machine that was set back meanwhile', { served: NOW, sent: NOW + DAY, received: NOW }],
  ])('learns nothing from %s', (_, answer) => {
    const clock = new CorrectedClock(new FakeClock(NOW));
    clock.learn(answer);
    expect(clock.offset).toBe(0);
  });

  it('is within seven seconds of the server after each answer, whatever steps the machine’s clock takes', () => {
    const steps = fc.array(
      fc.record({
        step: fc.integer({ min: -2 * DAY, max: 2 * DAY }),
        took: fc.integer({ min: 0, max: 2_000 }),
      }),
    );
    fc.assert(
      fc.property(steps, (all) => {
        const machine = new FakeClock(NOW);
        const clock = new CorrectedClock(machine);
        let real = NOW;
        for (const { step, took } of all) {
          machine.step(step);
          const sent = clock.machineNow();
          machine.advance(took);
          real += took;
          clock.learn({ served: Math.floor(real / 1000) * 1000, sent, received: clock.machineNow() });
          expect(Math.abs(clock.now() - real)).toBeLessThanOrEqual(8_000);
        }
      }),
    );
  });
});
