/** Estimates the monthly cost of storage operations. */
import { HOUR_MS } from '../../shared/duration.ts';
import { OPERATION_TYPES, type Operations, type OperationType } from '../../shared/storage-operations.ts';
import type { PriceList } from './prices.ts';

/** The hours of a month, 365 / 12 days, as cloud providers count. */
export const MONTH_HOURS = 730;

/** The operations of one type. */
export interface EstimateLine {
  readonly type: OperationType;
  /** The counted operations. */
  readonly operations: number;
  readonly aMonth: number;
  /** The cost per month in the currency of the prices. */
  readonly cost: number;
}

/** What operations cost if each month is like the time in which they were counted. */
export interface Estimate {
  readonly lines: readonly EstimateLine[];
  /** The cost per month in the currency of the prices. */
  readonly cost: number;
}

/** @param countedMs the time in which they were counted; milliseconds, more than 0. */
export function estimate(
  operations: Operations,
  countedMs: number,
  { per_10000 }: Pick<PriceList, 'per_10000'>,
): Estimate {
  const months = countedMs / (MONTH_HOURS * HOUR_MS);
  const lines = OPERATION_TYPES.map((type) => {
    const aMonth = operations[type] / months;
    return { type, operations: operations[type], aMonth, cost: (aMonth * per_10000[type]) / 10_000 };
  });
  return { lines, cost: lines.reduce((sum, { cost }) => sum + cost, 0) };
}
