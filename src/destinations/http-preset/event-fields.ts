/** What the record of a preset can say of an event, by the names in its placeholders. */
import { eventTimeText, instantMs, parseEventTime } from '../../shared/instant.ts';
import type { JsonValue } from '../../shared/json.ts';
import { isAlert } from '../alert-record.ts';
import type { Delivery } from '../port.ts';
import type { Placeholder } from './template.ts';

type Field = (delivery: Delivery) => string | number | undefined;

/** Whose filters: text has none. */
type Kind = 'text' | 'time' | 'event';

interface EventField {
  readonly kind: Kind;
  /** For the documentation. */
  readonly about: string;
  readonly of: Field;
}

const text = (about: string, of: Field): EventField => ({ kind: 'text', about, of });

/** By the names that placeholders have; `column.NAME` is a column. */
export const EVENT_FIELDS: Readonly<Record<string, EventField>> = {
  event: {
    kind: 'event',
    about: 'the event or alert itself, in the shape of the destination',
    of: () => undefined,
  },
  id: text('the id of the event, or of the alert', ({ head }) => (isAlert(head) ? head.alertId : head.id)),
  event_id: text('the id of the event, also of an alert', ({ head }) => head.id),
  kind: text('`event` or `alert`', ({ head }) => (isAlert(head) ? 'alert' : 'event')),
  time: { kind: 'time', about: 'when it happened', of: ({ head }) => timeOf(head) },
  collected: {
    kind: 'time',
    about: 'when Defender handed it over, or a millisecond after `time` if that is not later',
    of: ({ head }) => collectedOf(head),
  },
  table: text('the table', ({ head }) => head.table),
  tenant: text('the id of the tenant', ({ head }) => head.tenant),
  severity: text('the severity of an alert, or of a route', ({ head }) => head.severity),
  rule: text('the title of an alert', ({ head }) => head.title ?? head.rule?.title),
  blob: text('the blob', ({ head }) => head.source.blob),
  offset: text('the offset of the row in the blob', ({ head }) => head.source.offset),
};

/** What stands behind a `|`, by the kind of its field. */
export const FILTERS: Readonly<Record<Kind, Readonly<Record<string, string>>>> = {
  text: {},
  time: {
    epoch_ms: 'milliseconds since 1970, a number',
    epoch_s: 'seconds since 1970 with a fraction, a number',
  },
  event: {
    text: 'its JSON as a string',
    base64: 'its JSON in base64, a string',
  },
};

const COLUMN = 'column.';

/** Whether a placeholder is of the event, and not of a setting. */
export function isEventField(name: string): boolean {
  return Object.hasOwn(EVENT_FIELDS, name) || name.startsWith(COLUMN);
}

/** The column that a placeholder names. */
export function columnOf(name: string): string | undefined {
  return name.startsWith(COLUMN) ? name.slice(COLUMN.length) : undefined;
}

/** Whether the filter of a placeholder is one of its field's. */
export function hasFilter({ name, filter }: Placeholder): boolean {
  if (filter === undefined) return true;
  const field = Object.hasOwn(EVENT_FIELDS, name) ? EVENT_FIELDS[name] : undefined;
  return field !== undefined && Object.hasOwn(FILTERS[field.kind], filter);
}

/** What a placeholder gives for a delivery, except `event`: text, or a number; undefined where the delivery has nothing of it. */
export function fieldOf({ name, filter }: Placeholder): Field {
  const column = columnOf(name);
  if (column !== undefined) return (delivery) => scalar(delivery.column(column));
  const field = EVENT_FIELDS[name];
  if (field === undefined) return () => undefined;
  if (field.kind !== 'time') return field.of;
  return (delivery) => {
    const time = field.of(delivery);
    if (typeof time !== 'string' || filter === undefined) return time;
    const instant = parseEventTime(time);
    if (instant === undefined) return undefined;
    return filter === 'epoch_ms'
      ? instantMs(instant)
      : Number(`${instant.seconds}.${instant.fraction || '0'}`);
  };
}

function scalar(value: JsonValue | undefined): string | number | undefined {
  if (typeof value === 'string') return value === '' ? undefined : value;
  return typeof value === 'number' || typeof value === 'boolean' ? String(value) : undefined;
}

interface Times {
  readonly time: string;
  readonly received?: string;
}

function timeOf({ time, received }: Times): string | undefined {
  return eventTimeText(time) ?? (received === undefined ? undefined : eventTimeText(received));
}

function collectedOf(head: Times): string | undefined {
  const happened = timeOf(head);
  const received = head.received === undefined ? undefined : eventTimeText(head.received);
  const [from, to] = [happened, received].map((each) => each && parseEventTime(each));
  if (!from) return received;
  if (received !== undefined && to && instantMs(to) > instantMs(from)) return received;
  return new Date(instantMs(from) + 1).toISOString();
}
