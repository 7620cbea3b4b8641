/** Determines the time of a row's event. All code that needs a row's time uses this file. */
import type { Row } from './event.ts';
import { instantMs, isUsualEventTime, parseEventTime } from './instant.ts';
import type { JsonValue } from './json.ts';
import type { RowBytes } from './row-bytes.ts';
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
  const { bytes } = row;
  const column = usualTimestamp(bytes);
  if (bytes && column >= 0) return bytes.value(column) as string;
  const own = asText(columnOf(row, 'Timestamp'));
  if (own !== undefined && parseEventTime(own)) return own;
  return asText(envelopeMember(row, 'time')) ?? own ?? '';
}

/** Whether a row has a `Timestamp` that cannot be the time of an event: a default of .NET or Windows, another type, or not a time. */
export function hasBadTimestamp(row: Pick<Row, 'properties' | 'bytes'>): boolean {
  if (usualTimestamp(row.bytes) >= 0) return false;
  const value = columnOf(row, 'Timestamp') ?? null;
  return value !== null && !(typeof value === 'string' && parseEventTime(value));
}

/** The number of the column `Timestamp` where it is a time as Defender writes nearly all; -1 where it is not, or may be one in another form: the value then has to be parsed. */
function usualTimestamp(bytes: RowBytes | undefined): number {
  const column = bytes ? bytes.find('Timestamp') : -1;
  if (!bytes || column < 0) return -1;
  // Within the quotes of a string; what is no string is no usual time.
  return isUsualEventTime(bytes.page, bytes.valueStart(column) + 1, bytes.columnEnd(column) - 1)
    ? column
    : -1;
}

function asText(value: JsonValue | undefined): string | undefined {
  return typeof value === 'string' ? value : undefined;
}
