/** A receiver of OTLP/HTTP with JSON on loopback, which refuses whatever the protocol does not allow. */
import { z } from 'zod';
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
  /** Why requests were refused. */
  readonly complaints: readonly string[];
}

// Protobuf's JSON mapping: 64-bit integers are strings of digits, ids are hexadecimal (OTLP's own exception), enums are numbers.
const nanos = z.string().regex(/^[1-9]\d{17,18}$/);
const digits = z.string().regex(/^\d{1,20}$/);
const anyValue = z.union([
  z.strictObject({ stringValue: z.string() }),
  z.strictObject({ boolValue: z.boolean() }),
  z.strictObject({ intValue: z.string().regex(/^-?\d{1,19}$/) }),
  z.strictObject({ doubleValue: z.number() }),
]);
const keyValues = z
  .array(z.strictObject({ key: z.string().min(1), value: anyValue }))
  .refine((all) => new Set(all.map(({ key }) => key)).size === all.length, 'a key twice');
const resource = z.strictObject({ attributes: keyValues });
const scope = z.strictObject({ name: z.string().min(1), version: z.string().optional() });

const span = z.strictObject({
  traceId: z.string().regex(/^(?!0+$)[0-9a-f]{32}$/),
  spanId: z.string().regex(/^(?!0+$)[0-9a-f]{16}$/),
  parentSpanId: z
    .string()
    .regex(/^[0-9a-f]{16}$/)
    .optional(),
  flags: z.number().int().min(0),
  name: z.string().min(1),
  kind: z.number().int().min(1).max(5),
  startTimeUnixNano: nanos,
  endTimeUnixNano: nanos,
  attributes: keyValues,
  status: z.strictObject({ code: z.number().int().min(0).max(2) }).optional(),
});
const traces = z.strictObject({
  resourceSpans: z
    .array(
      z.strictObject({
        resource,
        scopeSpans: z.array(z.strictObject({ scope, spans: z.array(span).min(1) })).min(1),
      }),
    )
    .min(1),
});

const numberPoint = z.strictObject({
  attributes: keyValues,
  startTimeUnixNano: nanos.optional(),
  timeUnixNano: nanos,
  asDouble: z.number(),
});
const histogramPoint = z
  .strictObject({
    attributes: keyValues,
    startTimeUnixNano: nanos,
    timeUnixNano: nanos,
    count: digits,
    sum: z.number(),
    bucketCounts: z.array(digits),
    explicitBounds: z.array(z.number()),
  })
  .refine(
    ({ bucketCounts, explicitBounds }) =>
      bucketCounts.length === 0
        ? explicitBounds.length === 0
        : bucketCounts.length === explicitBounds.length + 1,
    'bounds and buckets do not agree',
  )
  .refine(
    ({ explicitBounds }) =>
      explicitBounds.every((bound, index) => index === 0 || bound > (explicitBounds[index - 1] ?? 0)),
    'bounds do not ascend',
  )
  .refine(
    ({ bucketCounts, count }) =>
      bucketCounts.length === 0 ||
      bucketCounts.reduce((sum, each) => sum + BigInt(each), 0n) === BigInt(count),
    'buckets do not add up to the count',
  );
const head = {
  name: z.string().regex(/^[A-Za-z][\w./-]{0,254}$/),
  description: z.string(),
  unit: z.string().max(63),
};
const cumulative = z.literal(2);
const points = <P extends z.ZodType>(point: P) => z.array(point).min(1);
const metric = z.union([
  z.strictObject({ ...head, gauge: z.strictObject({ dataPoints: points(numberPoint) }) }),
  z.strictObject({
    ...head,
    sum: z.strictObject({
      dataPoints: points(numberPoint.required({ startTimeUnixNano: true })),
      aggregationTemporality: cumulative,
      isMonotonic: z.literal(true),
    }),
  }),
  z.strictObject({
    ...head,
    histogram: z.strictObject({ dataPoints: points(histogramPoint), aggregationTemporality: cumulative }),
  }),
]);
const metrics = z.strictObject({
  resourceMetrics: z
    .array(
      z.strictObject({
        resource,
        scopeMetrics: z.array(z.strictObject({ scope, metrics: z.array(metric) })).min(1),
      }),
    )
    .min(1),
});

const MOST_BYTES = 4 * 1_048_576;

/** Starts the receiver. What it refuses, it explains in `complaints`. */
export async function startOtlpReceiver(options: OtlpReceiverOptions = {}): Promise<OtlpReceiver> {
  const counts: ReceiverCounts = { requests: 0, faults: 0, refused: 0, events: 0 };
  const spans: ReceivedSpan[] = [];
  const received: ReceivedPoint[] = [];
  const complaints: string[] = [];

  function handle(request: ReceivedRequest): ReceiverReply {
    const complain = (status: number, why: string): ReceiverReply => {
      complaints.push(`${request.path}: ${why}`);
      return { status, body: JSON.stringify({ code: 3, message: why }) };
    };
    if (request.method !== 'POST') return complain(405, 'POST only');
    if (request.headers['content-type'] !== 'application/json') return complain(415, 'not application/json');
    if (request.body.length > MOST_BYTES) return complain(413, 'longer than 4 MiB');
    for (const [name, value] of Object.entries(options.headers ?? {})) {
      if (request.headers[name] !== value) return complain(401, `the header ${name} is not right`);
    }
    if (request.path === '/v1/traces') return take(request, traces, takeSpans, complain);
    if (request.path === '/v1/metrics') return take(request, metrics, takePoints, complain);
    return complain(404, 'no such path');
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

  const receiver = await startReceiver(options, counts, handle);
  return { ...receiver, spans, points: received, complaints };
}

function take<T>(
  { body }: ReceivedRequest,
  schema: z.ZodType<T>,
  use: (value: T) => string | undefined,
  complain: (status: number, why: string) => ReceiverReply,
): ReceiverReply {
  let value: unknown;
  try {
    value = JSON.parse(body);
  } catch {
    return complain(400, 'not JSON');
  }
  const parsed = schema.safeParse(value);
  if (!parsed.success) {
    return complain(
      400,
      parsed.error.issues.map(({ path, message }) => `${path.join('.')}: ${message}`).join('; '),
    );
  }
  const why = use(parsed.data);
  if (why !== undefined) return complain(400, why);
  return { status: 200, headers: { 'content-type': 'application/json' }, body: '{}' };
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
