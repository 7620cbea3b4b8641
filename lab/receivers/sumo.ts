/**
 * A substitute for an HTTP source of Sumo Logic (`POST /receiver/v1/http/<code>`) on loopback, written from Sumo Logic's pages:
 *
 * - https://help.sumologic.com/docs/send-data/hosted-collectors/http-source/logs-metrics/upload-logs/ : method, path, headers, UTF-8; query
 *   parameters are ignored
 * - https://help.sumologic.com/docs/send-data/hosted-collectors/http-source/logs-metrics/ : compression, and "up to but not exceeding 1MB of
 *   uncompressed data", of which the next page says that "no hard limits are imposed"
 * - https://help.sumologic.com/docs/send-data/hosted-collectors/http-source/troubleshooting/ : status codes, and the text of 429
 * - https://help.sumologic.com/docs/manage/fields/ : limits of fields
 *
 * The pages do not say what a malformed request gets ("If a Source is not receiving data, the problem may be ..."). Here it gets a 400, so that nobody
 * misses it: for another encoding than gzip and deflate, for what is not UTF-8 or has no lines, for a header `X-Sumo-...` that the pages do not have or
 * that is malformed, and for a content type of metrics. A body longer than 1 MB is taken, and noted in `warnings`. A source takes any text: this one
 * wants a JSON object on each line, because nothing else is sent to it.
 */
import { isObject } from './json.ts';
import {
  type ReceivedRequest,
  type Receiver,
  type ReceiverCounts,
  type ReceiverOptions,
  type ReceiverReply,
  startReceiver,
} from './server.ts';

/** A log message as it was accepted, with the metadata of its request. */
export interface SumoMessage {
  readonly message: Readonly<Record<string, unknown>>;
  readonly category?: string;
  readonly name?: string;
  readonly host?: string;
  /** `X-Sumo-Fields` */
  readonly fields: Readonly<Record<string, string>>;
}

export interface SumoReceiverOptions extends ReceiverOptions {
  /** The end of the source's address, which is its secret. Default: an invented one. */
  readonly code?: string;
  /** Called for each accepted message, in order. */
  readonly onEvent?: (message: SumoMessage) => void;
  /** Whether to keep every message in `received`, for small tests. */
  readonly store?: boolean;
}

export interface SumoReceiver extends Receiver {
  /** The source's address, which is a secret. */
  readonly url: string;
  readonly received: readonly SumoMessage[];
  /** Why Sumo Logic recommends against requests that it has accepted. */
  readonly warnings: readonly string[];
}

const PATH = '/receiver/v1/http/';
const CODE = 'ZaVnC4dhaV2ExampleExampleExampleExampleExampleExampleExampleExample==';
const RECOMMENDED_BYTES = 1_000_000;
const HEADERS = ['x-sumo-name', 'x-sumo-host', 'x-sumo-category', 'x-sumo-fields'];

/** What a source answers while the account exceeds its quota. */
export const SUMO_THROTTLED: ReceiverReply = {
  status: 429,
  body: 'You have temporarily exceeded your Sumo Logic quota. Please try again at a later time',
};

/** Starts an HTTP source of Sumo Logic on loopback. It answers 200 without a body. */
export async function startSumoReceiver(options: SumoReceiverOptions = {}): Promise<SumoReceiver> {
  const received: SumoMessage[] = [];
  const warnings: string[] = [];
  const counts: ReceiverCounts = { requests: 0, faults: 0, refused: 0, events: 0 };
  const code = options.code ?? CODE;
  const path = `${PATH}${code}`;

  function handle(request: ReceivedRequest): ReceiverReply {
    const refused = headTrouble(request, code);
    if (refused) return refused;
    const fields = fieldsOf(request.headers['x-sumo-fields']);
    if (typeof fields === 'string') return { status: 400, body: fields };
    const messages = messagesOf(request.body);
    if (typeof messages === 'string') return { status: 400, body: messages };
    if (Buffer.byteLength(request.body) > RECOMMENDED_BYTES) {
      warnings.push(`${Buffer.byteLength(request.body)} bytes are more than 1 MB`);
    }
    const metadata = metadataOf(request.headers);
    for (const message of messages) {
      counts.events += 1;
      const made = { message, ...metadata, fields };
      if (options.store) received.push(made);
      options.onEvent?.(made);
    }
    return { status: 200 };
  }

  const receiver = await startReceiver(options, counts, handle, {
    encodings: ['gzip', 'deflate'],
    refuse: (fault) => ({ status: fault === 'too_large' ? 413 : 400, body: fault }),
  });
  return { ...receiver, url: `${receiver.origin}${path}`, received, warnings };
}

function headTrouble(request: ReceivedRequest, code: string): ReceiverReply | undefined {
  const { headers, method } = request;
  const [pathname = ''] = request.path.split('?');
  if (!pathname.startsWith(PATH)) return { status: 404, body: 'Not Found' };
  const given = pathname.slice(PATH.length);
  if (given !== code && given !== encodeURIComponent(code)) return { status: 401, body: 'Unauthorized' };
  if (method !== 'POST') return { status: 405, headers: { allow: 'POST' }, body: 'Method Not Allowed' };
  const unknown = Object.keys(headers).find((name) => name.startsWith('x-sumo-') && !HEADERS.includes(name));
  if (unknown !== undefined) return { status: 400, body: `unknown header ${unknown}` };
  const blank = HEADERS.find((name) => headers[name]?.trim() === '');
  if (blank !== undefined) return { status: 400, body: `blank header ${blank}` };
  if (headers['content-type']?.startsWith('application/vnd.sumologic.')) {
    return { status: 400, body: 'a content type of metrics' };
  }
  return undefined;
}

/** "Fields need to be in a comma separated list of key-value pairs." A string says why they are not. */
function fieldsOf(header: string | undefined): Readonly<Record<string, string>> | string {
  if (header === undefined) return {};
  const pairs = header.split(',').map((pair) => pair.split(/=(.*)/s).map((part) => part.trim()));
  if (pairs.length > 30) return 'more than 30 fields';
  for (const [key = '', value = ''] of pairs) {
    if (key === '' || value === '') return 'a field is not a key and a value';
    if (key.length > 255) return 'the name of a field is longer than 255 characters';
    if (value.length > 200) return 'the value of a field is longer than 200 characters';
  }
  return Object.fromEntries(pairs.map(([key = '', value = '']) => [key, value]));
}

/** The messages of the lines of a body. A string says why there are none. */
function messagesOf(body: string): readonly Readonly<Record<string, unknown>>[] | string {
  const lines = body.split(/\r?\n/);
  if (lines.at(-1) === '') lines.pop();
  if (lines.length === 0) return 'no lines';
  const messages: Readonly<Record<string, unknown>>[] = [];
  for (const line of lines) {
    const message = parsed(line);
    if (!isObject(message)) return `line ${messages.length + 1} is not a JSON object`;
    messages.push(message);
  }
  return messages;
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function metadataOf(headers: Readonly<Record<string, string>>): Omit<SumoMessage, 'message' | 'fields'> {
  const { 'x-sumo-category': category, 'x-sumo-name': name, 'x-sumo-host': host } = headers;
  return {
    ...(category !== undefined && { category }),
    ...(name !== undefined && { name }),
    ...(host !== undefined && { host }),
  };
}
