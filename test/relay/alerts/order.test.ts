import { expect, it } from 'vitest';
import type { AlertIndex } from '../../../src/relay/alerts/index-document.ts';
import { Order } from '../../../src/relay/alerts/order.ts';

const SECOND = 1_000;
const entry = (severity: number) => ({
  seq: 1,
  due: 0,
  at: 0,
  severity,
  pending: 9,
  messages: 9,
  groups: 9,
});
const index = (shards: AlertIndex['shards']): AlertIndex => ({ v: 1, nextAt: 0, shards });

/** Which document has its turn each second. */
function turns(shards: AlertIndex['shards'], seconds: number): readonly (string | undefined)[] {
  const order = new Order();
  return Array.from({ length: seconds }, (_, second) => {
    const [first] = order.due(index(shards), second * SECOND);
    if (first) order.served(first, second * SECOND);
    return first?.slice('rules/'.length);
  });
}

it('a different alert of any severity has its turn within ten seconds, however many messages graver rules have', () => {
  const burst = { 'rules/critical': entry(4), 'rules/high': entry(3) };
  for (const severity of [0, 1, 2, 3, 4]) {
    expect(turns({ ...burst, 'rules/other': entry(severity) }, 10)).toContain('other');
  }
});

it('the highest severity is first, and has more turns than the others', () => {
  const all = turns({ 'rules/low': entry(1), 'rules/critical': entry(4), 'rules/high': entry(3) }, 10);
  expect(all.slice(0, 2)).toEqual(['critical', 'high']);
  const count = (name: string) => all.filter((one) => one === name).length;
  expect(count('critical')).toBeGreaterThanOrEqual(count('high'));
  expect(count('high')).toBeGreaterThan(count('low'));
});
