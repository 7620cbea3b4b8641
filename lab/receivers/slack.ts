/** A substitute for Slack on loopback: an incoming webhook, and the two methods of the Web API that a bot posts with. */
import { isObject } from './json.ts';
import {
  type ReceivedRequest,
  type Receiver,
  type ReceiverCounts,
  type ReceiverOptions,
  type ReceiverReply,
  startReceiver,
} from './server.ts';
import { areTooLong, blockTrouble, contentOf, type SlackContent } from './slack-blocks.ts';
import { createWorkspace, type SlackChannel, type SlackWorkspace } from './slack-workspace.ts';

/** A message, a reply in a thread, or a change of a message, as it was accepted. */
export interface PostedMessage extends SlackContent {
  /** Absent for a message to the webhook. */
  readonly method?: 'post' | 'reply' | 'update';
}

export interface SlackReceiverOptions extends ReceiverOptions {
  /** Called for each accepted message, reply and change, in order. */
  readonly onMessage?: (message: PostedMessage) => void;
  /** Whether to keep every message, reply and change in `received`, for small tests. */
  readonly store?: boolean;
  /** A message to the webhook or to a channel that comes sooner than this after the last there gets a 429. Milliseconds. */
  readonly intervalMs?: number;
  /** More changes than this in a minute get a 429. */
  readonly updatesPerMinute?: number;
  /** Default: one channel, `C0123456789`, called `soc-alerts`. */
  readonly channels?: readonly SlackChannel[];
  /** The bot's token. */
  readonly token?: string;
}

export interface SlackReceiver extends Receiver {
  /** The webhook's address, which is a secret like Slack's addresses. */
  readonly url: string;
  /** The address of the Web API. */
  readonly api: string;
  /** The token that the Web API wants. */
  readonly token: string;
  readonly received: readonly PostedMessage[];
  /** What the Web API has put into the channels, as it stands now. */
  readonly workspace: SlackWorkspace;
  /** How often the receiver answered 429. */
  readonly throttled: () => number;
}

const PATH = '/services/T00000000/B00000000/XXXXXXXXXXXXXXXXXXXXXXXX';
const TOKEN = 'xoxb-000000000000-0000000000000-XXXXXXXXXXXXXXXXXXXXXXXX';
const CHANNELS: readonly SlackChannel[] = [{ id: 'C0123456789', name: 'soc-alerts' }];

/** Arguments that a method knows, as far as xdr-relay has use for them. Slack ignores others; here a misspelt one is found. */
const ARGUMENTS: Readonly<Record<string, readonly string[]>> = {
  'chat.postMessage': ['channel', 'text', 'blocks', 'thread_ts', 'unfurl_links', 'unfurl_media'],
  'chat.update': ['channel', 'ts', 'text', 'blocks'],
};

/**
 * Starts Slack on loopback. It enforces the limits of blocks as strictly as Slack, and where it is told to, its pace. `counts.events` counts messages and
 * replies, not changes; `counts.refused` also what the Web API refuses with 200.
 */
export async function startSlackReceiver(options: SlackReceiverOptions = {}): Promise<SlackReceiver> {
  const received: PostedMessage[] = [];
  const counts: ReceiverCounts = { requests: 0, faults: 0, refused: 0, events: 0 };
  const workspace = createWorkspace(options.channels ?? CHANNELS);
  const token = options.token ?? TOKEN;
  const last = new Map<string, number>();
  const updates: number[] = [];
  let throttled = 0;

  /** Whether a place takes a message now. */
  function isTooSoon(place: string): boolean {
    const before = last.get(place) ?? Number.NEGATIVE_INFINITY;
    return options.intervalMs !== undefined && performance.now() - before < options.intervalMs;
  }

  function accept(place: string, message: PostedMessage): void {
    if (message.method === 'update') {
      updates.push(performance.now());
    } else {
      last.set(place, performance.now());
      counts.events += 1;
    }
    if (options.store) received.push(message);
    options.onMessage?.(message);
  }

  function webhook(request: ReceivedRequest): ReceiverReply {
    if (request.method !== 'POST') return { status: 405, body: 'method_not_allowed' };
    if (isTooSoon(PATH)) {
      throttled += 1;
      return { status: 429, headers: { 'retry-after': '1' }, body: 'rate_limited' };
    }
    const body = parsed(request.body);
    const content = body && contentOf(body);
    if (content === undefined) return { status: 400, body: 'invalid_payload' };
    const trouble = blockTrouble(content.blocks);
    if (trouble !== undefined) return { status: 400, body: `invalid_blocks: ${trouble}` };
    if (areTooLong(content.blocks)) return { status: 400, body: 'msg_blocks_too_long' };
    accept(PATH, content);
    return { status: 200, body: 'ok' };
  }

  function api(method: string, request: ReceivedRequest): ReceiverReply {
    const body = checkedCall(method, request, token);
    if (typeof body === 'string') return no(body);
    const { channel, ts, thread_ts: thread } = body;
    if (typeof channel !== 'string') return no('channel_not_found');
    const place = workspace.idOf(channel) ?? channel;
    const isUpdate = method === 'chat.update';
    if (isUpdate ? areTooMany() : isTooSoon(place)) {
      throttled += 1;
      return { ...no('ratelimited'), status: 429, headers: { 'retry-after': '1' } };
    }
    const content = checkedContent(body);
    if ('error' in content) return no(content.error, content.detail);
    if (thread !== undefined && typeof thread !== 'string') return no('thread_not_found');
    const outcome = isUpdate
      ? workspace.update(channel, String(ts), content)
      : workspace.post(channel, thread, content);
    if ('error' in outcome) return no(outcome.error);
    accept(place, { ...content, method: isUpdate ? 'update' : thread === undefined ? 'post' : 'reply' });
    return { status: 200, body: JSON.stringify({ ok: true, ...outcome }) };
  }

  function areTooMany(): boolean {
    const { updatesPerMinute } = options;
    const since = performance.now() - 60_000;
    return updatesPerMinute !== undefined && updates.filter((at) => at > since).length >= updatesPerMinute;
  }

  function handle(request: ReceivedRequest): ReceiverReply {
    if (request.path === PATH) return webhook(request);
    const method = /^\/api\/([A-Za-z.]+)$/.exec(request.path)?.[1];
    if (method === undefined) return { status: 404, body: 'no_service' };
    const reply = api(method, request);
    // The server counts refusals by their status.
    if (reply.status === 200 && reply.body?.startsWith('{"ok":false')) counts.refused += 1;
    return reply;
  }

  const receiver = await startReceiver(options, counts, handle);
  return {
    ...receiver,
    url: `${receiver.origin}${PATH}`,
    api: `${receiver.origin}/api`,
    token,
    received,
    workspace,
    throttled: () => throttled,
  };
}

/** What the Web API answers where it refuses. */
function no(error: string, detail?: string): ReceiverReply {
  const messages = detail === undefined ? {} : { response_metadata: { messages: [`[ERROR] ${detail}`] } };
  return { status: 200, body: JSON.stringify({ ok: false, error, ...messages }) };
}

/** The arguments of a call, or Slack's word for what is wrong with it. */
function checkedCall(
  method: string,
  { headers, body: text }: ReceivedRequest,
  token: string,
): Readonly<Record<string, unknown>> | string {
  const known = ARGUMENTS[method];
  if (known === undefined) return 'unknown_method';
  const { authorization = '', 'content-type': type = '' } = headers;
  if (authorization === '') return 'not_authed';
  if (authorization !== `Bearer ${token}`) return 'invalid_auth';
  if (!/^application\/json(?:;|$)/.test(type)) return 'invalid_post_type';
  const body = parsed(text);
  if (body === undefined) return 'invalid_json';
  return Object.keys(body).every((key) => known.includes(key)) ? body : 'invalid_arguments';
}

function checkedContent(
  body: Readonly<Record<string, unknown>>,
): SlackContent | { readonly error: string; readonly detail?: string } {
  const content = contentOf(body);
  if (content === undefined) return { error: 'no_text' };
  const detail = blockTrouble(content.blocks);
  if (detail !== undefined) return { error: 'invalid_blocks', detail };
  return areTooLong(content.blocks) ? { error: 'msg_blocks_too_long' } : content;
}

function parsed(body: string): Readonly<Record<string, unknown>> | undefined {
  try {
    const value: unknown = JSON.parse(body);
    return isObject(value) ? value : undefined;
  } catch {
    return undefined;
  }
}
