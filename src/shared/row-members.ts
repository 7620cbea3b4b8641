/** Reads single members of a row, whether it was parsed or stays bytes. */
import type { Row } from './event.ts';
import type { JsonObject, JsonValue } from './json.ts';

/** A column; undefined where the row has none of that name. */
export function columnOf(row: Pick<Row, 'properties' | 'bytes'>, name: string): JsonValue | undefined {
  const { bytes } = row;
  if (!bytes) return member(row.properties, name);
  const column = bytes.find(name);
  return column < 0 ? undefined : bytes.value(column);
}

/** A member of the row itself other than `properties`; undefined where it has none of that name. */
export function envelopeMember(row: Pick<Row, 'envelope' | 'bytes'>, name: string): JsonValue | undefined {
  return row.bytes ? row.bytes.envelope(name) : member(row.envelope, name);
}

/** An own member of an object. */
export function member(object: JsonObject, name: string): JsonValue | undefined {
  return Object.hasOwn(object, name) ? object[name] : undefined;
}
