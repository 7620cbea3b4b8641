/** A substitute for a Slack incoming webhook, on loopback. */
import { isObject } from './json.ts';
import {
  type ReceivedRequest,
  type Receiver,
  type ReceiverCounts,
  type ReceiverOptions,
  type ReceiverReply,
  startReceiver,
} from './server.ts';

/** A posted message. */
export interface PostedMessage {
  readonly text: string;
  readonly blocks: readonly Readonly<Record<string, unknown>>[];
}

export interface SlackReceiverOptions extends ReceiverOptions {
  /** Called for each accepted message, in order. */
  readonly onMessage?: (message: PostedMessage) => void;
  /** Whether to keep every message in `received`, for small tests. */
  readonly store?: boolean;
  /** A message that comes sooner than this after the last gets a 429. Milliseconds. */
  readonly intervalMs?: number;
}

export interface SlackReceiver extends Receiver {
  /** The webhook's address, which is a secret like Slack's addresses. */
  readonly url: string;
  readonly received: readonly PostedMessage[];
}

const PATH = '/services/T00000000/B00000000/XXXXXXXXXXXXXXXXXXXXXXXX';

/** Starts a Slack incoming webhook on loopback that enforces Block Kit's limits like Slack. `counts.events` counts messages. */
export async function startSlackReceiver(options: SlackReceiverOptions = {}): Promise<SlackReceiver> {
  const received: PostedMessage[] = [];
  const counts: ReceiverCounts = { requests: 0, faults: 0, refused: 0, events: 0 };
  let last = Number.NEGATIVE_INFINITY;

  function handle(request: ReceivedRequest): ReceiverReply {
    if (request.path !== PATH) return { status: 404, body: 'no_service' };
    if (request.method !== 'POST') return { status: 405, body: 'method_not_allowed' };
    const now = performance.now();
    if (options.intervalMs !== undefined && now - last < options.intervalMs) {
      return { status: 429, headers: { 'retry-after': '1' }, body: 'rate_limited' };
    }
    const message = parse(request.body);
    if (message === undefined) return { status: 400, body: 'invalid_payload' };
    const trouble = blockTrouble(message.blocks);
    if (trouble !== undefined) return { status: 400, body: `invalid_blocks: ${trouble}` };
    last = now;
    counts.events += 1;
    if (options.store) received.push(message);
    options.onMessage?.(message);
    return { status: 200, body: 'ok' };
  }

  const receiver = await startReceiver(options, counts, handle);
  return { ...receiver, url: `${receiver.origin}${PATH}`, received };
}

function parse(body: string): PostedMessage | undefined {
  let value: unknown;
  try {
    value = JSON.parse(body);
  } catch {
    return undefined;
  }
  if (!isObject(value)) return undefined;
  const { text, blocks = [] } = value;
  if (typeof text !== 'string' || text.length > 40_000 || !Array.isArray(blocks)) return undefined;
  if (text === '' && blocks.length === 0) return undefined;
  return blocks.every(isObject) ? { text, blocks } : undefined;
}

/** The first violation of Slack's rules for blocks (Slack, "Reference: blocks"). */
function blockTrouble(blocks: PostedMessage['blocks']): string | undefined {
  if (blocks.length > 50) return 'more than 50 blocks';
  for (const [at, block] of blocks.entries()) {
    const trouble = oneBlock(block);
    if (trouble !== undefined) return `block ${at}: ${trouble}`;
  }
  return undefined;
}

function oneBlock(block: Readonly<Record<string, unknown>>): string | undefined {
  switch (block.type) {
    case 'divider':
      return undefined;
    case 'header':
      return textTrouble(block.text, 150, ['plain_text']);
    case 'section': {
      const { text, fields } = block;
      if (text === undefined && fields === undefined) return 'section without text and fields';
      if (text !== undefined) return textTrouble(text, 3_000, ['plain_text', 'mrkdwn']);
      return listTrouble(fields, 2_000);
    }
    case 'context':
      return listTrouble(block.elements, 3_000);
    default:
      return `unknown type ${String(block.type)}`;
  }
}

function listTrouble(list: unknown, limit: number): string | undefined {
  if (!Array.isArray(list) || list.length < 1 || list.length > 10) return 'not 1 to 10 elements';
  for (const text of list) {
    const trouble = textTrouble(text, limit, ['plain_text', 'mrkdwn']);
    if (trouble !== undefined) return trouble;
  }
  return undefined;
}

function textTrouble(value: unknown, limit: number, types: readonly string[]): string | undefined {
  if (!isObject(value) || !types.includes(String(value.type)))
    return `not a text of type ${types.join(' or ')}`;
  if (typeof value.text !== 'string' || value.text.length < 1) return 'empty text';
  if (value.text.length > limit) return `text longer than ${limit}`;
  const known: readonly string[] =
    value.type === 'mrkdwn' ? ['type', 'text', 'verbatim'] : ['type', 'text', 'emoji'];
  const unknown = Object.keys(value).find((key) => !known.includes(key));
  return unknown === undefined ? undefined : `unknown key ${unknown}`;
}
