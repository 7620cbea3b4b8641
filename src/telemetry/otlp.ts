/** Encodes metrics and spans as the requests of OTLP/HTTP with JSON (opentelemetry-proto 1.x, "JSON Protobuf Encoding"). */
import type { HistogramPoint, MetricFamily, NumberPoint } from '../shared/metric-families.ts';
import { keyValues } from '../shared/otlp-values.ts';
import type { Attributes, SpanContext, SpanKind } from '../shared/tracing.ts';

/** A span that has ended. Times in ms since the epoch. */
export interface EndedSpan {
  readonly context: SpanContext;
  readonly parent?: SpanContext | undefined;
  readonly name: string;
  readonly kind: SpanKind;
  readonly begin: number;
  readonly end: number;
  readonly attributes: Attributes;
  /** A code of error-codes.ts. */
  readonly error?: string | undefined;
}

/** Who exports: OpenTelemetry's resource, such as `service.name`. */
export type Resource = Attributes;

const SCOPE = { name: 'xdr-relay' };
const KINDS: Readonly<Record<SpanKind, number>> = { client: 3, producer: 4, consumer: 5 };
const STATUS_ERROR = 2;
const CUMULATIVE = 2;

/** An ExportTraceServiceRequest. */
export function traceRequest(resource: Resource, spans: readonly EndedSpan[]): string {
  return JSON.stringify({
    resourceSpans: [
      {
        resource: { attributes: keyValues(resource) },
        scopeSpans: [{ scope: SCOPE, spans: spans.map(spanOf) }],
      },
    ],
  });
}

function spanOf(span: EndedSpan) {
  const { context, parent, name, kind, begin, end, attributes, error } = span;
  return {
    ...context,
    // The trace is sampled: W3C's flag.
    flags: 1,
    ...(parent && { parentSpanId: parent.spanId }),
    name,
    kind: KINDS[kind],
    startTimeUnixNano: nanos(begin),
    endTimeUnixNano: nanos(end),
    attributes: keyValues(error === undefined ? attributes : { ...attributes, 'error.type': error }),
    ...(error !== undefined && { status: { code: STATUS_ERROR } }),
  };
}

/**
 * An ExportMetricsServiceRequest. What a metric cannot tell (NaN, infinite) has no point, as many back ends refuse such numbers.
 *
 * @param from when counting began, and `now`: ms since the epoch.
 */
export function metricsRequest(
  resource: Resource,
  families: readonly MetricFamily[],
  { from, now }: { readonly from: number; readonly now: number },
): string {
  const times = { startTimeUnixNano: nanos(from), timeUnixNano: nanos(now) };
  const metrics = families.flatMap((family) => metricOf(family, times));
  return JSON.stringify({
    resourceMetrics: [
      { resource: { attributes: keyValues(resource) }, scopeMetrics: [{ scope: SCOPE, metrics }] },
    ],
  });
}

interface Times {
  readonly startTimeUnixNano: string;
  readonly timeUnixNano: string;
}

function metricOf(family: MetricFamily, times: Times): readonly object[] {
  const head = { name: family.name, description: family.help, unit: unitOf(family.name) };
  if (family.kind === 'histogram') {
    if (family.points.length === 0) return [];
    const dataPoints = family.points.map((point) => histogramPoint(point, times));
    return [{ ...head, histogram: { dataPoints, aggregationTemporality: CUMULATIVE } }];
  }
  const points = family.points.filter(({ value }) => Number.isFinite(value));
  if (points.length === 0) return [];
  if (family.kind === 'gauge') {
    const { timeUnixNano } = times;
    return [{ ...head, gauge: { dataPoints: points.map((point) => numberPoint(point, { timeUnixNano })) } }];
  }
  const dataPoints = points.map((point) => numberPoint(point, times));
  return [{ ...head, sum: { dataPoints, aggregationTemporality: CUMULATIVE, isMonotonic: true } }];
}

function numberPoint({ labels, value }: NumberPoint, times: Partial<Times>) {
  return { attributes: keyValues(labels), ...times, asDouble: value };
}

function histogramPoint({ labels, count, sum, bounds, counts }: HistogramPoint, times: Times) {
  return {
    attributes: keyValues(labels),
    ...times,
    // 64-bit integers are strings in this encoding.
    count: String(count),
    sum,
    bucketCounts: counts.map(String),
    explicitBounds: [...bounds],
  };
}

function unitOf(name: string): string {
  if (/_seconds(?:_total)?$/.test(name)) return 's';
  return /_bytes(?:_total)?$/.test(name) ? 'By' : '1';
}

/** Milliseconds to the nanoseconds of OTLP, which a double cannot hold. */
function nanos(ms: number): string {
  return String(BigInt(Math.round(ms * 1000)) * 1000n);
}
