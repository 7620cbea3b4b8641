/**
 * A substitute for PagerDuty's Events API v2 on loopback, which refuses what PagerDuty's pages do not allow:
 *
 * - https://developer.pagerduty.com/docs/events-api-v2/overview/ : address, 202, 400 and 429, at most 512 KB
 * - https://developer.pagerduty.com/docs/events-api-v2/trigger-events/ : `dedup_key`, replies and their form
 *
 * Where the pages leave room, this receiver takes the stricter reading: 512 KB is 512,000 bytes, and there is no query, no content encoding and no
 * content type but JSON. They have no status for a body that is too long: here it is 413.
 */
import {
  invalid,
  type PagerdutyError,
  type PagerdutyEvent,
  type PagerdutyTrigger,
  readPagerdutyEvent,
} from './pagerduty-events.ts';
import {
  type ReceivedRequest,
  type Receiver,
  type ReceiverCounts,
  type ReceiverOptions,
  type ReceiverReply,
  startReceiver,
} from './server.ts';

export type { PagerdutyEvent, PagerdutyTrigger } from './pagerduty-events.ts';

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

/**
 * Starts the Events API on loopback. A trigger opens an alert or changes the open one with its key; a resolve closes it, or is dropped if none is open.
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
    const [pathname, query] = request.path.split('?');
    if (pathname !== PATH) return { status: 404, body: 'Not Found' };
    if (request.method !== 'POST') {
      return { status: 405, headers: { allow: 'POST' }, body: 'Method Not Allowed' };
    }
    if (query !== undefined) return refusal(invalid(['there are no query parameters']));
    if (!/^application\/json(?: *;|$)/i.test(request.headers['content-type'] ?? '')) {
      return refusal(invalid(['content type is not application/json']));
    }
    const now = performance.now();
    if (options.intervalMs !== undefined && now - last < options.intervalMs) {
      const message = 'Events for this service are arriving too quickly.';
      return refusal({ status: 'throttle exceeded', message, errors: [] }, 429);
    }
    const data = readPagerdutyEvent(request.body);
    if ('errors' in data) return refusal(data);
    if (data.routing_key !== PAGERDUTY_KEY) {
      return refusal({ ...invalid(['Invalid routing key']), status: 'invalid key' });
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

  const receiver = await startReceiver(options, counts, handle, {
    encodings: [],
    maxBytes: MOST_BYTES,
    refuse: (fault) =>
      fault === 'too_large'
        ? { status: 413, body: 'Request Entity Too Large' }
        : refusal(invalid([`the body is ${fault}`])),
  });
  return { ...receiver, url: `${receiver.origin}${PATH}`, received, alerts, opened: () => opened };
}

function refusal(error: PagerdutyError, status = 400): ReceiverReply {
  return { status, body: JSON.stringify(error) };
}
