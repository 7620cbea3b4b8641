/** The instant at which a row says that its event happened. Everything that asks for a row's time asks here. */
import type { Row } from './event.ts';
import { instantMs, parseEventTime } from './instant.ts';
import type { JsonObject, JsonValue } from './json.ts';

/** When a row's event happened, or when Defender handed it over: milliseconds since the epoch; undefined when it does not say. */
export function rowTime(row: Row): number | undefined {
  const instant = parseEventTime(rowTimeText(row));
  return instant && instantMs(instant);
}

/**
 * The same to the digits it was written with: `Timestamp`, or the envelope's `time` where `Timestamp` is missing or can be no time of
 * an event. Where neither can, what the envelope says; empty where it says nothing.
 */
export function rowTimeText({ properties, envelope }: Pick<Row, 'properties' | 'envelope'>): string {
  const own = ownText(properties, 'Timestamp');
  if (own !== undefined && parseEventTime(own)) return own;
  return ownText(envelope, 'time') ?? own ?? '';
}

/** Whether `Timestamp` is there and can be no time of an event: a default of .NET or Windows, another type, no time at all. */
export function hasBadTimestamp({ properties }: Pick<Row, 'properties'>): boolean {
  const value = own(properties, 'Timestamp') ?? null;
  return value !== null && !(typeof value === 'string' && parseEventTime(value));
}

function ownText(object: JsonObject, key: string): string | undefined {
  const value = own(object, key);
  return typeof value === 'string' ? value : undefined;
}

function own(object: JsonObject, key: string): JsonValue | undefined {
  return Object.hasOwn(object, key) ? object[key] : undefined;
}
