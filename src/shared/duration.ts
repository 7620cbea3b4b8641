/** Durations and sizes: constants, and their notation in relay.yaml. */
import { z } from 'zod';

export const HOUR_MS = 3_600_000;
export const DAY_MS = 24 * HOUR_MS;

const UNITS: Readonly<Record<string, number>> = { d: DAY_MS, h: HOUR_MS, m: 60_000, s: 1000, ms: 1 };
const SIZES: Readonly<Record<string, number>> = { GiB: 1_073_741_824, MiB: 1_048_576, KiB: 1024, B: 1 };

/** The beginning of the hour that contains `ms`; both in ms since the epoch. */
export function startOfHour(ms: number): number {
  return Math.floor(ms / HOUR_MS) * HOUR_MS;
}

/** `"500ms"`, `"30s"`, `"15m"`, `"2h"`, `"7d"` <-> milliseconds. */
export const durationSchema = z
  .codec(
    z.string().regex(/^\d+(?:\.\d+)?(?:ms|s|m|h|d)$/, 'a duration such as "30s", "15m", "2h" or "7d"'),
    z.number(),
    { decode: (text) => amountOf(text, UNITS), encode: (ms) => inLargestUnit(ms, UNITS) },
  )
  .meta({ title: 'duration' });

/** `"512B"`, `"64KiB"`, `"1MiB"` <-> bytes. */
export const sizeSchema = z
  .codec(
    z.string().regex(/^\d+(?:\.\d+)?(?:B|KiB|MiB|GiB)$/, 'a size such as "512KiB" or "4MiB"'),
    z.number(),
    { decode: (text) => amountOf(text, SIZES), encode: (bytes) => inLargestUnit(bytes, SIZES) },
  )
  .meta({ title: 'size' });

/**
 * A duration within bounds, both included: `durationBetween('1s', '1h', 'the task of a dead consumer waits so long')`.
 *
 * @param why what the bounds protect: a clause that the diagnostic ends with.
 */
export function durationBetween(least: string, most: string, why: string) {
  const bounds = [durationSchema.parse(least), durationSchema.parse(most)] as const;
  return within(durationSchema, bounds, `a duration from "${least}" to "${most}": ${why}`).meta({
    title: `duration, ${least} to ${most}`,
  });
}

/** A size within bounds, both included; see {@link durationBetween}. */
export function sizeBetween(least: string, most: string, why: string) {
  const bounds = [sizeSchema.parse(least), sizeSchema.parse(most)] as const;
  return within(sizeSchema, bounds, `a size from "${least}" to "${most}": ${why}`).meta({
    title: `size, ${least} to ${most}`,
  });
}

function within<S extends typeof durationSchema>(
  schema: S,
  [least, most]: readonly [number, number],
  wanted: string,
) {
  return schema.refine((amount) => amount >= least && amount <= most, wanted);
}

function amountOf(text: string, units: Readonly<Record<string, number>>): number {
  const unit = /[A-Za-z]+$/.exec(text)?.[0] ?? '';
  return Math.round(Number(text.slice(0, -unit.length)) * (units[unit] ?? 1));
}

/** Formats an amount in the largest unit that expresses it exactly. @param units largest first. */
function inLargestUnit(amount: number, units: Readonly<Record<string, number>>): string {
  for (const [unit, factor] of Object.entries(units)) {
    if (amount !== 0 && amount % factor === 0) return `${amount / factor}${unit}`;
  }
  return `0${Object.keys(units).at(-1) ?? ''}`;
}
