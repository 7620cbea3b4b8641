/** A substitute for an HTTP Event Collector on loopback: Splunk's, or a compatible one (see hec-profiles.ts). It has no raw endpoint. */
import type { BodyFault } from './body.ts';
import { type AckRule, Channels } from './hec-channels.ts';
import { type HecCode, type HecDetails, hecReply } from './hec-codes.ts';
import { type HecEvent, readEvents } from './hec-events.ts';
import { HEC_PROFILES, type HecProfileName, type HecScheme, tokenOf } from './hec-profiles.ts';
import { isObject } from './json.ts';
import {
  type ReceivedRequest,
  type Receiver,
  type ReceiverCounts,
  type ReceiverOptions,
  type ReceiverReply,
  startReceiver,
} from './server.ts';

export type { AckRule, AskedAck } from './hec-channels.ts';
export { HEC_CODES, type HecCode, hecReply } from './hec-codes.ts';
export type { HecEvent } from './hec-events.ts';
export type { HecProfileName, HecScheme } from './hec-profiles.ts';

/** The state of a collector, as an operator or the load makes it. */
export interface HecCondition {
  readonly token?: 'disabled';
  /** `near`: requests are taken with codes 24 and 25. `full`: they get codes 26 and 27. `down`: the health check fails, and questions get 503. */
  readonly queue?: 'near' | 'full';
  readonly acks?: 'near' | 'full' | 'down';
  /** `busy`: code 9. `failing`: code 8. `stopping`: code 23. */
  readonly server?: 'busy' | 'failing' | 'stopping';
  /** How many events of each request are indexed before a busy server stops; the reply has that `invalid-event-number`. */
  readonly takes?: number;
}

export interface HecReceiverOptions extends ReceiverOptions {
  readonly token: string;
  /** Other tokens that are accepted now, as while a token is rotated. */
  readonly moreTokens?: () => readonly string[];
  /** The product. Default: `splunk`. */
  readonly profile?: HecProfileName;
  /** The only scheme in which the token is accepted. Default: those of the product. */
  readonly scheme?: HecScheme;
  /** Called for each accepted event, in order. */
  readonly onEvent?: (event: HecEvent) => void;
  /** Whether to keep every event in `received`, for small tests. */
  readonly store?: boolean;
  /** The indexes that the token may write to; by default any. */
  readonly indexes?: readonly string[];
  /** The longest request after decoding, in bytes. Default: the product's. */
  readonly maxBytes?: number;
  /** Enables acknowledgement: how often an id is requested in vain before it is acknowledged, or a rule that decides. */
  readonly acknowledgeAfter?: number | AckRule;
  /** The most channels. Default 1,000,000. */
  readonly maxChannels?: number;
  /** The most waiting ids of a channel. Default 1,000,000. */
  readonly maxPending?: number;
  /** When an idle channel is forgotten. Milliseconds, default 10 minutes. */
  readonly channelIdleMs?: number;
  /** The collector's state now. Default: everything works. */
  readonly condition?: () => HecCondition;
}

export interface HecReceiver extends Receiver {
  readonly token: string;
  readonly received: readonly HecEvent[];
  /** How many ids wait to be acknowledged. */
  readonly pending: () => number;
}

/** The HTML with which Splunk's HTTP server refuses a long request before HEC sees it. */
const TOO_LARGE =
  '<!doctype html><html><head><title>413 Content-Length is too large</title></head><body><h1>Content-Length is too large</h1></body></html>';
const NOT_FOUND = '{"text":"The requested URL was not found on this server.","code":404}';
const GUID = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

/** Starts an HTTP Event Collector on loopback, which checks token, channel and events, responds with HEC's codes, and acknowledges. */
export async function startHecReceiver(options: HecReceiverOptions): Promise<HecReceiver> {
  const profile = HEC_PROFILES[options.profile ?? 'splunk'];
  const schemes = options.scheme === undefined ? profile.schemes : [options.scheme];
  const maxBytes = options.maxBytes ?? profile.maxBytes;
  const received: HecEvent[] = [];
  const counts: ReceiverCounts = { requests: 0, faults: 0, refused: 0, events: 0 };
  const { acknowledgeAfter } = options;
  const withAcks = acknowledgeAfter !== undefined && profile.acks !== 'never';
  const channels = new Channels(
    {
      channels: options.maxChannels ?? 1_000_000,
      pending: options.maxPending ?? 1_000_000,
      idleMs: options.channelIdleMs ?? 600_000,
    },
    typeof acknowledgeAfter === 'function'
      ? acknowledgeAfter
      : ({ asked }) => asked >= (acknowledgeAfter ?? 0),
  );
  const condition = (): HecCondition => options.condition?.() ?? {};

  function say(code: HecCode, details: HecDetails = {}): ReceiverReply {
    const reply = hecReply(code, details);
    if (profile.hasCodes || reply.status < 300) return reply;
    return { status: reply.status, body: code };
  }

  function refuseBody(fault: BodyFault): ReceiverReply {
    if (fault === 'unsupported_encoding') return { status: 415, body: 'Unsupported Media Type' };
    if (fault !== 'too_large') return say('invalidFormat');
    if (profile.oversize === 'code_6') return say('invalidFormat', { 'invalid-event-number': 0 });
    return { status: 413, body: profile.oversize === 'html' ? TOO_LARGE : 'Request Entity Too Large' };
  }

  function handle(request: ReceivedRequest): ReceiverReply {
    const { pathname } = new URL(request.path, 'http://receiver');
    const isHealth = profile.healthPaths.includes(pathname);
    const isAck = profile.ackPaths.includes(pathname);
    if (!isHealth && !isAck && !profile.eventPaths.includes(pathname))
      return { status: 404, body: NOT_FOUND };
    const allow = isHealth ? 'GET, HEAD, OPTIONS' : 'POST, OPTIONS';
    if (request.method === 'OPTIONS') return { status: 200, headers: { allow } };
    if (!allow.includes(request.method)) return { status: 405, headers: { allow }, body: NOT_FOUND };
    if (isHealth) return health(request);
    const refused = serverTrouble() ?? tokenTrouble(request);
    if (refused) return say(refused);
    return isAck ? answerAcks(request) : answerEvents(request);
  }

  function serverTrouble(): HecCode | undefined {
    const { server } = condition();
    if (server === 'stopping') return 'shuttingDown';
    return server === 'failing' ? 'internalError' : undefined;
  }

  function tokenTrouble(request: ReceivedRequest): HecCode | undefined {
    const given = tokenOf(request, schemes);
    if ('trouble' in given) return given.trouble;
    const accepted = [...(options.moreTokens?.() ?? []), options.token];
    if (!accepted.includes(given.token)) return 'invalidToken';
    return condition().token === 'disabled' ? 'tokenDisabled' : undefined;
  }

  /** Splunk's page has code 21 for a wrong token; a request without a token is answered all the same. */
  function health(request: ReceivedRequest): ReceiverReply {
    const { server, queue, acks } = condition();
    if (server === 'stopping') return say('shuttingDown');
    const trouble = request.headers.authorization === undefined ? undefined : tokenTrouble(request);
    if (trouble !== undefined)
      return say(trouble === 'tokenDisabled' ? 'healthTokenDisabled' : 'healthInvalidToken');
    if (queue === 'full') return say(acks === 'down' ? 'queuesFullAcksDown' : 'queuesFull');
    return say(acks === 'down' ? 'acksDown' : 'healthy');
  }

  /** The channel of a request; a code if it must have one and has none, or if the acks of the channel are full. */
  function channelOf(request: ReceivedRequest): { readonly channel: string } | { readonly trouble: HecCode } {
    const { searchParams } = new URL(request.path, 'http://receiver');
    const channel = request.headers['x-splunk-request-channel'] ?? searchParams.get('channel') ?? undefined;
    if (channel === undefined) return { trouble: 'channelMissing' };
    return GUID.test(channel) ? { channel } : { trouble: 'channelInvalid' };
  }

  function answerEvents(request: ReceivedRequest): ReceiverReply {
    const given = withAcks && profile.acks === 'indexed' ? channelOf(request) : { channel: undefined };
    if ('trouble' in given) return say(given.trouble);
    const { queue, acks } = condition();
    if (queue === 'full') return say('queueAtCapacity');
    const { channel } = given;
    if (channel !== undefined && (acks === 'full' || channels.isAtCapacity(channel)))
      return say('acksAtCapacity');
    return take(request.body, channel);
  }

  function take(body: string, channel: string | undefined): ReceiverReply {
    const { server, takes = 0, queue, acks } = condition();
    const read = readEvents(body, profile.events, options.indexes);
    if (!read.trouble && read.events.length === 0) return say('noData');
    const isBusy = server === 'busy';
    const events = isBusy ? read.events.slice(0, takes) : read.events;
    for (const event of events) {
      counts.events += 1;
      if (options.store) received.push(event);
      options.onEvent?.(event);
    }
    const ackId = channel === undefined || events.length === 0 ? undefined : channels.nextId(channel);
    const details = ackId === undefined ? {} : { ackId };
    if (isBusy) return say('busy', { 'invalid-event-number': events.length, ...details });
    if (read.trouble) return say(read.trouble, { 'invalid-event-number': read.invalidNumber, ...details });
    if (queue === 'near') return say('queueNearCapacity', details);
    return say(acks === 'near' && channel !== undefined ? 'acksNearCapacity' : 'ok', details);
  }

  function answerAcks(request: ReceivedRequest): ReceiverReply {
    if (!withAcks) return say('ackDisabled');
    const given = channelOf(request);
    const isFake = profile.acks === 'always';
    if ('trouble' in given && !isFake) return say(given.trouble);
    const { acks, server } = condition();
    if (acks === 'down' || server === 'busy') return say('busy');
    const ids = idsOf(request.body);
    if (ids === undefined) return say('invalidFormat');
    const answers =
      isFake || 'trouble' in given
        ? Object.fromEntries(ids.map((id) => [String(id), true]))
        : channels.ask(given.channel, ids);
    return { status: 200, body: JSON.stringify({ acks: answers }) };
  }

  const receiver = await startReceiver(options, counts, handle, { maxBytes, refuse: refuseBody });
  return { ...receiver, token: options.token, received, pending: () => channels.pending };
}

/** The ids of `{"acks": [0, 1]}`; undefined for another form. */
function idsOf(body: string): readonly number[] | undefined {
  let value: unknown;
  try {
    value = JSON.parse(body);
  } catch {
    return undefined;
  }
  const ids: unknown = isObject(value) ? value.acks : undefined;
  if (!Array.isArray(ids)) return undefined;
  const isId = (id: unknown): boolean => Number.isSafeInteger(id) && Number(id) >= 0;
  return ids.every(isId) ? (ids as readonly number[]) : undefined;
}
