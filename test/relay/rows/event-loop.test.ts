import { describe, expect, it } from 'vitest';
import { compileRules } from '../../../src/rules/index.ts';
import { systemClock } from '../../../src/shared/clock.ts';
import { relay, row } from '../harness.ts';

const RULES = `title: Slow
logsource: { product: m365defender, service: DeviceEvents }
detection: { selection: { ProcessCommandLine|re: 'a.{900}X[0-9]' }, condition: selection }
level: high
`;

function hostile(n: number): string {
  let seed = n;
  const text = Array.from({ length: 60_000 }, () => {
    seed = (seed * 1_103_515_245 + 12_345) & 0x7fffffff;
    return 'ab'[(seed >> 16) & 1];
  }).join('');
  return row(n, { ProcessCommandLine: `${text}X1` });
}

describe('a page of rows that are slow to evaluate', () => {
  it('lets timers fire between them, and says what was cut', async () => {
    const r = relay(['splunk']);
    const { rules } = compileRules([{ path: 'detections/slow.yml', text: RULES }], {
      destinations: undefined,
      defaultDestinations: ['splunk'],
      alerts: [],
      variables: {},
    });
    if (!rules) throw new Error('the rules have errors');
    const ROWS = 40;
    let evaluated = 0;
    /** How many rows had been evaluated when a timer fired. */
    const ticks = new Set<number>();
    const timer = setInterval(() => ticks.add(evaluated), 1);
    Object.assign(r.deps, {
      clock: systemClock,
      rules: () => ({
        ...rules,
        evaluate: (one: Parameters<typeof rules.evaluate>[0]) => {
          evaluated++;
          return rules.evaluate(one);
        },
      }),
    });
    r.append(Array.from({ length: ROWS }, (_, n) => hostile(n)).join(''));
    await r.notify();
    await r.work();
    clearInterval(timer);
    expect(evaluated).toBe(ROWS);
    const between = [...ticks].filter((count) => count > 0 && count < ROWS);
    expect(between.length).toBeGreaterThanOrEqual(3);
    expect(r.metrics.counter('xdr_relay_rules_cut_total', { table: 'DeviceEvents', rule: 'Slow' })).toBe(
      ROWS,
    );
    expect(r.sink('splunk').rows).toHaveLength(ROWS);
  });
});
