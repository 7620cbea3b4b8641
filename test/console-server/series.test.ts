/** Rates and sums that the pages show: a relay that has just started was not idle before, and the minute under way counts as well. */
import { expect, it } from 'vitest';
import { rateOfLast, sumOfLast } from '../../console/parts/series.ts';

const STEP = 60_000;
const series = (...counts: number[]) => ({ from: 0, step: STEP, counts });

it('a rate is over the time in which somebody counted', () => {
  const to = 10 * STEP;
  expect(rateOfLast(series(0, 0, 0, 300, 600, 99), 5, { from: 0, to })).toBe(900 / 300);
  expect(rateOfLast(series(0, 0, 0, 300, 600, 99), 5, { from: 3.5 * STEP, to })).toBe(900 / 90);
  expect(rateOfLast(series(0, 0, 0, 0, 0, 99), 5, { from: 0, to })).toBe(0);
  // It began in the minute that is still being filled, or a moment before.
  expect(rateOfLast(series(0, 0, 0, 0, 0, 99), 5, { from: 5.1 * STEP, to })).toBeUndefined();
  expect(rateOfLast(series(0, 0, 0, 0, 1, 99), 5, { from: 4.9 * STEP, to })).toBeUndefined();
});

it('a sum includes what the minute under way has', () => {
  expect(sumOfLast(series(1, 2, 4, 8), 2)).toBe(12);
  expect(sumOfLast(series(1, 2), 60)).toBe(3);
});
