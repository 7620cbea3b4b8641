/** Warns of values of `|all` that exclude each other. */
import type { Mistake } from '../../../../diagnostics/diagnostic.ts';
import type { MappedField } from '../field-scope.ts';
import { fold } from '../fold.ts';
import type { Asked, PlainColumn } from './pattern.ts';

/** Warns of `FileName|all: [a.exe, b.exe]`: no string equals both. */
export function contradiction(
  asked: readonly Asked[],
  field: MappedField,
  column: PlainColumn | undefined,
): Mistake | undefined {
  // A list in a row may hold both values.
  if (column?.type === undefined || column.type === 'object') return undefined;
  const beginnings = asked.flatMap(({ beginning }) => beginning ?? []).map(fold);
  const longest = beginnings.reduce((a, b) => (b.length > a.length ? b : a), '');
  const wholes = new Set(asked.flatMap(({ whole }) => whole ?? []).map(fold));
  if (wholes.size < 2 && beginnings.every((one) => longest.startsWith(one))) return undefined;
  return {
    code: 'never-matches',
    message: `no string is all of these values of "${field.key.field}" at once: it never matches`,
    hint: 'leave "|all" out, or write "|contains|all"',
  };
}
