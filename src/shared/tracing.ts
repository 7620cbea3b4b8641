/** The port to traces: spans of the sampled ones, and the context by which a trace goes on elsewhere. */

export type AttributeValue = string | number | boolean;
export type Attributes = Readonly<Record<string, AttributeValue>>;

/** Names a span. Only sampled spans have one. */
export interface SpanContext {
  /** 32 hexadecimal digits. */
  readonly traceId: string;
  /** 16 hexadecimal digits. */
  readonly spanId: string;
}

/** OpenTelemetry's kinds of spans, as far as they are used here. */
export type SpanKind = 'producer' | 'consumer' | 'client';

export interface SpanStart {
  readonly name: string;
  readonly kind: SpanKind;
  /** Absent: a new trace, if it is sampled. */
  readonly parent?: SpanContext | undefined;
  /** Never the content of a row. */
  readonly attributes?: Attributes;
}

/** A span that is under way. */
export interface Span {
  readonly context: SpanContext;
  /** @param attributes further ones. @param error a code of error-codes.ts: what the span is about has failed. */
  end(attributes?: Attributes, error?: string): void;
}

export interface Tracer {
  /** Begins a span; undefined where the trace is not sampled. */
  start(span: SpanStart): Span | undefined;
}

const TRACEPARENT = /^00-(?!0{32})([0-9a-f]{32})-(?!0{16})([0-9a-f]{16})-01$/;

/** The context as W3C Trace Context writes it, for messages: `00-<trace>-<span>-01`. */
export function traceparentOf({ traceId, spanId }: SpanContext): string {
  return `00-${traceId}-${spanId}-01`;
}

/** Reads a `traceparent`; undefined where it is none, or its trace is not sampled. */
export function contextOf(traceparent: string | undefined): SpanContext | undefined {
  const [, traceId, spanId] = TRACEPARENT.exec(traceparent ?? '') ?? [];
  return traceId !== undefined && spanId !== undefined ? { traceId, spanId } : undefined;
}
