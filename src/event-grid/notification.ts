/** Parses Event Grid's notifications in both schemas. `@azure/eventgrid` is used only for its types and is not loaded at run time. */
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

/** One event, independent of its schema. */
export interface Notification {
  readonly schema: NotificationSchema;
  readonly id: string;
  readonly type: string;
  /** `topic` or `source`: the resource id of the storage account. */
  readonly source: string | undefined;
  readonly subject: string | undefined;
  readonly data: NotificationData;
}

/** The fields of `data` that the relay reads; others are ignored. */
export interface NotificationData {
  readonly url?: StorageBlobCreatedEventData['url'];
  /** In a SubscriptionValidationEvent: the code that the response must repeat. */
  readonly validationCode?: SubscriptionValidationEventData['validationCode'] | undefined;
}

/** An event that does not conform to its schema. */
export interface MalformedEvent {
  /** Its place in the array, from 0. */
  readonly index: number;
  /** The mistake, described without values of the event. */
  readonly message: string;
}

export interface ParsedNotifications {
  readonly events: readonly Notification[];
  /** At most as many as allowed, because parsing stops there. */
  readonly malformed: readonly MalformedEvent[];
  /** The number of events after the last allowed malformed one, which were not parsed. */
  readonly unread: number;
}

/** The most events that Event Grid sends in one request (Microsoft Learn, "Event Grid output batching"). */
export const MOST_EVENTS = 5_000;
/**
 * Parsing stops after so many malformed events. Describing a malformed event costs a hundred times as much as parsing a good one, and
 * Event Grid sends none, so a request full of them must not block the event loop.
 */
export const MOST_MALFORMED = 100;

const dataSchema = z.object({
  url: z.string().optional(),
  validationCode: z.string().max(1024).optional(),
});
/** The schema of `data` for other types of events, which are only counted, so their `data` may be anything. */
const anyData = z.unknown().transform((): NotificationData => ({}));
const READ_TYPES: ReadonlySet<string> = new Set([BLOB_CREATED, SUBSCRIPTION_VALIDATION]);

/** Microsoft Learn, "Azure Event Grid event schema"; only what the relay needs is required. */
const eventGridSchema = z.lazy(() =>
  z.object({
    id: z.string(),
    eventType: z.string().min(1),
    subject: z.string(),
    topic: z.string().optional(),
    data: z.unknown(),
  }),
);

/** CloudEvents 1.0.2, "Required Attributes". */
const cloudEventSchema = z.lazy(() =>
  z.object({
    specversion: z.literal('1.0'),
    id: z.string().min(1),
    source: z.string().min(1),
    type: z.string().min(1),
    subject: z.string().optional(),
    data: z.unknown().optional(),
  }),
);

/**
 * Parses one event or an array of events from JSON data.
 *
 * An event with a `specversion` is a CloudEvent. With `only`, an event of the other schema is malformed.
 * Malformed events are listed separately, so that one does not make the good ones fail; parsing stops at `mostMalformed`.
 * Throws {@link NotificationError}: `notification_malformed` if the value is neither an object nor an array; `too_many_events`,
 * before parsing any of them, if it is an array of more than {@link MOST_EVENTS}.
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
 * Parses a CloudEvent in binary mode: its attributes are `ce-` headers, its data is the body
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
