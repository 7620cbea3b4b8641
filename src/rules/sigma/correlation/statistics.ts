/** The numbers of a window's events: sum, average, percentile. */
import type { CorrelationType } from '../types.ts';

const DECIMAL = /^[+-]?(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?$/i;
const HEX = /^0x[0-9a-f]+$/i;

/** Whether a correlation calculates with a number of each event. */
export function isNumeric(type: CorrelationType): boolean {
  return type === 'value_sum' || type === 'value_avg' || type === 'value_percentile';
}

/** The finite number that a text is, decimal or hexadecimal; undefined where it is none. */
export function numberOf(text: string): number | undefined {
  const trimmed = text.trim();
  if (!DECIMAL.test(trimmed) && !HEX.test(trimmed)) return undefined;
  const number = Number(trimmed);
  return Number.isFinite(number) ? number : undefined;
}

/** Finite, whatever the numbers: it is stored as JSON. */
export function sumOf(numbers: readonly number[]): number {
  const sum = numbers.reduce((so, number) => so + number, 0);
  return Math.max(-Number.MAX_VALUE, Math.min(Number.MAX_VALUE, sum));
}

export function averageOf(numbers: readonly number[]): number {
  return numbers.length === 0 ? 0 : sumOf(numbers) / numbers.length;
}

/** The smallest of the numbers, which are in order, that at least this many percent of them do not exceed (nearest rank). */
export function percentileOf(sorted: readonly number[], percentile: number): number {
  const rank = Math.max(1, Math.ceil((percentile / 100) * sorted.length));
  return sorted[rank - 1] ?? 0;
}

/** Where a number stands, or would stand, among numbers that are in order. */
export function placeAmong(sorted: readonly number[], number: number): number {
  let low = 0;
  let high = sorted.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((sorted[middle] ?? 0) < number) low = middle + 1;
    else high = middle;
  }
  return low;
}
