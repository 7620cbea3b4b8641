/** The instant at which a row says that its event happened. Everything that asks for a row's time asks here. */
import type { Row } from './event.ts';
import { instantMs, isUsualEventTime, parseEventTime } from './instant.ts';
import type { JsonValue } from './json.ts';
import { columnOf, envelopeMember } from './row-members.ts';

/** When a row's event happened, or when Defender handed it over: milliseconds since the epoch; undefined when it does not say. */
export function rowTime(row: Row): number | undefined {
  const instant = parseEventTime(rowTimeText(row));
  return instant && instantMs(instant);
}

/**
 * The same to the digits it was written with: `Timestamp`, or the envelope's `time` where `Timestamp` is missing or can be no time of
 * an event. Where neither can, what the envelope says; empty where it says nothing.
 */
export function rowTimeText(row: Pick<Row, 'properties' | 'envelope' | 'bytes'>): string {
  const own = asText(columnOf(row, 'Timestamp'));
  if (own !== undefined && parseEventTime(own)) return own;
  return asText(envelopeMember(row, 'time')) ?? own ?? '';
}

/** Whether `Timestamp` is there and can be no time of an event: a default of .NET or Windows, another type, no time at all. */
export function hasBadTimestamp(row: Pick<Row, 'properties' | 'bytes'>): boolean {
  const { bytes } = row;
  const column = bytes?.find('Timestamp') ?? -1;
  // Within the quotes of a string; what is no string is no usual time.
  if (
    bytes &&
    column >= 0 &&
    isUsualEventTime(bytes.page, bytes.valueStart(column) + 1, bytes.columnEnd(column) - 1)
  ) {
    return false;
  }
  const value = columnOf(row, 'Timestamp') ?? null;
  return value !== null && !(typeof value === 'string' && parseEventTime(value));
}

function asText(value: JsonValue | undefined): string | undefined {
  return typeof value === 'string' ? value : undefined;
}
