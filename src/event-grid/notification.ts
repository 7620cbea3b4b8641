/** Reads notifications of Event Grid, in both schemas. `@azure/eventgrid` gives the names of types only and is no part of what runs. */
import type {
  StorageBlobCreatedEventData,
  SubscriptionValidationEventData,
  SystemEventNameToEventData,
} from '@azure/eventgrid';
import { z } from 'zod';
import { NotificationError } from './errors.ts';

type SystemEventName = keyof SystemEventNameToEventData;

export const BLOB_CREATED = 'Microsoft.Storage.BlobCreated' satisfies SystemEventName;
export const SUBSCRIPTION_VALIDATION =
  'Microsoft.EventGrid.SubscriptionValidationEvent' satisfies SystemEventName;
export const SUBSCRIPTION_DELETED = 'Microsoft.EventGrid.SubscriptionDeletedEvent' satisfies SystemEventName;

/** The two schemas Event Grid delivers in. */
export type NotificationSchema = 'event_grid' | 'cloud_events';

/** One event, whichever schema it came in. */
export interface Notification {
  readonly schema: NotificationSchema;
  readonly id: string;
  readonly type: string;
  /** `topic` or `source`: the resource id of the storage account. */
  readonly source: string | undefined;
  readonly subject: string | undefined;
  readonly data: NotificationData;
}

/** What the relay reads of `data`; the rest of it is left aside. */
export interface NotificationData {
  readonly url?: StorageBlobCreatedEventData['url'];
  /** Of a SubscriptionValidationEvent: what the answer repeats. */
  readonly validationCode?: SubscriptionValidationEventData['validationCode'] | undefined;
}

/** An event that does not have its schema's shape. */
export interface MalformedEvent {
  /** Its place in the array, from 0. */
  readonly index: number;
  /** What is wrong, without any of the event's values. */
  readonly message: string;
}

export interface ParsedNotifications {
  readonly events: readonly Notification[];
  /** At most as many as were allowed: reading stops there. */
  readonly malformed: readonly MalformedEvent[];
  /** Events after the last malformed one that was allowed: not examined. */
  readonly unread: number;
}

/** Event Grid sends at most so many events in one request (Microsoft Learn, "Event Grid output batching"). */
export const MOST_EVENTS = 5_000;
/**
 * Reading stops at so many malformed events. To say what is wrong with one costs a hundred times what a good one costs, and
 * Event Grid sends none: a request full of them must not hold the event loop.
 */
export const MOST_MALFORMED = 100;

const dataSchema = z.object({
  url: z.string().optional(),
  validationCode: z.string().max(1024).optional(),
});
/** Events of other types are counted and left alone, so their `data` may be anything. */
const anyData = z.unknown().transform((): NotificationData => ({}));
const READ_TYPES: ReadonlySet<string> = new Set([BLOB_CREATED, SUBSCRIPTION_VALIDATION]);

/** Microsoft Learn, "Azure Event Grid event schema"; only what the relay needs is required. */
const eventGridSchema = z.object({
  id: z.string(),
  eventType: z.string().min(1),
  subject: z.string(),
  topic: z.string().optional(),
  data: z.unknown(),
});

/** CloudEvents 1.0.2, "Required Attributes". */
const cloudEventSchema = z.object({
  specversion: z.literal('1.0'),
  id: z.string().min(1),
  source: z.string().min(1),
  type: z.string().min(1),
  subject: z.string().optional(),
  data: z.unknown().optional(),
});

/**
 * Reads one event or an array of them from parsed JSON.
 *
 * An event that has a `specversion` is a CloudEvent. With `only`, an event of the other schema is malformed.
 * Malformed events are listed beside the good ones, so that one cannot cost the others; at `mostMalformed` reading stops.
 * Throws {@link NotificationError}: `notification_malformed` when the value is neither an object nor an array,
 * `too_many_events` when it is an array of more than {@link MOST_EVENTS}, before any of them is looked at.
 */
export function parseNotifications(
  value: unknown,
  only?: NotificationSchema,
  mostMalformed = MOST_MALFORMED,
): ParsedNotifications {
  if (typeof value !== 'object' || value === null) {
    throw new NotificationError('notification_malformed', 'Expected an event or an array of events.');
  }
  const events: Notification[] = [];
  const malformed: MalformedEvent[] = [];
  const items: readonly unknown[] = Array.isArray(value) ? value : [value];
  if (items.length > MOST_EVENTS) {
    throw new NotificationError(
      'too_many_events',
      `${items.length} events in one request; Event Grid sends ${MOST_EVENTS} at most.`,
    );
  }
  for (const [index, item] of items.entries()) {
    const event = parseOne(item, only);
    if (typeof event !== 'string') events.push(event);
    else if (malformed.push({ index, message: event }) >= mostMalformed) break;
  }
  return { events, malformed, unread: items.length - events.length - malformed.length };
}

/**
 * Reads a CloudEvent in binary mode: attributes in `ce-` headers, the body is its data
 * (CloudEvents HTTP protocol binding 1.0.2, section 3.1).
 */
export function parseBinaryCloudEvent(header: (name: string) => string | undefined, data: unknown) {
  const attribute = (name: string) => decodeHeader(header(`ce-${name}`));
  return parseNotifications(
    {
      specversion: attribute('specversion'),
      id: attribute('id'),
      source: attribute('source'),
      type: attribute('type'),
      subject: attribute('subject'),
      data,
    },
    'cloud_events',
  );
}

function decodeHeader(value: string | undefined): string | undefined {
  if (value === undefined) return undefined;
  try {
    return decodeURIComponent(value);
  } catch {
    return value;
  }
}

function parseOne(item: unknown, only: NotificationSchema | undefined): Notification | string {
  const isCloudEvent = typeof item === 'object' && item !== null && Object.hasOwn(item, 'specversion');
  const schema = only ?? (isCloudEvent ? 'cloud_events' : 'event_grid');
  const parsed =
    schema === 'cloud_events' ? cloudEventSchema.safeParse(item) : eventGridSchema.safeParse(item);
  if (!parsed.success) return reasonOf(parsed.error);
  const event = parsed.data;
  const type = 'type' in event ? event.type : event.eventType;
  const data = (READ_TYPES.has(type) ? dataSchema.optional() : anyData).safeParse(event.data);
  if (!data.success) return reasonOf(data.error, 'data');
  return {
    schema,
    id: event.id,
    type,
    source: 'source' in event ? event.source : event.topic,
    subject: event.subject,
    data: data.data ?? {},
  };
}

function reasonOf(error: z.ZodError, under?: string): string {
  const [issue] = error.issues;
  const path = [...(under ? [under] : []), ...(issue?.path ?? [])].join('.');
  return path ? `${path}: ${issue?.message}` : (issue?.message ?? 'Invalid input');
}
