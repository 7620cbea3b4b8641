import { describe, expect, it } from 'vitest';
import { parseOptions } from '../../soak/options.ts';
import { makePlan } from '../../soak/plan.ts';

const options = { seed: 5, durationMs: 180_000, consumers: 3, destinations: ['splunk', 'hook'] };

describe("the soak's plan", () => {
  it('is the same for the same seed, and another for another', () => {
    expect(makePlan(options)).toEqual(makePlan(options));
    expect(makePlan({ ...options, seed: 6 })).not.toEqual(makePlan(options));
  });

  it('has every kind of blow in three minutes, in order, within the run', () => {
    const plan = makePlan(options);
    expect(new Set(plan.map(({ kind }) => kind))).toEqual(
      new Set([
        'kill',
        'terminate',
        'suspend',
        'restart_storage',
        'step_clock',
        'break_claims',
        'brown_out',
        'outage',
        'refuse_table',
        'archive',
        'unlistable',
      ]),
    );
    expect(plan.filter((blow) => blow.kind === 'archive' && blow.forMs === 'for_good')).toHaveLength(1);
    const steps = plan.flatMap((blow) => (blow.kind === 'step_clock' ? [Math.abs(blow.byMs)] : []));
    expect(steps).toContain(24 * 3_600_000);
    expect(plan.map(({ at }) => at)).toEqual(plan.map(({ at }) => at).sort((a, b) => a - b));
    expect(plan.at(-1)?.at).toBeLessThan(options.durationMs);
  });
});

describe("the soak's options", () => {
  it('have defaults and tell a wrong one', () => {
    expect(parseOptions([], () => 7)).toMatchObject({ seed: 7, minutes: 2, consumers: 3 });
    expect(parseOptions(['--seed', '3', '--minutes', '0.5'], () => 7)).toMatchObject({
      seed: 3,
      minutes: 0.5,
    });
    for (const wrong of [['--seed', 'x'], ['--minutes', '0'], ['--destinations', 'slack'], ['--what']]) {
      expect(() => parseOptions(wrong, () => 7)).toThrow();
    }
  });
});
