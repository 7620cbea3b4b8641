import { isObject, jsonSequence } from './json.ts';
import {
  type ReceivedRequest,
  type Receiver,
  type ReceiverCounts,
  type ReceiverOptions,
  type ReceiverReply,
  startReceiver,
} from './server.ts';

/** One event as HEC takes it. */
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
  /** Called for each event that was taken, in order. */
  readonly onEvent?: (event: HecEvent) => void;
  /** Keeps every event in `received`: for small tests. */
  readonly store?: boolean;
  /** Indexes the token may write to; any where left out. */
  readonly indexes?: readonly string[];
  /** Larger requests are answered 413. */
  readonly maxBytes?: number;
  /** Switches indexer acknowledgement on: how often an id is asked for in vain before it is acknowledged. */
  readonly acknowledgeAfter?: number;
}

export interface HecReceiver extends Receiver {
  readonly token: string;
  readonly received: readonly HecEvent[];
}

const CODES = {
  ok: [200, 0, 'Success'],
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
} as const;
type Code = keyof typeof CODES;

const EVENT_PATHS: ReadonlySet<string> = new Set([
  '/services/collector',
  '/services/collector/event',
  '/services/collector/event/1.0',
]);
const GUID = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

/** A Splunk HTTP Event Collector on loopback: checks token, channel and events, answers in HEC's codes, acknowledges. */
export async function startHecReceiver(options: HecReceiverOptions): Promise<HecReceiver> {
  const received: HecEvent[] = [];
  const counts: ReceiverCounts = { requests: 0, faults: 0, refused: 0, events: 0 };
  /** Per channel: how often each id that waits was asked for. */
  const channels = new Map<string, { next: number; readonly waiting: Map<number, number> }>();
  const withAcks = options.acknowledgeAfter !== undefined;

  function handle(request: ReceivedRequest): ReceiverReply {
    const url = new URL(request.path, 'http://receiver');
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
    if (!authorization.startsWith('Splunk ')) return 'invalidAuthorization';
    return authorization.slice('Splunk '.length) === options.token ? undefined : 'invalidToken';
  }

  function take(request: ReceivedRequest, channel: string): ReceiverReply {
    if (options.maxBytes !== undefined && Buffer.byteLength(request.body) > options.maxBytes) {
      return { status: 413, body: '{"text":"Request entity too large","code":27}' };
    }
    const events: HecEvent[] = [];
    for (const piece of jsonSequence(request.body)) {
      const trouble = 'error' in piece ? 'invalidFormat' : eventTrouble(piece.value, options.indexes);
      if (trouble) return say(trouble, { 'invalid-event-number': events.length });
      if ('value' in piece) events.push(piece.value as HecEvent);
    }
    if (events.length === 0) return say('noData');
    for (const event of events) {
      counts.events += 1;
      if (options.store) received.push(event);
      options.onEvent?.(event);
    }
    if (!withAcks) return say('ok');
    const state = channels.get(channel) ?? { next: 0, waiting: new Map<number, number>() };
    channels.set(channel, state);
    const ackId = state.next;
    state.next += 1;
    state.waiting.set(ackId, 0);
    return say('ok', { ackId });
  }

  function acks(request: ReceivedRequest, channel: string): ReceiverReply {
    const asked: unknown = JSON.parse(request.body);
    const ids = isObject(asked) && Array.isArray(asked.acks) ? asked.acks : [];
    const waiting = channels.get(channel)?.waiting;
    const answers = ids.map((id) => {
      const times = waiting?.get(id);
      if (times === undefined) return [String(id), false] as const;
      const done = times >= (options.acknowledgeAfter ?? 0);
      // Splunk forgets an id once it has said true.
      if (done) waiting?.delete(id);
      else waiting?.set(id, times + 1);
      return [String(id), done] as const;
    });
    return { status: 200, body: JSON.stringify({ acks: Object.fromEntries(answers) }) };
  }

  const receiver = await startReceiver(options, counts, handle);
  return { ...receiver, token: options.token, received };
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
