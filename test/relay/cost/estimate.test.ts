import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { estimate } from '../../../src/relay/cost/estimate.ts';
import { LIST_PRICES, parsePrices } from '../../../src/relay/cost/prices.ts';
import { HOUR_MS } from '../../../src/shared/duration.ts';
import { NO_OPERATIONS } from '../../../src/shared/storage-operations.ts';

const FILE = new URL('../../../src/relay/cost/prices.json', import.meta.url);

describe('the estimate', () => {
  it('multiplies each type by its price, for a month of 730 hours', () => {
    const operations = { ...NO_OPERATIONS, write: 1_000, list: 10, read: 500, queue: 360, free: 7 };
    const { lines, cost } = estimate(operations, HOUR_MS, LIST_PRICES);
    expect(lines[0]).toEqual({ type: 'write', operations: 1_000, aMonth: 730_000, cost: 3.65 });
    expect(lines.map(({ type }) => type)).toEqual(['write', 'list', 'read', 'other', 'queue', 'free']);
    expect(cost).toBeCloseTo(730 * (1_010 * 5e-6 + 860 * 4e-7), 9);
  });
});

describe('a price list', () => {
  it('is what comes with the relay', () => {
    expect(parsePrices(readFileSync(FILE, 'utf8'), 'prices.json')).toEqual(LIST_PRICES);
  });

  it.each([
    ['no JSON', 'no', 'own.json is not JSON'],
    ['a list', '[]', /own.json is no price list: it: /],
    [
      'an unknown currency',
      JSON.stringify({ ...LIST_PRICES, currency: 'dollars' }),
      /: currency: a currency such as "USD"$/,
    ],
    ['a negative price', JSON.stringify({ ...LIST_PRICES, per_10000: { write: -1 } }), /: per_10000.write: /],
    [
      'an unknown type',
      JSON.stringify({ ...LIST_PRICES, per_10000: { ...LIST_PRICES.per_10000, lease: 1 } }),
      /lease/,
    ],
  ])('is refused with its mistake: %s', (_, text, message) => {
    expect(() => parsePrices(text, 'own.json')).toThrow(message);
  });
});
