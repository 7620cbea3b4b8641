/**
 * Reads the events of a request to an HTTP Event Collector:
 *
 * - https://help.splunk.com/splunk-enterprise/get-data-in/collect-http-event-data/format-events-for-http-event-collector
 *
 * The page does not say what happens to the events before one that is refused. Splunk Enterprise 10.4.3 indexes them, and names the first that it did
 * not read in `invalid-event-number`, with code 7 the one after; a public project has recorded that. The page does not name other members than these
 * seven, and that release silently drops an event that has one: here it is refused, so that nobody misses it.
 */
import type { HecCode } from './hec-codes.ts';
import { isObject, jsonSequence } from './json.ts';

/** One HEC event. */
export interface HecEvent {
  readonly time?: unknown;
  readonly host?: unknown;
  readonly source?: unknown;
  readonly sourcetype?: unknown;
  readonly index?: unknown;
  readonly event: unknown;
  readonly fields?: Readonly<Record<string, unknown>>;
}

/** Which events a collector takes. */
export interface EventRules {
  /** Whether an event may have members besides Splunk's. */
  readonly otherMembers: boolean;
  readonly required: 'event' | 'event_or_fields' | 'nothing';
  /** The index of an event that names none. Where there is none, such an event may be written by any token. */
  readonly defaultIndex?: string;
  /** Whether the events before one that is refused are taken. */
  readonly takesPrefix: boolean;
}

/** The events up to the first that is refused, why it is refused, and the number that the reply gives. */
export interface ReadEvents {
  readonly events: readonly HecEvent[];
  readonly trouble?: HecCode;
  readonly invalidNumber: number;
}

const TEXTS = ['host', 'source', 'sourcetype', 'index'];
const MEMBERS: ReadonlySet<string> = new Set([...TEXTS, 'time', 'event', 'fields']);

/** Reads a body. `indexes` are those that the token may write to; undefined for any. */
export function readEvents(
  body: string,
  rules: EventRules,
  indexes: readonly string[] | undefined,
): ReadEvents {
  const events: HecEvent[] = [];
  for (const piece of jsonSequence(body)) {
    const trouble =
      'error' in piece
        ? 'invalidFormat'
        : (eventTrouble(piece.value, rules) ?? indexTrouble(piece.value, rules, indexes));
    const invalidNumber = trouble === 'incorrectIndex' ? events.length + 1 : events.length;
    if (trouble) return { events: rules.takesPrefix ? events : [], trouble, invalidNumber };
    if ('value' in piece) events.push(piece.value as HecEvent);
  }
  return { events, invalidNumber: events.length };
}

function eventTrouble(value: unknown, { otherMembers, required }: EventRules): HecCode | undefined {
  if (!isObject(value)) return 'invalidFormat';
  if (!otherMembers && Object.keys(value).some((name) => !MEMBERS.has(name))) return 'invalidFormat';
  if (TEXTS.some((name) => value[name] !== undefined && typeof value[name] !== 'string')) {
    return 'invalidFormat';
  }
  if (required !== 'nothing') {
    const hasEvent = Object.hasOwn(value, 'event');
    const hasFields = required === 'event_or_fields' && Object.hasOwn(value, 'fields');
    if (!hasEvent && !hasFields) return 'eventRequired';
    if (hasEvent && (value.event === '' || value.event === null)) return 'eventBlank';
  }
  if (value.time !== undefined && !isTime(value.time)) return 'indexedFields';
  return value.fields === undefined || areFlat(value.fields) ? undefined : 'indexedFields';
}

function indexTrouble(
  value: unknown,
  { defaultIndex }: EventRules,
  indexes: readonly string[] | undefined,
): HecCode | undefined {
  const index = (isObject(value) ? value.index : undefined) ?? defaultIndex;
  if (indexes === undefined || index === undefined) return undefined;
  return indexes.includes(String(index)) ? undefined : 'incorrectIndex';
}

/** "<sec>.<ms>", as a number or a string. */
function isTime(value: unknown): boolean {
  if (typeof value === 'number') return value >= 0;
  return typeof value === 'string' && /^\d+(?:\.\d+)?$/.test(value);
}

/** "a flat (not nested) list of explicit custom fields" */
function areFlat(fields: unknown): boolean {
  if (!isObject(fields)) return false;
  const values = Object.values(fields).flatMap((value) => (Array.isArray(value) ? value : [value]));
  return values.every((value) => value === null || typeof value !== 'object');
}
