/** Calculates with the numbers of a window's events: sum, average, percentile. */
import type { CorrelationType } from '../types.ts';

const DECIMAL = /^[+-]?(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?$/i;
const HEX = /^0x[0-9a-f]+$/i;

/** Whether correlations of a type calculate with a number from each event. */
export function isNumeric(type: CorrelationType): boolean {
  return type === 'value_sum' || type === 'value_avg' || type === 'value_percentile';
}

/** Parses a finite number, decimal or hexadecimal; undefined for other strings. */
export function numberOf(text: string): number | undefined {
  const trimmed = text.trim();
  if (!DECIMAL.test(trimmed) && !HEX.test(trimmed)) return undefined;
  const number = Number(trimmed);
  return Number.isFinite(number) ? number : undefined;
}

/** The sum, limited to finite numbers because it is stored as JSON. */
export function sumOf(numbers: readonly number[]): number {
  const sum = numbers.reduce((so, number) => so + number, 0);
  return Math.max(-Number.MAX_VALUE, Math.min(Number.MAX_VALUE, sum));
}

export function averageOf(numbers: readonly number[]): number {
  return numbers.length === 0 ? 0 : sumOf(numbers) / numbers.length;
}

/** The percentile by nearest rank: the smallest of the sorted numbers such that at least so many percent are not larger. */
export function percentileOf(sorted: readonly number[], percentile: number): number {
  const rank = Math.max(1, Math.ceil((percentile / 100) * sorted.length));
  return sorted[rank - 1] ?? 0;
}

/** The position at which a number is, or would be inserted, among sorted numbers. */
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
