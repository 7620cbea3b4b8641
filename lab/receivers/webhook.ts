/**
 * A receiver of webhooks on loopback, which refuses what their specifications do not allow:
 *
 * - `webhook-signatures.ts` : Standard Webhooks' headers and signatures, with 401
 * - https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md, "Payload structure" : `type` by full stops,
 *   `timestamp`, `data`
 * - `cloudevents.ts` : CloudEvents, structured, batched and binary
 * - https://github.com/ndjson/ndjson-spec : one JSON value a line, which ends with a line feed
 * - RFC 7617 and RFC 6750 : the form of `Basic` and `Bearer`
 *
 * Where they leave room, this receiver takes the stricter reading: events are objects, a body has at least one unless CloudEvents allows none, times
 * are of RFC 3339, lines end with a line feed alone, and a charset is UTF-8. None of them has statuses: here 422 is for a body, 415 for its type or
 * encoding, 400 for what cannot be read at all.
 */
import type { KeyObject } from 'node:crypto';
import { binaryCloudEvent, cloudEventTrouble, hasAttributes } from './cloudevents.ts';
import { isObject } from './json.ts';
import { isRfc3339 } from './rfc3339.ts';
import {
  type ReceivedRequest,
  type Receiver,
  type ReceiverCounts,
  type ReceiverOptions,
  type ReceiverReply,
  startReceiver,
} from './server.ts';
import { signatureFormTrouble, signatureTrouble } from './webhook-signatures.ts';

export interface WebhookReceiverOptions extends ReceiverOptions {
  /**
   * The secret `whsec_...`, or several while rotating: requests without a signature by one of them get a 401. Without a secret, signatures are not
   * checked.
   */
  readonly secret?: string | readonly string[];
  /** The public key (Ed25519) of signatures `v1a`: requests without one by it get a 401. */
  readonly publicKey?: KeyObject;
  /** Whether to accept signatures of any time. By default the time may differ by five minutes. */
  readonly atAnyTime?: boolean;
  /** Headers that each request must have, names in lower case: `authorization`, `x-api-key`. Others get a 401. */
  readonly headers?: Readonly<Record<string, string>>;
  /** Called for each accepted event, in order: an envelope, a row, or a CloudEvent. */
  readonly onEvent?: (event: unknown, webhookId: string) => void;
  /** Whether to keep every event in `received`, for small tests. */
  readonly store?: boolean;
  /** Larger requests get a 413. Bytes. */
  readonly maxBytes?: number;
  /** The receiver's clock, milliseconds since the epoch. Default: the wall clock. */
  readonly now?: () => number;
}

export interface WebhookReceiver extends Receiver {
  /** The address of the webhook. */
  readonly url: string;
  readonly received: readonly unknown[];
}

const PATH = '/webhook';
const TYPE_NAME = /^\w+(?:\.\w+)*$/;
const CREDENTIALS: Readonly<Record<string, RegExp>> = {
  basic: /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/,
  bearer: /^[A-Za-z0-9\-._~+/]+=*$/,
};

/** Starts a webhook on loopback. `counts.events` counts accepted events. */
export async function startWebhookReceiver(options: WebhookReceiverOptions = {}): Promise<WebhookReceiver> {
  const received: unknown[] = [];
  const counts: ReceiverCounts = { requests: 0, faults: 0, refused: 0, events: 0 };
  const rules = {
    secrets: options.secret === undefined ? [] : [options.secret].flat(),
    publicKey: options.publicKey,
    now: options.atAnyTime ? undefined : (options.now ?? (() => Date.now())),
  };

  function handle(request: ReceivedRequest): ReceiverReply {
    if (request.path.split('?')[0] !== PATH) return { status: 404, body: 'no such path' };
    if (request.method !== 'POST') return { status: 405, headers: { allow: 'POST' }, body: 'POST only' };
    if (options.maxBytes !== undefined && Buffer.byteLength(request.body) > options.maxBytes) {
      return { status: 413, body: 'too large' };
    }
    const stranger =
      credentialsTrouble(request.headers, options.headers) ??
      signatureFormTrouble(request) ??
      signatureTrouble(request, rules);
    if (stranger !== undefined) return { status: 401, headers: CHALLENGE, body: stranger };
    const events = eventsOf(request);
    if ('status' in events) return events;
    const id = request.headers['webhook-id'] ?? '';
    for (const event of events) {
      counts.events += 1;
      if (options.store) received.push(event);
      options.onEvent?.(event, id);
    }
    return { status: 204 };
  }

  const receiver = await startReceiver(options, counts, handle, {
    refuse: (fault) => {
      if (fault === 'too_large') return { status: 413, body: 'too large' };
      return { status: fault === 'unsupported_encoding' ? 415 : 400, body: `the body is ${fault}` };
    },
  });
  return { ...receiver, url: `${receiver.origin}${PATH}`, received };
}

const CHALLENGE = { 'www-authenticate': 'Bearer realm="webhook", Basic realm="webhook", charset="UTF-8"' };

function credentialsTrouble(
  headers: ReceivedRequest['headers'],
  wanted: Readonly<Record<string, string>> = {},
): string | undefined {
  const [, scheme = '', credentials = ''] = /^(\S+) (.*)$/.exec(headers.authorization ?? '') ?? [];
  const form = CREDENTIALS[scheme.toLowerCase()];
  const isBasic = scheme.toLowerCase() === 'basic';
  if (form && !(form.test(credentials) && (!isBasic || isUserAndPassword(credentials)))) {
    return `the credentials have not the form of ${scheme}`;
  }
  const other = Object.entries(wanted).find(([name, value]) => headers[name] !== value);
  return other && `${other[0]} is ${headers[other[0]] === undefined ? 'missing' : 'wrong'}`;
}

function isUserAndPassword(credentials: string): boolean {
  const text = Buffer.from(credentials, 'base64').toString();
  return /^[^:]*:/.test(text) && !/[\p{Cc}\ufffd]/u.test(text);
}

/** The events in a body, by its content type, or the refusal of it. */
function eventsOf(request: ReceivedRequest): readonly unknown[] | ReceiverReply {
  const type = mediaType(request.headers['content-type'] ?? '');
  const isOfCloudEvents = type?.startsWith('application/cloudevents') ?? false;
  if (!isOfCloudEvents && hasAttributes(request.headers)) {
    const event = binaryCloudEvent(request.headers, request.body);
    return typeof event === 'string' ? unprocessable(event) : [event];
  }
  const read = READERS[type ?? ''];
  if (!read) return { status: 415, body: 'neither Standard Webhooks nor CloudEvents nor JSON nor NDJSON' };
  const events = read(request.body);
  return typeof events === 'string' ? unprocessable(events) : events;
}

function unprocessable(body: string): ReceiverReply {
  return { status: 422, body };
}

/** In lower case, without `charset=utf-8`; undefined with any other parameter. */
function mediaType(header: string): string | undefined {
  return /^([^\s;]+)(?: *; *charset="?utf-8"?)?$/i.exec(header)?.[1]?.toLowerCase();
}

/** The events of a body, or what is wrong with it. */
type Reader = (body: string) => readonly unknown[] | string;

const READERS: Readonly<Record<string, Reader>> = {
  'application/json'(body) {
    const value = parsed(body);
    if (Array.isArray(value)) return objectsOf(value);
    return isObject(value) ? standardEvents(value) : 'not JSON, or neither an object nor an array';
  },
  'application/x-ndjson'(body) {
    if (!body.endsWith('\n')) return 'the last line has no end';
    if (body.includes('\r')) return 'a line ends with a carriage return';
    return objectsOf(body.slice(0, -1).split('\n').map(parsed));
  },
  'application/cloudevents+json'(body) {
    const event = parsed(body);
    return cloudEventTrouble(event) ?? [event];
  },
  'application/cloudevents-batch+json'(body) {
    const events = parsed(body);
    if (!Array.isArray(events)) return 'the batch is no array';
    return events.map(cloudEventTrouble).find((trouble) => trouble !== undefined) ?? events;
  },
};

function objectsOf(values: readonly unknown[]): readonly unknown[] | string {
  if (values.length === 0) return 'there are no events';
  return values.every(isObject) ? values : 'an event is not an object';
}

function standardEvents(body: Readonly<Record<string, unknown>>): readonly unknown[] | string {
  const { type, timestamp, data } = body;
  if (typeof type !== 'string' || !TYPE_NAME.test(type)) return 'type is no list of words with full stops';
  if (typeof timestamp !== 'string' || !isRfc3339(timestamp)) return 'timestamp is not of RFC 3339';
  if (!isObject(data)) return 'data is not an object';
  return Array.isArray(data.events) ? objectsOf(data.events) : [data];
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
