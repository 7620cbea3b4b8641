/**
 * A substitute for Datadog's log intake (`POST /api/v2/logs`) on loopback, which refuses what Datadog's pages do not allow:
 *
 * - https://docs.datadoghq.com/api/latest/logs/send-logs/ : limits, status codes, form of errors, `202 {}`
 * - https://datadoghq.dev/datadog-api-client-typescript/classes/v2.HTTPLogItem.html : attributes and their types, `message` is required
 * - https://docs.datadoghq.com/logs/log_collection/ : limits of a log and its tags, and what happens to logs beyond them
 * - https://docs.datadoghq.com/logs/log_configuration/processors/log_date_remapper/ : which attributes are the time of a log
 *
 * Where the pages leave room, this receiver takes the stricter reading: 1 MB is 1,000,000 bytes, an empty array is a malformed payload, query
 * parameters are refused because the pages have them for `text/plain` only, and so is a content type other than JSON.
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

/** A log as it was accepted. */
export type DatadogLog = Readonly<Record<string, unknown>>;

/** What Datadog does to a log that it has accepted with 202. */
export interface DatadogWarning {
  readonly log: DatadogLog;
  /** `truncated`: longer than 1 MB. `not_indexed`: its time is too far away. `altered`: attributes or tags beyond the limits. */
  readonly effect: 'truncated' | 'not_indexed' | 'altered';
  readonly reason: string;
}

export interface DatadogReceiverOptions extends ReceiverOptions {
  /** Default: an invented key of 32 hexadecimal digits. */
  readonly apiKey?: string;
  /** Called for each accepted log, in order. */
  readonly onEvent?: (log: DatadogLog) => void;
  /** Whether to keep every log in `received`, for small tests. */
  readonly store?: boolean;
  /** The receiver's clock, milliseconds since the epoch. Default: the wall clock. */
  readonly now?: () => number;
}

export interface DatadogReceiver extends Receiver {
  /** The address of the intake. */
  readonly url: string;
  readonly apiKey: string;
  readonly received: readonly DatadogLog[];
  /** The accepted logs that Datadog would not keep as they were sent. */
  readonly warnings: readonly DatadogWarning[];
}

const PATH = '/api/v2/logs';
const MB = 1_000_000;
const MOST_LOGS = 1_000;
const HOUR_MS = 3_600_000;
const TITLES: Readonly<Record<number, string>> = {
  400: 'Bad Request',
  401: 'Unauthorized',
  403: 'Forbidden',
  404: 'Not Found',
  405: 'Method Not Allowed',
  408: 'Request Timeout',
  413: 'Payload Too Large',
  429: 'Too Many Requests',
  500: 'Internal Server Error',
  503: 'Service Unavailable',
};
const TEXTS = ['ddsource', 'ddtags', 'hostname', 'message', 'service'];
/** The attributes that hold the time of a log, the first one present counts. */
const TIMES = ['timestamp', 'date', '_timestamp', 'Timestamp', 'eventTime', 'published_date'];

/** An answer of the intake that is not 202, with Datadog's form of errors. */
export function datadogError(status: number, detail = TITLES[status] ?? ''): ReceiverReply {
  const error = { detail, status: String(status), title: TITLES[status] ?? '' };
  return { status, body: JSON.stringify({ errors: [error] }) };
}

/** Starts Datadog's log intake on loopback. It answers 202 with `{}`, or an error; `warnings` has what 202 does not tell. */
export async function startDatadogReceiver(options: DatadogReceiverOptions = {}): Promise<DatadogReceiver> {
  const received: DatadogLog[] = [];
  const warnings: DatadogWarning[] = [];
  const counts: ReceiverCounts = { requests: 0, faults: 0, refused: 0, events: 0 };
  const apiKey = options.apiKey ?? '0123456789abcdef0123456789abcdef';
  const now = options.now ?? (() => Date.now());

  function handle(request: ReceivedRequest): ReceiverReply {
    const refused = headTrouble(request, apiKey);
    if (refused) return refused;
    const logs = logsOf(request.body);
    if (typeof logs === 'string') return datadogError(400, logs);
    for (const log of logs) {
      counts.events += 1;
      if (options.store) received.push(log);
      warnings.push(...warningsOf(log, now()));
      options.onEvent?.(log);
    }
    return { status: 202, body: '{}' };
  }

  const receiver = await startReceiver(options, counts, handle, {
    encodings: ['gzip', 'deflate'],
    maxBytes: 5 * MB,
    refuse: (fault) => (fault === 'too_large' ? datadogError(413) : datadogError(400, 'Malformed payload')),
  });
  return { ...receiver, url: `${receiver.origin}${PATH}`, apiKey, received, warnings };
}

function headTrouble({ method, path, headers }: ReceivedRequest, apiKey: string): ReceiverReply | undefined {
  const [pathname, query] = path.split('?');
  if (pathname !== PATH) return datadogError(404);
  if (method !== 'POST') return { ...datadogError(405), headers: { allow: 'POST' } };
  const given = headers['dd-api-key'] ?? '';
  if (given === '') return datadogError(401, 'API key is missing or invalid');
  if (given !== apiKey) return datadogError(403, 'API key is missing or invalid');
  if (query !== undefined) return datadogError(400, 'Query parameters are for text/plain');
  if (!/^application\/json(?: *;|$)/i.test(headers['content-type'] ?? '')) {
    return datadogError(400, 'Content-Type is not application/json');
  }
  return undefined;
}

/** The logs of a body, or why it is malformed. */
function logsOf(body: string): readonly DatadogLog[] | string {
  let value: unknown;
  try {
    value = JSON.parse(body);
  } catch {
    return 'Malformed payload';
  }
  const logs: readonly unknown[] = Array.isArray(value) ? value : [value];
  if (logs.length === 0) return 'Malformed payload: no logs';
  if (logs.length > MOST_LOGS) return `Malformed payload: more than ${MOST_LOGS} entries`;
  for (const log of logs) {
    if (!isObject(log)) return 'Malformed payload: a log is not an object';
    const wrong = TEXTS.find((name) => log[name] !== undefined && typeof log[name] !== 'string');
    if (wrong !== undefined) return `Malformed payload: ${wrong} is not a string`;
    if (log.message === undefined) return 'Malformed payload: message is missing';
  }
  return logs as readonly DatadogLog[];
}

function warningsOf(log: DatadogLog, now: number): readonly DatadogWarning[] {
  const warnings: DatadogWarning[] = [];
  if (Buffer.byteLength(JSON.stringify(log)) > MB) {
    warnings.push({ log, effect: 'truncated', reason: 'more than 1 MB' });
  }
  const time = timeOf(log);
  if (time !== undefined && !(time >= now - 18 * HOUR_MS && time <= now + 2 * HOUR_MS)) {
    warnings.push({
      log,
      effect: 'not_indexed',
      reason: 'not within 18 hours of the past and 2 of the future',
    });
  }
  const beyond = [...tagTroubles(String(log.ddtags ?? '')), ...attributeTroubles(log)];
  warnings.push(...beyond.map((reason) => ({ log, effect: 'altered', reason }) as const));
  return warnings;
}

/** Milliseconds since the epoch; NaN for a time of an unknown form, undefined for a log without a time. */
function timeOf(log: DatadogLog): number | undefined {
  const value = TIMES.map((name) => log[name]).find((each) => each !== undefined);
  if (value === undefined) return undefined;
  // "ISO8601, UNIX (the milliseconds EPOCH format), and RFC3164"
  if (typeof value === 'number') return value;
  if (typeof value === 'string' && /^\d{13}$/.test(value)) return Number(value);
  return typeof value === 'string' ? Date.parse(value) : Number.NaN;
}

function tagTroubles(tags: string): readonly string[] {
  if (tags === '') return [];
  const all = tags.split(',');
  const troubles = all.flatMap((tag) => {
    if (tag.length > 256) return ['a tag has more than 256 characters'];
    return /^\p{L}[\p{L}\p{N}_\-:./]*(?<!:)$/u.test(tag)
      ? []
      : [`the tag "${tag}" has a form that is changed`];
  });
  return all.length > 100 ? [...troubles, 'more than 100 tags'] : troubles;
}

function attributeTroubles(log: DatadogLog): readonly string[] {
  const found = { attributes: 0, depth: 0, longestKey: 0 };
  const walk = (value: Readonly<Record<string, unknown>>, depth: number): void => {
    found.depth = Math.max(found.depth, depth);
    for (const [key, inner] of Object.entries(value)) {
      found.longestKey = Math.max(found.longestKey, key.length);
      if (isObject(inner)) walk(inner, depth + 1);
      else found.attributes += 1;
    }
  };
  walk(log, 1);
  return [
    ...(found.attributes >= 256 ? ['256 attributes or more'] : []),
    ...(found.longestKey >= 50 ? ['a key has 50 characters or more'] : []),
    ...(found.depth >= 10 ? ['nested in 10 levels or more'] : []),
  ];
}
