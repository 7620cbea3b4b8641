/** Tells the values that say nothing: neither schema allows them as a field's. */
import type { JsonValue } from '../../shared/json.ts';

/** Whether a value is empty text or an empty list. */
export function isEmpty(value: JsonValue): boolean {
  return value === '' || (Array.isArray(value) && value.length === 0);
}
