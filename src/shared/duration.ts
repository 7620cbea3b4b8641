import { z } from 'zod';

const UNITS: Readonly<Record<string, number>> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 };

/** `"500ms"`, `"30s"`, `"15m"`, `"2h"`, `"7d"` -> milliseconds. */
export const durationSchema = z
  .string()
  .regex(/^\d+(?:\.\d+)?(?:ms|s|m|h|d)$/, 'a duration such as "30s", "15m", "2h" or "7d"')
  .transform((text) => {
    const unit = /[a-z]+$/.exec(text)?.[0] ?? 'ms';
    return Math.round(Number(text.slice(0, -unit.length)) * (UNITS[unit] ?? 1));
  });

const SIZES: Readonly<Record<string, number>> = { B: 1, KiB: 1024, MiB: 1_048_576, GiB: 1_073_741_824 };

/** `"64KiB"`, `"1MiB"` -> bytes. */
export const sizeSchema = z
  .string()
  .regex(/^\d+(?:\.\d+)?(?:B|KiB|MiB|GiB)$/, 'a size such as "512KiB" or "4MiB"')
  .transform((text) => {
    const unit = /[A-Za-z]+$/.exec(text)?.[0] ?? 'B';
    return Math.round(Number(text.slice(0, -unit.length)) * (SIZES[unit] ?? 1));
  });
