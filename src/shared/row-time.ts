/** Determines the time of a row's event. All code that needs a row's time uses this file. */
import type { Row } from './event.ts';
import { instantMs, isUsualEventTime, parseEventTime } from './instant.ts';
import type { JsonValue } from './json.ts';
import { columnOf, envelopeMember } from './row-members.ts';

/** When a row's event happened, or when Defender handed the row over, in milliseconds since the epoch; undefined if the row has neither time. */
export function rowTime(row: Row): number | undefined {
  const instant = parseEventTime(rowTimeText(row));
  return instant && instantMs(instant);
}

/**
 * The row's time with all its digits: `Timestamp`, or the envelope's `time` if `Timestamp` is missing or cannot be the time of an
 * event. If neither can be, the envelope's `time` as it is; empty if there is none.
 */
export function rowTimeText(row: Pick<Row, 'properties' | 'envelope' | 'bytes'>): string {
  const own = asText(columnOf(row, 'Timestamp'));
  if (own !== undefined && parseEventTime(own)) return own;
  return asText(envelopeMember(row, 'time')) ?? own ?? '';
}

/** Whether a row has a `Timestamp` that cannot be the time of an event: a default of .NET or Windows, another type, or not a time. */
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
