/** Sends metrics and spans to an OTLP endpoint. It never holds anything back: what cannot be sent in time is dropped and counted. */
import type { Clock } from '../shared/clock.ts';
import { DeadlineError, withDeadline } from '../shared/deadline.ts';
import type { Logger } from '../shared/logger.ts';
import type { MetricFamily } from '../shared/metric-families.ts';
import type { Metrics } from '../shared/metrics.ts';
import { type EndedSpan, metricsRequest, type Resource, traceRequest } from './otlp.ts';
import type { ExportTargets } from './settings.ts';

/** Spans that wait at most; the oldest are dropped. */
const MOST_SPANS = 2_048;
/** Spans of one request. */
const SPANS_AT_ONCE = 512;
/** A request, with the whole answer to it, takes no longer. Milliseconds. */
const REQUEST_MS = 10_000;
/** As much of an answer is read; it says how many spans or points were refused. Bytes. */
const ANSWER_BYTES = 65_536;

/** The part of the standard `fetch` that is used here. */
export type ExportFetch = (
  url: string,
  init: {
    method: 'POST';
    headers: Record<string, string>;
    body: string;
    redirect: 'manual';
    signal: AbortSignal;
  },
) => Promise<Response>;

export interface ExporterDeps {
  readonly targets: ExportTargets;
  readonly resource: Resource;
  readonly fetch: ExportFetch;
  readonly metrics: Pick<Metrics, 'count'>;
  readonly clock: Pick<Clock, 'now' | 'after'>;
  readonly logger: Logger;
}

export class Exporter {
  readonly #deps: ExporterDeps;
  readonly #from: number;
  #spans: EndedSpan[] = [];
  #targets: ExportTargets;
  /** What the last export of a type failed with: each trouble is logged once, not each time. */
  readonly #troubles = new Map<'spans' | 'metrics', string>();

  /** @param from since when the metrics count, ms since the epoch. */
  constructor(deps: ExporterDeps, from: number = deps.clock.now()) {
    this.#deps = deps;
    this.#targets = deps.targets;
    this.#from = from;
  }

  /** Takes a span for the next export. Where too many wait, the oldest is dropped. */
  readonly add = (span: EndedSpan): void => {
    this.#spans.push(span);
    if (this.#spans.length <= MOST_SPANS) return;
    this.#spans.shift();
    this.#dropped(1, 'buffer_full');
  };

  /** Exports to other addresses, or with other headers, from the next request on. */
  retarget(targets: ExportTargets): void {
    this.#targets = targets;
  }

  get waiting(): number {
    return this.#spans.length;
  }

  /** Sends the spans that wait. Never rejects. What is refused for the moment waits on, within the buffer's bound. */
  async exportSpans(): Promise<void> {
    while (this.#spans.length > 0) {
      const spans = this.#spans.splice(0, SPANS_AT_ONCE);
      const outcome = await this.#send('spans', traceRequest(this.#deps.resource, spans));
      if (outcome.kind === 'accepted') {
        if (outcome.rejected > 0) this.#dropped(Math.min(outcome.rejected, spans.length), 'refused');
        continue;
      }
      if (outcome.kind === 'refused') this.#dropped(spans.length, 'refused');
      else {
        const room = Math.max(0, MOST_SPANS - this.#spans.length);
        this.#spans = [...(room === 0 ? [] : spans.slice(-room)), ...this.#spans];
        if (spans.length > room) this.#dropped(spans.length - room, 'buffer_full');
      }
      return;
    }
  }

  /** Sends the metrics as they are now. Never rejects. They are cumulative: those of a failed export come with the next. */
  async exportMetrics(families: readonly MetricFamily[]): Promise<void> {
    const { resource, clock } = this.#deps;
    await this.#send('metrics', metricsRequest(resource, families, { from: this.#from, now: clock.now() }));
  }

  async #send(type: 'spans' | 'metrics', body: string): Promise<Outcome> {
    const { fetch, clock, metrics } = this.#deps;
    const targets = this.#targets;
    let outcome: Outcome;
    try {
      outcome = await withDeadline(
        REQUEST_MS,
        undefined,
        async (signal) => {
          const headers = {
            ...targets.headers,
            'content-type': 'application/json',
            accept: 'application/json',
          };
          const url = type === 'spans' ? targets.traces : targets.metrics;
          return outcomeOf(await fetch(url, { method: 'POST', headers, body, redirect: 'manual', signal }));
        },
        clock,
      );
    } catch (error) {
      outcome = { kind: 'failed', reason: error instanceof DeadlineError ? 'timeout' : 'unreachable' };
    }
    const result = outcome.kind === 'accepted' ? 'accepted' : outcome.reason;
    metrics.count('xdr_relay_telemetry_exports_total', { type, result });
    this.#tell(type, outcome);
    return outcome;
  }

  #dropped(spans: number, reason: string): void {
    this.#deps.metrics.count('xdr_relay_telemetry_dropped_total', { type: 'spans', reason }, spans);
  }

  #tell(type: 'spans' | 'metrics', outcome: Outcome): void {
    const { logger } = this.#deps;
    const before = this.#troubles.get(type);
    if (outcome.kind === 'accepted') {
      if (before !== undefined) logger.info('Telemetry is exported again', { type });
      this.#troubles.delete(type);
      return;
    }
    if (before === outcome.reason) return;
    this.#troubles.set(type, outcome.reason);
    logger.warn('Telemetry cannot be exported; nothing waits for it', { type, reason: outcome.reason });
  }
}

/** `failed`: it may work later. `refused`: never. The reasons are bounded in number: they are label values. */
type Outcome =
  | { readonly kind: 'accepted'; readonly rejected: number }
  | { readonly kind: 'failed' | 'refused'; readonly reason: string };

/** OTLP/HTTP: these, and no others, are to be tried again. */
const RETRYABLE: ReadonlySet<number> = new Set([429, 502, 503, 504]);

async function outcomeOf(response: Response): Promise<Outcome> {
  if (!response.ok) {
    await response.body?.cancel().catch(() => {});
    const reason = `http_${response.status}`;
    return { kind: RETRYABLE.has(response.status) ? 'failed' : 'refused', reason };
  }
  return { kind: 'accepted', rejected: rejectedIn(await textOf(response)) };
}

async function textOf({ body }: Response): Promise<string> {
  if (!body) return '';
  const reader = body.getReader();
  const decoder = new TextDecoder();
  let text = '';
  for (let bytes = 0; bytes <= ANSWER_BYTES; ) {
    const { done, value } = await reader.read();
    if (done) return text;
    bytes += value.byteLength;
    text += decoder.decode(value, { stream: true });
  }
  await reader.cancel();
  return '';
}

/** `rejectedSpans` of a partial success; 0 where the answer says nothing of the kind. */
function rejectedIn(text: string): number {
  try {
    const answer: unknown = JSON.parse(text);
    if (typeof answer !== 'object' || answer === null || !('partialSuccess' in answer)) return 0;
    const { partialSuccess } = answer;
    if (typeof partialSuccess !== 'object' || partialSuccess === null || !('rejectedSpans' in partialSuccess))
      return 0;
    const rejected = Number(partialSuccess.rejectedSpans);
    return Number.isSafeInteger(rejected) && rejected > 0 ? rejected : 0;
  } catch {
    return 0;
  }
}
