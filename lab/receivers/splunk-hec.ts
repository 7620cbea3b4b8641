/** A substitute for a Splunk HTTP Event Collector, on loopback. */
import { isObject, jsonSequence } from './json.ts';
import {
  type ReceivedRequest,
  type Receiver,
  type ReceiverCounts,
  type ReceiverOptions,
  type ReceiverReply,
  startReceiver,
} from './server.ts';

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

export interface HecReceiverOptions extends ReceiverOptions {
  readonly token: string;
  /** Other tokens that are accepted now, as while a token is rotated. */
  readonly moreTokens?: () => readonly string[];
  /** What stands before the token. Default: `Splunk`. */
  readonly scheme?: 'Splunk' | 'Bearer';
  /** Called for each accepted event, in order. */
  readonly onEvent?: (event: HecEvent) => void;
  /** Whether to keep every event in `received`, for small tests. */
  readonly store?: boolean;
  /** The indexes that the token may write to; by default any. */
  readonly indexes?: readonly string[];
  /** Larger requests get a 413. Bytes. */
  readonly maxBytes?: number;
  /** Enables indexer acknowledgement: how often an id is requested in vain before it is acknowledged. */
  readonly acknowledgeAfter?: number;
  /** The most channels, `max_number_of_ack_channel` in Splunk's limits.conf. Default 1,000,000. */
  readonly maxChannels?: number;
  /** When an idle channel is forgotten, `maxIdleTime` in Splunk's inputs.conf. Milliseconds, default 10 minutes. */
  readonly channelIdleMs?: number;
}

export interface HecReceiver extends Receiver {
  readonly token: string;
  readonly received: readonly HecEvent[];
}

const CODES = {
  ok: [200, 0, 'Success'],
  healthy: [200, 17, 'HEC is healthy'],
  tokenRequired: [401, 2, 'Token is required'],
  invalidAuthorization: [401, 3, 'Invalid authorization'],
  invalidToken: [403, 4, 'Invalid token'],
  noData: [400, 5, 'No data'],
  invalidFormat: [400, 6, 'Invalid data format'],
  incorrectIndex: [400, 7, 'Incorrect index'],
  channelMissing: [400, 10, 'Data channel is missing'],
  channelInvalid: [400, 11, 'Invalid data channel'],
  eventRequired: [400, 12, 'Event field is required'],
  eventBlank: [400, 13, 'Event field cannot be blank'],
  ackDisabled: [400, 14, 'ACK is disabled'],
  indexedFields: [400, 15, 'Error in handling indexed fields'],
  acksAtCapacity: [429, 27, 'HEC ACK channel is at capacity and cannot process any more requests'],
} as const;
type Code = keyof typeof CODES;

const EVENT_PATHS: ReadonlySet<string> = new Set([
  '/services/collector',
  '/services/collector/event',
  '/services/collector/event/1.0',
]);
/** The HTML with which Splunk's HTTP server refuses a long request before HEC sees it. */
const TOO_LARGE =
  '<!doctype html><html><head><title>413 Content-Length is too large</title></head><body><h1>Content-Length is too large</h1></body></html>';
const GUID = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

/** Starts a Splunk HTTP Event Collector on loopback, which checks token, channel and events, responds with HEC's codes, and acknowledges. */
export async function startHecReceiver(options: HecReceiverOptions): Promise<HecReceiver> {
  const received: HecEvent[] = [];
  const counts: ReceiverCounts = { requests: 0, faults: 0, refused: 0, events: 0 };
  const channels = new Channels(options.maxChannels ?? 1_000_000, options.channelIdleMs ?? 600_000);
  const withAcks = options.acknowledgeAfter !== undefined;

  function handle(request: ReceivedRequest): ReceiverReply {
    const url = new URL(request.path, 'http://receiver');
    if (url.pathname === '/services/collector/health' && request.method === 'GET') return say('healthy');
    const isAck = url.pathname === '/services/collector/ack';
    if (!isAck && !EVENT_PATHS.has(url.pathname)) {
      return { status: 404, body: '{"text":"The requested URL was not found on this server.","code":404}' };
    }
    if (request.method !== 'POST') return { status: 405, body: 'Method Not Allowed' };
    const refused = tokenTrouble(request.headers.authorization);
    if (refused) return say(refused);
    const channel =
      request.headers['x-splunk-request-channel'] ?? url.searchParams.get('channel') ?? undefined;
    if (isAck && !withAcks) return say('ackDisabled');
    if (withAcks && channel === undefined) return say('channelMissing');
    if (withAcks && channel !== undefined && !GUID.test(channel)) return say('channelInvalid');
    return isAck ? acks(request, channel ?? '') : take(request, channel ?? '');
  }

  function tokenTrouble(authorization: string | undefined): Code | undefined {
    if (authorization === undefined) return 'tokenRequired';
    const scheme = `${options.scheme ?? 'Splunk'} `;
    if (!authorization.startsWith(scheme)) return 'invalidAuthorization';
    const token = authorization.slice(scheme.length);
    const accepted = [...(options.moreTokens?.() ?? []), options.token];
    return accepted.includes(token) ? undefined : 'invalidToken';
  }

  function take(request: ReceivedRequest, channel: string): ReceiverReply {
    if (options.maxBytes !== undefined && Buffer.byteLength(request.body) > options.maxBytes) {
      return { status: 413, body: TOO_LARGE };
    }
    const { events, trouble } = readEvents(request.body, options.indexes);
    if (trouble) return say(trouble, { 'invalid-event-number': events.length });
    if (events.length === 0) return say('noData');
    const ackId = withAcks ? channels.nextId(channel) : undefined;
    if (withAcks && ackId === undefined) return say('acksAtCapacity');
    for (const event of events) {
      counts.events += 1;
      if (options.store) received.push(event);
      options.onEvent?.(event);
    }
    return say('ok', ackId === undefined ? {} : { ackId });
  }

  function acks(request: ReceivedRequest, channel: string): ReceiverReply {
    const asked: unknown = JSON.parse(request.body);
    const ids = isObject(asked) && Array.isArray(asked.acks) ? asked.acks : [];
    const waiting = channels.waitingIn(channel);
    const answers = ids.map((id) => {
      const times = waiting?.get(id);
      if (times === undefined) return [String(id), false] as const;
      const done = times >= (options.acknowledgeAfter ?? 0);
      // Splunk forgets an id once it has reported it as acknowledged.
      if (done) waiting?.delete(id);
      else waiting?.set(id, times + 1);
      return [String(id), done] as const;
    });
    return { status: 200, body: JSON.stringify({ acks: Object.fromEntries(answers) }) };
  }

  const receiver = await startReceiver(options, counts, handle);
  return { ...receiver, token: options.token, received };
}

/** Parses the events of a body up to the first one that HEC refuses. */
function readEvents(
  body: string,
  indexes: HecReceiverOptions['indexes'],
): { readonly events: readonly HecEvent[]; readonly trouble?: Code } {
  const events: HecEvent[] = [];
  for (const piece of jsonSequence(body)) {
    const trouble = 'error' in piece ? 'invalidFormat' : eventTrouble(piece.value, indexes);
    if (trouble) return { events, trouble };
    if ('value' in piece) events.push(piece.value as HecEvent);
  }
  return { events };
}

interface Channel {
  next: number;
  usedAt: number;
  /** By waiting id, how often it was requested. */
  readonly waiting: Map<number, number>;
}

/**
 * The channels of one indexer. Ids count from 0 in each channel, and the indexer does not know channels of other indexers. They are only in
 * memory, like Splunk's, so a restart forgets them.
 */
class Channels {
  readonly #most: number;
  readonly #idleMs: number;
  /** The channels, the longest idle first. */
  readonly #channels = new Map<string, Channel>();

  constructor(most: number, idleMs: number) {
    this.#most = most;
    this.#idleMs = idleMs;
  }

  /** The next id of a channel; undefined if there are too many channels. */
  nextId(channel: string): number | undefined {
    this.#forgetIdle();
    if (!this.#channels.has(channel) && this.#channels.size >= this.#most) return undefined;
    const state = this.#channels.get(channel) ?? { next: 0, usedAt: 0, waiting: new Map() };
    this.#use(channel, state);
    const id = state.next;
    state.next += 1;
    state.waiting.set(id, 0);
    return id;
  }

  /** The waiting ids of a channel; undefined for an unknown channel. */
  waitingIn(channel: string): Map<number, number> | undefined {
    this.#forgetIdle();
    const state = this.#channels.get(channel);
    if (state) this.#use(channel, state);
    return state?.waiting;
  }

  #use(channel: string, state: Channel): void {
    state.usedAt = performance.now();
    this.#channels.delete(channel);
    this.#channels.set(channel, state);
  }

  #forgetIdle(): void {
    const before = performance.now() - this.#idleMs;
    for (const [channel, { usedAt }] of this.#channels) {
      if (usedAt >= before) return;
      this.#channels.delete(channel);
    }
  }
}

function say(code: Code, more: Readonly<Record<string, unknown>> = {}): ReceiverReply {
  const [status, number, text] = CODES[code];
  return { status, body: JSON.stringify({ text, code: number, ...more }) };
}

function eventTrouble(value: unknown, indexes: readonly string[] | undefined): Code | undefined {
  if (!isObject(value)) return 'invalidFormat';
  if (!Object.hasOwn(value, 'event')) return 'eventRequired';
  if (value.event === '' || value.event === null) return 'eventBlank';
  if (value.fields !== undefined) {
    if (!isObject(value.fields)) return 'indexedFields';
    if (Object.values(value.fields).some((field) => isObject(field))) return 'indexedFields';
  }
  if (indexes !== undefined && !indexes.includes(String(value.index ?? 'main'))) return 'incorrectIndex';
  return undefined;
}
