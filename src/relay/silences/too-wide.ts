/** Tells silences that would keep every alert from people. */
import type { SilenceCondition } from '../../alerts/silences.ts';

/** Why a silence would keep everything from people: a clause; undefined for one that does not. */
export function tooWide({
  rule,
  where,
}: {
  readonly rule?: string | undefined;
  readonly where: readonly SilenceCondition[];
}): string | undefined {
  if (rule !== undefined) return undefined;
  if (where.some(({ value }) => /[^*\s]/.test(value))) return undefined;
  return where.length === 0
    ? 'neither a rule nor a value is given'
    : 'every alert with such a column has a value that fits "*"';
}
