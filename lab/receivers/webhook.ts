/** A receiver of Standard Webhooks, CloudEvents, and plain JSON on loopback. */
import { type KeyObject, verify } from 'node:crypto';
import { Webhook, WebhookVerificationError } from 'standardwebhooks';
import { isObject } from './json.ts';
import {
  type ReceivedRequest,
  type Receiver,
  type ReceiverCounts,
  type ReceiverOptions,
  type ReceiverReply,
  startReceiver,
} from './server.ts';

export interface WebhookReceiverOptions extends ReceiverOptions {
  /** The secret `whsec_...`: requests without a signature by it get a 401. Without a secret, signatures are not checked. */
  readonly secret?: string;
  /** The public key (Ed25519) of signatures `v1a`: requests without one by it get a 401. */
  readonly publicKey?: KeyObject;
  /** Whether to accept signatures of any time. By default the time may differ by five minutes, as in the standard. */
  readonly atAnyTime?: boolean;
  /** Called for each accepted event, in order: an envelope, a row, or a CloudEvent. */
  readonly onEvent?: (event: unknown, webhookId: string) => void;
  /** Whether to keep every event in `received`, for small tests. */
  readonly store?: boolean;
  /** Larger requests get a 413. Bytes. */
  readonly maxBytes?: number;
}

export interface WebhookReceiver extends Receiver {
  /** The address of the webhook. */
  readonly url: string;
  readonly received: readonly unknown[];
}

const PATH = '/webhook';

/** Starts a Standard Webhooks receiver on loopback, which verifies with the standard's library and also reads CloudEvents. */
export async function startWebhookReceiver(options: WebhookReceiverOptions = {}): Promise<WebhookReceiver> {
  const received: unknown[] = [];
  const counts: ReceiverCounts = { requests: 0, faults: 0, refused: 0, events: 0 };
  const verifier = options.secret === undefined ? undefined : new Webhook(options.secret);

  function handle(request: ReceivedRequest): ReceiverReply {
    if (request.path.split('?')[0] !== PATH) return { status: 404, body: 'no such path' };
    if (request.method !== 'POST') return { status: 405, body: 'POST only' };
    if (options.maxBytes !== undefined && Buffer.byteLength(request.body) > options.maxBytes) {
      return { status: 413, body: 'too large' };
    }
    try {
      if (options.atAnyTime && verifier) verifyAtAnyTime(verifier, request);
      else verifier?.verify(request.body, request.headers, { jsonParse: false });
    } catch (error) {
      if (!(error instanceof WebhookVerificationError)) throw error;
      return { status: 401, body: error.message };
    }
    if (options.publicKey && !isSignedBy(options.publicKey, request)) {
      return { status: 401, body: 'No matching signature v1a found' };
    }
    const events = eventsOf(request);
    if (events === undefined)
      return { status: 422, body: 'neither Standard Webhooks nor CloudEvents nor JSON' };
    const id = request.headers['webhook-id'] ?? '';
    for (const event of events) {
      counts.events += 1;
      if (options.store) received.push(event);
      options.onEvent?.(event, id);
    }
    return { status: 204 };
  }

  const receiver = await startReceiver(options, counts, handle);
  return { ...receiver, url: `${receiver.origin}${PATH}`, received };
}

/** Throws WebhookVerificationError. */
function verifyAtAnyTime(verifier: Webhook, { headers, body }: ReceivedRequest): void {
  const {
    'webhook-id': id = '',
    'webhook-timestamp': timestamp = '',
    'webhook-signature': given = '',
  } = headers;
  const expected = verifier.sign(id, new Date(Number(timestamp) * 1000), body);
  if (!given.split(' ').includes(expected)) throw new WebhookVerificationError('No matching signature found');
}

function isSignedBy(publicKey: KeyObject, { headers, body }: ReceivedRequest): boolean {
  const text = Buffer.from(`${headers['webhook-id']}.${headers['webhook-timestamp']}.${body}`);
  const given = (headers['webhook-signature'] ?? '').split(' ').filter((each) => each.startsWith('v1a,'));
  return given.some((each) => verify(undefined, text, publicKey, Buffer.from(each.slice(4), 'base64')));
}

/** The events in a body, by its content type; undefined if it has another form. */
function eventsOf(request: ReceivedRequest): readonly unknown[] | undefined {
  const type = request.headers['content-type']?.split(';')[0]?.trim();
  const body = parsed(type === 'application/x-ndjson' ? asArray(request.body) : request.body);
  if (body === undefined) return undefined;
  if (type === 'application/x-ndjson') return Array.isArray(body) ? body : undefined;
  if (request.headers['ce-specversion'] !== undefined) return binaryEvent(request, body);
  if (type === 'application/cloudevents-batch+json') {
    return Array.isArray(body) && body.every(isCloudEvent) ? body : undefined;
  }
  if (type === 'application/cloudevents+json') return isCloudEvent(body) ? [body] : undefined;
  if (type === 'application/json' && Array.isArray(body)) return body;
  if (type !== 'application/json' || !isObject(body)) return undefined;
  if (typeof body.type !== 'string' || typeof body.timestamp !== 'string' || !isObject(body.data))
    return undefined;
  return Array.isArray(body.data.events) ? body.data.events : [body.data];
}

/** Lines that each end in a line feed, as an array. */
function asArray(lines: string): string {
  return lines.endsWith('\n') ? `[${lines.trimEnd().replaceAll('\n', ',')}]` : '';
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function binaryEvent({ headers }: ReceivedRequest, data: unknown): readonly unknown[] | undefined {
  const attributes = Object.entries(headers).flatMap(([name, value]) =>
    name.startsWith('ce-') ? [[name.slice(3), value] as const] : [],
  );
  const event = { ...Object.fromEntries(attributes), data };
  return isCloudEvent(event) ? [event] : undefined;
}

function isCloudEvent(value: unknown): boolean {
  if (!isObject(value) || value.specversion !== '1.0') return false;
  return ['id', 'source', 'type'].every((name) => typeof value[name] === 'string' && value[name] !== '');
}
