/** A substitute for PagerDuty's Events API v2, on loopback. */
import { z } from 'zod';
import {
  type ReceivedRequest,
  type Receiver,
  type ReceiverCounts,
  type ReceiverOptions,
  type ReceiverReply,
  startReceiver,
} from './server.ts';

export interface PagerdutyReceiverOptions extends ReceiverOptions {
  /** Called for each accepted message, in order. */
  readonly onMessage?: (message: PagerdutyEvent) => void;
  /** Whether to keep every event in `received`, for small tests. */
  readonly store?: boolean;
  /** An event that comes sooner than this after the last gets a 429. Milliseconds. */
  readonly intervalMs?: number;
}

/** An alert of PagerDuty, as the events with its key have made it. */
export interface PagerdutyAlert {
  readonly isOpen: boolean;
  /** The triggers since it was opened, at least 1. */
  readonly triggers: number;
  readonly last: PagerdutyTrigger;
}

export interface PagerdutyReceiver extends Receiver {
  /** Where events are posted. */
  readonly url: string;
  readonly received: readonly PagerdutyEvent[];
  /** By `dedup_key`, the alert that was opened last. */
  readonly alerts: ReadonlyMap<string, PagerdutyAlert>;
  /** How many alerts were opened: each notifies somebody. */
  readonly opened: () => number;
}

/** The integration key that the receiver knows. */
export const PAGERDUTY_KEY = '0a1b2c3d4e5f60718293a4b5c6d7e8f9';
const PATH = '/v2/enqueue';
const MOST_BYTES = 512_000;

const url = z.url({ protocol: /^https?$/ });
const words = z.string().min(1);
// The schemas are strict, so that a misspelt key, which PagerDuty would ignore, is found.
const key = z
  .string()
  .length(32, "Length of 'routing_key' is incorrect (should be 32 characters)")
  .regex(/^[A-Za-z0-9]*$/, "'routing_key' cannot contain non-alphanumeric characters.");
const dedupKey = z.string().min(1).max(255, "'dedup_key' is too long (maximum is 255 characters)");
const trigger = z.strictObject({
  routing_key: key,
  event_action: z.literal('trigger'),
  dedup_key: dedupKey.optional(),
  client: words.optional(),
  client_url: url.optional(),
  links: z.array(z.strictObject({ href: url, text: words.optional() })).optional(),
  payload: z.strictObject({
    summary: words.max(1_024, "'summary' is too long (maximum is 1024 characters)"),
    source: words,
    severity: z.enum(['critical', 'error', 'warning', 'info']),
    timestamp: z.iso.datetime({ offset: true }).optional(),
    component: words.optional(),
    group: words.optional(),
    class: words.optional(),
    custom_details: z.record(z.string(), z.json()).optional(),
  }),
});
const later = z.strictObject({
  routing_key: key,
  event_action: z.enum(['acknowledge', 'resolve']),
  dedup_key: dedupKey,
});
const event = z.discriminatedUnion('event_action', [trigger, later]);

export type PagerdutyTrigger = z.infer<typeof trigger>;
export type PagerdutyEvent = z.infer<typeof event>;

/**
 * Starts the Events API on loopback, as PagerDuty documents it. It accepts only the properties that the documentation names, and events of at
 * most 512 KB. A trigger opens an alert or changes the open one with its key; a resolve closes it, or is dropped if none is open.
 * `counts.events` counts accepted events.
 */
export async function startPagerdutyReceiver(
  options: PagerdutyReceiverOptions = {},
): Promise<PagerdutyReceiver> {
  const received: PagerdutyEvent[] = [];
  const alerts = new Map<string, PagerdutyAlert>();
  const counts: ReceiverCounts = { requests: 0, faults: 0, refused: 0, events: 0 };
  let opened = 0;
  let last = Number.NEGATIVE_INFINITY;

  function handle(request: ReceivedRequest): ReceiverReply {
    if (new URL(request.path, 'http://receiver').pathname !== PATH) return { status: 404, body: 'Not Found' };
    if (request.method !== 'POST') return { status: 405, body: 'Method Not Allowed' };
    const type = request.headers['content-type'] ?? '';
    if (!/^application\/json\b/.test(type)) return refusal(['content type is not application/json']);
    const now = performance.now();
    if (options.intervalMs !== undefined && now - last < options.intervalMs) {
      return {
        status: 429,
        body: '{"status":"throttle exceeded","message":"Events for this service are arriving too quickly.","errors":[]}',
      };
    }
    if (Buffer.byteLength(request.body) > MOST_BYTES)
      return { status: 413, body: 'Request Entity Too Large' };
    const { data, error } = event.safeParse(parsed(request.body));
    if (!data) return refusal(error.issues.map(({ message, path }) => `${path.join('.')}: ${message}`));
    if (data.routing_key !== PAGERDUTY_KEY) {
      return {
        status: 400,
        body: '{"status":"invalid key","message":"Event object is invalid","errors":["Invalid routing key"]}',
      };
    }
    last = now;
    counts.events += 1;
    const id = data.dedup_key ?? crypto.randomUUID();
    apply(id, data);
    options.onMessage?.(data);
    if (options.store) received.push(data);
    return {
      status: 202,
      body: JSON.stringify({ status: 'success', message: 'Event processed', dedup_key: id }),
    };
  }

  function apply(id: string, data: PagerdutyEvent): void {
    const known = alerts.get(id);
    if (data.event_action === 'trigger') {
      if (known?.isOpen) return void alerts.set(id, { ...known, triggers: known.triggers + 1, last: data });
      opened += 1;
      alerts.set(id, { isOpen: true, triggers: 1, last: data });
    } else if (known?.isOpen && data.event_action === 'resolve') {
      alerts.set(id, { ...known, isOpen: false });
    }
  }

  const receiver = await startReceiver(options, counts, handle);
  return { ...receiver, url: `${receiver.origin}${PATH}`, received, alerts, opened: () => opened };
}

function refusal(errors: readonly string[]): ReceiverReply {
  return {
    status: 400,
    body: JSON.stringify({ status: 'invalid event', message: 'Event object is invalid', errors }),
  };
}

function parsed(body: string): unknown {
  try {
    return JSON.parse(body);
  } catch {
    return undefined;
  }
}
