/**
 * A receiver of OTLP/HTTP with JSON on loopback, which refuses whatever the protocol does not allow.
 *
 * Source: https://opentelemetry.io/docs/specs/otlp/#otlphttp. Of traces and metrics it accepts only what the relay's own telemetry needs: their
 * unknown fields are refused. Of logs it accepts all that the protocol allows, and notes in `remarks` what a careful client does not send.
 */
import type { z } from 'zod';
import type { BodyFault } from './body.ts';
import { duplicateKey } from './json.ts';
import { logsOf, type ReceivedLog } from './otlp-logs.ts';
import { type keyValues, type metric, metrics, traces } from './otlp-schemas.ts';
import { BadData } from './otlp-values.ts';
import {
  type ReceivedRequest,
  type Receiver,
  type ReceiverCounts,
  type ReceiverOptions,
  type ReceiverReply,
  startReceiver,
} from './server.ts';

export interface OtlpReceiverOptions extends ReceiverOptions {
  /** Headers that each request must have, names in lower case. */
  readonly headers?: Readonly<Record<string, string>>;
  /** Why a log record is rejected, so that the success is partial; undefined to accept it. */
  readonly rejectLog?: (log: ReceivedLog) => string | undefined;
  /** What to warn of while all log records are accepted; undefined for nothing. */
  readonly warning?: () => string | undefined;
  /** Called for each accepted log record, in order. */
  readonly onLog?: (log: ReceivedLog) => void;
  /** Whether to keep every log record in `logs`. Default: true. */
  readonly store?: boolean;
  /** The longest body of a request of logs after decompression. Bytes, default 20 MiB, which the protocol recommends. */
  readonly maxBytes?: number;
}

/** A span as it was received. */
export interface ReceivedSpan {
  readonly traceId: string;
  readonly spanId: string;
  readonly parentSpanId?: string | undefined;
  readonly name: string;
  readonly kind: number;
  readonly attributes: Readonly<Record<string, string | number | boolean>>;
  readonly isError: boolean;
  /** Milliseconds since the epoch. */
  readonly begin: number;
  readonly end: number;
}

/** A data point of a metric as it was received; a histogram's value is its count. */
export interface ReceivedPoint {
  readonly name: string;
  readonly kind: 'sum' | 'gauge' | 'histogram';
  readonly labels: Readonly<Record<string, string | number | boolean>>;
  readonly value: number;
  /** `service.instance.id` of the resource. */
  readonly instance: string;
}

export interface OtlpReceiver extends Receiver {
  readonly spans: readonly ReceivedSpan[];
  /** All points of all requests, in their order. */
  readonly points: readonly ReceivedPoint[];
  /** All accepted log records that are kept, in their order. */
  readonly logs: readonly ReceivedLog[];
  /** What requests of logs had that a server must accept, though a careful client does not send it. */
  readonly remarks: readonly string[];
  /** Why requests were refused. */
  readonly complaints: readonly string[];
}

const MB = 1_048_576;
const MOST_BYTES = 4 * MB;
const MOST_LOG_BYTES = 20 * MB;

/** Starts the receiver. What it refuses, it explains in `complaints`. */
export async function startOtlpReceiver(options: OtlpReceiverOptions = {}): Promise<OtlpReceiver> {
  const counts: ReceiverCounts = { requests: 0, faults: 0, refused: 0, events: 0 };
  const spans: ReceivedSpan[] = [];
  const received: ReceivedPoint[] = [];
  const complaints: string[] = [];
  const logs: ReceivedLog[] = [];
  const remarks: string[] = [];

  function handle(request: ReceivedRequest): ReceiverReply {
    const complain = (status: number, why: string): ReceiverReply => {
      complaints.push(`${request.path}: ${why}`);
      return otlpFailure(status, why);
    };
    const isLogs = request.path === '/v1/logs';
    const limit = isLogs ? (options.maxBytes ?? MOST_LOG_BYTES) : MOST_BYTES;
    if (request.method !== 'POST') return complain(405, 'POST only');
    if (request.headers['content-type'] !== 'application/json') return complain(415, 'not application/json');
    if (Buffer.byteLength(request.body) > limit) return complain(413, `longer than ${limit} bytes`);
    for (const [name, value] of Object.entries(options.headers ?? {})) {
      if (request.headers[name] !== value) return complain(401, `the header ${name} is not right`);
    }
    if (request.path === '/v1/traces') return take(request, traces, takeSpans, complain);
    if (request.path === '/v1/metrics') return take(request, metrics, takePoints, complain);
    return isLogs ? takeLogs(request, complain) : complain(404, 'no such path');
  }

  function takeLogs({ body }: ReceivedRequest, complain: Complain): ReceiverReply {
    const value = parsed(body);
    if (value === undefined) return complain(400, 'not JSON');
    const twice = duplicateKey(body);
    if (twice !== undefined) return complain(400, `the field ${twice} twice`);
    const noted: string[] = [];
    try {
      const read = logsOf(value, (what) => noted.push(what), options.rejectLog ?? (() => undefined));
      for (const log of read.logs) options.onLog?.(log);
      if (options.store ?? true) logs.push(...read.logs);
      remarks.push(...noted);
      counts.events += read.logs.length;
      const message = read.rejected[0] ?? options.warning?.();
      if (message === undefined) return accepted({});
      const count = read.rejected.length;
      const rejected = count > 0 && { rejectedLogRecords: String(count) };
      return accepted({ partialSuccess: { ...rejected, errorMessage: message } });
    } catch (error) {
      if (!(error instanceof BadData)) throw error;
      return complain(400, error.message);
    }
  }

  function takeSpans({ resourceSpans }: z.infer<typeof traces>): string | undefined {
    const taken = resourceSpans.flatMap(({ scopeSpans }) => scopeSpans.flatMap((each) => each.spans));
    for (const one of taken) {
      if (BigInt(one.endTimeUnixNano) < BigInt(one.startTimeUnixNano)) return 'a span ends before it begins';
      spans.push({
        traceId: one.traceId,
        spanId: one.spanId,
        parentSpanId: one.parentSpanId,
        name: one.name,
        kind: one.kind,
        attributes: plain(one.attributes),
        isError: one.status?.code === 2,
        begin: Number(BigInt(one.startTimeUnixNano) / 1_000_000n),
        end: Number(BigInt(one.endTimeUnixNano) / 1_000_000n),
      });
    }
    counts.events += taken.length;
    return undefined;
  }

  function takePoints({ resourceMetrics }: z.infer<typeof metrics>): string | undefined {
    for (const { resource: from, scopeMetrics } of resourceMetrics) {
      const instance = String(plain(from.attributes)['service.instance.id'] ?? '');
      if (instance === '') return 'the resource has no service.instance.id';
      const all = scopeMetrics.flatMap((each) => each.metrics);
      if (new Set(all.map(({ name }) => name)).size !== all.length) return 'a metric twice';
      for (const one of all) received.push(...pointsOf(one, instance));
    }
    return undefined;
  }

  const receiver = await startReceiver(options, counts, handle, { refuse: bodyRefusal });
  return { ...receiver, spans, points: received, logs, remarks, complaints };
}

type Complain = (status: number, why: string) => ReceiverReply;

/** A failure: a google.rpc.Status. `retryAfter` is a header, in seconds, of 429 and 503. */
export function otlpFailure(status: number, message: string, retryAfter?: number): ReceiverReply {
  const headers = { 'content-type': 'application/json' };
  const wait = retryAfter === undefined ? {} : { 'retry-after': String(retryAfter) };
  return { status, headers: { ...headers, ...wait }, body: JSON.stringify({ code: 3, message }) };
}

function accepted(response: unknown): ReceiverReply {
  const body = JSON.stringify(response);
  return { status: 200, headers: { 'content-type': 'application/json' }, body };
}

function bodyRefusal(fault: BodyFault): ReceiverReply {
  if (fault === 'too_large') return otlpFailure(413, 'the body is too long');
  if (fault === 'unsupported_encoding') return otlpFailure(415, 'the content encoding is not gzip');
  return otlpFailure(400, fault === 'corrupt' ? 'the body is not gzip' : 'the body is not UTF-8');
}

/** The JSON of a body; undefined if it has none. */
function parsed(body: string): unknown {
  try {
    return JSON.parse(body);
  } catch {
    return undefined;
  }
}

function take<T>(
  { body }: ReceivedRequest,
  schema: z.ZodType<T>,
  use: (value: T) => string | undefined,
  complain: Complain,
): ReceiverReply {
  const value = parsed(body);
  if (value === undefined) return complain(400, 'not JSON');
  const read = schema.safeParse(value);
  if (!read.success) {
    return complain(
      400,
      read.error.issues.map(({ path, message }) => `${path.join('.')}: ${message}`).join('; '),
    );
  }
  const why = use(read.data);
  return why === undefined ? accepted({}) : complain(400, why);
}

function pointsOf(one: z.infer<typeof metric>, instance: string): readonly ReceivedPoint[] {
  const { name } = one;
  if ('histogram' in one) {
    return one.histogram.dataPoints.map(({ attributes, count }) => ({
      name,
      kind: 'histogram',
      labels: plain(attributes),
      value: Number(count),
      instance,
    }));
  }
  const kind = 'gauge' in one ? 'gauge' : 'sum';
  const { dataPoints } = 'gauge' in one ? one.gauge : one.sum;
  return dataPoints.map(({ attributes, asDouble }) => ({
    name,
    kind,
    labels: plain(attributes),
    value: asDouble,
    instance,
  }));
}

function plain(attributes: z.infer<typeof keyValues>): Record<string, string | number | boolean> {
  return Object.fromEntries(
    attributes.map(({ key, value }) => {
      if ('intValue' in value) return [key, Number(value.intValue)];
      if ('doubleValue' in value) return [key, value.doubleValue];
      return [key, 'boolValue' in value ? value.boolValue : value.stringValue];
    }),
  );
}
