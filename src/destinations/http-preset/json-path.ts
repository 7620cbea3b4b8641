/** Values in the JSON of a reply by their paths: keys and positions joined by dots, `*` for any entry. */
import { isJsonObject } from '../../shared/json.ts';

/** A reply may hold long lists. */
const MOST = 10_000;

/** The values at a path; none where there is no such place. */
export function valuesAt(root: unknown, path: string): readonly unknown[] {
  let found: readonly unknown[] = [root];
  for (const step of path.split('.')) {
    found = found.flatMap((value) => stepInto(value, step)).slice(0, MOST);
  }
  return found;
}

function stepInto(value: unknown, step: string): readonly unknown[] {
  if (Array.isArray(value)) {
    if (step === '*') return value;
    return /^\d{1,6}$/.test(step) && Number(step) < value.length ? [value[Number(step)]] : [];
  }
  if (!isJsonObject(value)) return [];
  if (step === '*') return Object.values(value);
  return Object.hasOwn(value, step) ? [value[step]] : [];
}
