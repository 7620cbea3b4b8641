/** Reads columns of an alert as Defender has them: only those values may stand in a query of Advanced Hunting. */
import type { Envelope } from '../shared/event.ts';
import type { JsonValue } from '../shared/json.ts';

/** An alert, as far as its columns are concerned. */
export type WithOrigins = Pick<Envelope, 'event' | 'renamed' | 'altered'>;

/**
 * The value that Defender itself has in a column. A column that steps renamed is read where it is now.
 *
 * @param column as Defender calls it.
 * @returns undefined where the row does not have it, or a step removed or changed it.
 */
export function defenderValue(
  { event, renamed, altered }: WithOrigins,
  column: string,
): JsonValue | undefined {
  const current = currentName(renamed, column);
  if (current === undefined || altered?.includes(current)) return undefined;
  return Object.hasOwn(event, current) ? event[current] : undefined;
}

/** Whether steps made or changed a column. @param column as Defender calls it. */
export function isAltered({ renamed, altered = [] }: WithOrigins, column: string): boolean {
  const current = currentName(renamed, column);
  return current !== undefined && altered.includes(current);
}

/** The name of a column behind the steps; undefined where another column has taken it. @param column as Defender calls it. */
export function currentName(renamed: Envelope['renamed'], column: string): string | undefined {
  const name = renamed !== undefined && Object.hasOwn(renamed, column) ? renamed[column] : column;
  return name ?? undefined;
}

/** How Defender calls a column. @param current its name behind the steps. */
export function defenderName(renamed: Envelope['renamed'], current: string): string {
  return Object.entries(renamed ?? {}).find(([, name]) => name === current)?.[0] ?? current;
}
