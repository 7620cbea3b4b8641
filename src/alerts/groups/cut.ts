/** Cuts an envelope to the bytes that a group may keep of it. */
import type { Envelope } from '../../shared/event.ts';
import { ExactNumber } from '../../shared/exact-number.ts';
import { isJsonObject, type JsonObject, type JsonValue } from '../../shared/json.ts';
import { ENVELOPE_BYTES } from './limits.ts';

/** How long strings may be: the longest first, then shorter and shorter ones, until the envelope fits. */
const LENGTHS = [4_096, 2_048, 1_024, 512, 256, 128, 64, 32] as const;
const MOST_MEMBERS = 400;
const MOST_ITEMS = 50;
const MOST_DEPTH = 8;
/** Ids and names of the relay's own, which are short unless somebody forged them. */
const OWN_LENGTH = 1_024;

/** The bytes of a value as JSON. */
export function jsonBytes(value: unknown): number {
  return new TextEncoder().encode(JSON.stringify(value)).length;
}

/**
 * The envelope with its long strings cut, each ending in `…`, and with columns left out where that is not enough, so that its JSON has
 * at most so many bytes. Numbers that a double cannot hold become strings. An envelope that fits comes back as it is, but for those.
 */
export function cutEnvelope(envelope: Envelope, bytes: number = ENVELOPE_BYTES): Envelope {
  for (const length of LENGTHS) {
    const cut = withLength(envelope, length);
    if (jsonBytes(cut) <= bytes) return cut;
  }
  const least = withLength(envelope, LENGTHS[LENGTHS.length - 1] ?? 32);
  const columns = Object.entries(least.event);
  while (columns.length > 0) {
    columns.length = Math.floor(columns.length / 2);
    const cut = { ...least, event: Object.fromEntries(columns) };
    if (jsonBytes(cut) <= bytes) return cut;
  }
  const { id, time, table, source, severity, alertId, rule } = least;
  return {
    id,
    time,
    table,
    source,
    ...(severity !== undefined && { severity }),
    ...(alertId !== undefined && { alertId }),
    ...(rule !== undefined && {
      rule: { title: rule.title.slice(0, 256), ...(rule.id !== undefined && { id: rule.id.slice(0, 256) }) },
    }),
    event: {},
  };
}

function withLength(envelope: Envelope, length: number): Envelope {
  const { id, time, table, source, rule, event, ...rest } = envelope;
  const own = (text: string) => shortened(text, OWN_LENGTH);
  return {
    ...(cutValue(rest as unknown as JsonObject, length, 0) as Partial<Envelope>),
    id: own(id),
    time: own(time),
    table: own(table),
    source: { ...source, blob: own(source.blob) },
    ...(rule !== undefined && { rule: cutValue(rule as unknown as JsonObject, length, 0) as never }),
    event: cutValue(event, length, 0) as JsonObject,
  };
}

function cutValue(value: JsonValue, length: number, depth: number): JsonValue {
  if (typeof value === 'string') return shortened(value, length);
  if (value instanceof ExactNumber) return shortened(value.text, length);
  if (Array.isArray(value)) {
    if (depth >= MOST_DEPTH) return '…';
    return value.slice(0, MOST_ITEMS).map((item: JsonValue) => cutValue(item, length, depth + 1));
  }
  if (!isJsonObject(value)) return value;
  if (depth >= MOST_DEPTH) return '…';
  const members = Object.entries(value).slice(0, MOST_MEMBERS);
  return Object.fromEntries(
    members
      .filter(([, item]) => item !== undefined)
      .map(([name, item]) => [shortened(name, 256), cutValue(item, length, depth + 1)]),
  );
}

/** Never ends within a surrogate pair. */
function shortened(text: string, length: number): string {
  if (text.length <= length) return text;
  return `${text.slice(0, length - 1).replace(/[\ud800-\udbff]$/, '')}…`;
}
