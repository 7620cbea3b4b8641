/**
 * What the relay's own telemetry sends in OTLP's JSON form: traces and metrics. Unknown fields are refused.
 *
 * Source: https://opentelemetry.io/docs/specs/otlp/#json-protobuf-encoding
 */
import { z } from 'zod';

// Protobuf's JSON mapping: 64-bit integers are strings of digits, ids are hexadecimal (OTLP's own exception), enums are numbers.
const nanos = z.string().regex(/^[1-9]\d{17,18}$/);
const digits = z.string().regex(/^\d{1,20}$/);
const anyValue = z.union([
  z.strictObject({ stringValue: z.string() }),
  z.strictObject({ boolValue: z.boolean() }),
  z.strictObject({ intValue: z.string().regex(/^-?\d{1,19}$/) }),
  z.strictObject({ doubleValue: z.number() }),
]);
/** Attributes, each key once. */
export const keyValues = z
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
/** The request of `/v1/traces`. */
export const traces = z.strictObject({
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
/** A sum, a gauge or a histogram. */
export const metric = z.union([
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
/** The request of `/v1/metrics`. */
export const metrics = z.strictObject({
  resourceMetrics: z
    .array(
      z.strictObject({
        resource,
        scopeMetrics: z.array(z.strictObject({ scope, metrics: z.array(metric) })).min(1),
      }),
    )
    .min(1),
});
