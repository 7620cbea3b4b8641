/** Makes the spans of sampled traces. */
import type { Clock } from '../shared/clock.ts';
import type { Attributes, SpanContext, SpanStart, Tracer } from '../shared/tracing.ts';
import type { EndedSpan } from './otlp.ts';

export interface TracerOptions {
  /** Which part of the traces is sampled, 0 to 1. */
  readonly sample: () => number;
  readonly clock: Pick<Clock, 'now' | 'monotonic'>;
  /** Takes each span when it ends. */
  readonly onEnd: (span: EndedSpan) => void;
}

/** A tracer that samples whole traces at random: all spans of a trace, or none. */
export function createTracer({ sample, clock, onEnd }: TracerOptions): Tracer {
  return {
    start({ parent, ...start }: SpanStart) {
      if (!parent && Math.random() >= sample()) return undefined;
      const context: SpanContext = { traceId: parent?.traceId ?? hex(16), spanId: hex(8) };
      const begin = clock.now();
      const began = clock.monotonic();
      let hasEnded = false;
      return {
        context,
        end(attributes: Attributes = {}, error) {
          if (hasEnded) return;
          hasEnded = true;
          const end = begin + (clock.monotonic() - began);
          const all = { ...start.attributes, ...attributes };
          onEnd({ ...start, context, parent, begin, end, attributes: all, error });
        },
      };
    },
  };
}

/** So many random bytes as hexadecimal digits, not all of them 0. */
function hex(bytes: number): string {
  const random = crypto.getRandomValues(new Uint8Array(bytes));
  if (random.every((byte) => byte === 0)) return hex(bytes);
  return Array.from(random, (byte) => byte.toString(16).padStart(2, '0')).join('');
}
