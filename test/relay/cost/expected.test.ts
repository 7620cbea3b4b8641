import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { relayConfigSchema } from '../../../src/config/schema.ts';
import { estimate } from '../../../src/relay/cost/estimate.ts';
import { expectedOperations, looksAnHour } from '../../../src/relay/cost/expected.ts';
import { LIST_PRICES } from '../../../src/relay/cost/prices.ts';
import { HOUR_MS } from '../../../src/shared/duration.ts';

const { delivery, sweep, tail } = relayConfigSchema.parse({
  storage: { account: 'contoso' },
  destinations: {},
});
const PACE = {
  sweepIntervalMs: sweep.interval,
  recentMs: sweep.recent,
  wideIntervalMs: sweep.wide_interval,
  pollMinMs: tail.poll_min,
  pollMaxMs: tail.poll_max,
  checkpointEveryMs: delivery.checkpoint_every,
};
const EACH_5_S = 30 * 17_280;

/** USD a month. */
function costOf(tables: number, appendsADay: number, pace: Partial<typeof PACE> = {}): number {
  const operations = expectedOperations({ tables, appendsADay, destinations: 1 }, { ...PACE, ...pace });
  return estimate(operations, HOUR_MS, LIST_PRICES).cost;
}

describe('what a workload costs at defaults and list prices', () => {
  it('30 idle tables: less than 3 USD a month', () => {
    expect(costOf(30, 0)).toBeLessThan(3);
  });

  it('a small tenant, 84,000 appends a day over 30 tables: less than 25', () => {
    expect(costOf(30, 84_000)).toBeLessThan(25);
  });

  it('30 tables that grow each 5 s: less than 100, and less than 30 if they are visited or offsets are stored each 30 s', () => {
    expect(costOf(30, EACH_5_S)).toBeLessThan(100);
    expect(costOf(30, EACH_5_S, { pollMinMs: 30_000 })).toBeLessThan(30);
    expect(costOf(30, EACH_5_S, { checkpointEveryMs: 30_000 })).toBeLessThan(30);
  });

  it('grows with the tables and with the appends, and falls with the interval', () => {
    expect(costOf(60, 0)).toBeGreaterThan(costOf(30, 0));
    expect(costOf(30, 90_000)).toBeGreaterThan(costOf(30, 84_000));
    expect(costOf(30, 0, { sweepIntervalMs: HOUR_MS })).toBeLessThan(costOf(30, 0));
  });
});

it('with a console, one process costs about a dollar a month more, and another one with captures', () => {
  const workload = { tables: 30, appendsADay: 0, destinations: 1 };
  const cost = (more: { readonly console?: boolean; readonly capture?: boolean }) =>
    estimate(expectedOperations({ ...workload, ...more }, PACE), HOUR_MS, LIST_PRICES).cost;
  const [none, console, both] = [cost({}), cost({ console: true }), cost({ console: true, capture: true })];
  expect(console - none).toBeGreaterThan(0.7);
  expect(console - none).toBeLessThan(1.3);
  expect(both - console).toBeLessThan(1.3);
});

it('is what the documentation says', () => {
  const page = readFileSync(new URL('../../../docs/operations.md', import.meta.url), 'utf8');
  const costs = [
    ['30 tables, no appends', costOf(30, 0)],
    ['30 tables, 84,000 appends a day (a small tenant)', costOf(30, 84_000)],
    ['30 tables that grow each 5 seconds', costOf(30, EACH_5_S)],
    ['the same with `delivery.checkpoint_every: 30s`', costOf(30, EACH_5_S, { checkpointEveryMs: 30_000 })],
    ['the same with `tail.poll_min: 30s`', costOf(30, EACH_5_S, { pollMinMs: 30_000 })],
  ] as const;
  for (const [workload, cost] of costs) {
    const [, documented] = page.split(`| ${workload} `)[1]?.split('|') ?? [];
    expect([workload, documented?.trim()]).toEqual([workload, cost.toFixed(2)]);
  }
});

describe('looks at a blob', () => {
  const pace = { pollMinMs: 5_000, pollMaxMs: 60_000 };

  it('find an append each where appends are as frequent, and none where nothing comes', () => {
    expect(looksAnHour(720, pace)).toEqual({ visits: expect.closeTo(720, -1), looks: expect.closeTo(0, -1) });
    expect(looksAnHour(7_200, pace).visits).toBeCloseTo(720, -1);
    expect(looksAnHour(0, pace)).toEqual({ visits: 0, looks: 60 });
  });

  it('become rarer while nothing comes', () => {
    const { visits, looks } = looksAnHour(60, pace);
    expect(visits).toBeCloseTo(60, 0);
    expect(looks).toBeGreaterThan(3 * 60);
    expect(looks).toBeLessThan(7 * 60);
    // An append an hour: after it some more looks than each minute.
    expect(looksAnHour(1, pace).looks).toBeLessThan(75);
  });
});
