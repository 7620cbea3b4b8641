/** Logs a line now and then that says what the process has done since the last one, and what waits: a quiet log then means that it has ended. */
import type { Clock } from '../../shared/clock.ts';
import { loggedError } from '../../shared/errors.ts';
import type { LogFields, Logger } from '../../shared/logger.ts';
import type { CounterName, GaugeName } from '../../shared/metrics.ts';
import { formatAge, formatBytes, plural } from '../../shared/readable.ts';
import { slept } from '../../shared/slept.ts';
import type { MetricsAsJson } from './metrics.ts';

export interface AliveDeps {
  readonly clock: Clock;
  readonly logger: Logger;
  /** The metrics of the whole process, as `/metrics` shows them. */
  readonly metrics: () => Promise<MetricsAsJson>;
}

/** Logs the line every `everyMs()` milliseconds, until stopped; a changed interval holds from the next line on. Never throws. */
export async function tellAliveRegularly(
  { clock, logger, metrics }: AliveDeps,
  everyMs: () => number,
  stop: AbortSignal,
): Promise<void> {
  let before: ReadonlyMap<string, number> = new Map();
  let since = clock.monotonic();
  while (await slept(clock, everyMs(), stop)) {
    try {
      const figures = figuresIn(await metrics());
      const now = clock.monotonic();
      const { message, fields } = aliveLine(figures, before, now - since);
      logger.info(message, fields);
      before = countersOf(figures);
      since = now;
    } catch (error) {
      logger.warn('The figures of this process cannot be read', { ...loggedError(error) });
    }
  }
}

type Figures = ReadonlyMap<
  string,
  readonly { readonly value: number; readonly labels: Readonly<Record<string, unknown>> }[]
>;

/** The counters that the line tells the growth of. */
const COUNTED = [
  'xdr_relay_delivered_total',
  'xdr_relay_rows_total',
  'xdr_relay_dead_letters_total',
  'xdr_relay_notifications_total',
] as const satisfies readonly CounterName[];

/** The message, and the same as fields. @param before the counters at the last line. @param ms the time since. */
function aliveLine(
  figures: Figures,
  before: ReadonlyMap<string, number>,
  ms: number,
): { readonly message: string; readonly fields: LogFields } {
  const grown = (name: (typeof COUNTED)[number]) => sumOf(figures, name) - (before.get(name) ?? 0);
  const most = (name: GaugeName) => Math.max(0, ...valuesOf(figures, name).map(({ value }) => value));
  const delivered = grown('xdr_relay_delivered_total');
  const waiting = sumOf(figures, 'xdr_relay_lag_bytes');
  const oldestSeconds = Math.round(most('xdr_relay_oldest_undelivered_seconds'));
  const followed = sumOf(figures, 'xdr_relay_followed_blobs');
  const out = valuesOf(figures, 'xdr_relay_breaker_open')
    .filter(({ value }) => value === 1)
    .map(({ labels }) => String(labels.destination));
  const parts = [
    `${plural(delivered, 'row')} delivered in ${formatAge(ms)}`,
    waiting > 0
      ? `${formatBytes(waiting)} wait, the oldest row for ${formatAge(oldestSeconds * 1000)}`
      : 'nothing waits',
    `${plural(followed, 'blob')} followed`,
    ...(out.length > 0 ? [`${out.join(', ')} out of service`] : []),
  ];
  return {
    message: `Alive: ${parts.join('; ')}`,
    fields: {
      delivered,
      rows: grown('xdr_relay_rows_total'),
      dead_letters: grown('xdr_relay_dead_letters_total'),
      notifications: grown('xdr_relay_notifications_total'),
      waiting_bytes: waiting,
      oldest_undelivered_seconds: oldestSeconds,
      followed_blobs: followed,
      ...(figures.has('xdr_relay_queue_messages') && {
        queue_messages: most('xdr_relay_queue_messages'),
        poison_messages: most('xdr_relay_poison_messages'),
      }),
      ...(out.length > 0 && { out_of_service: out }),
    },
  };
}

function figuresIn(metrics: MetricsAsJson): Figures {
  return new Map(metrics.map(({ name, values }) => [name, values]));
}

function countersOf(figures: Figures): ReadonlyMap<string, number> {
  return new Map(COUNTED.map((name) => [name, sumOf(figures, name)]));
}

function valuesOf(figures: Figures, name: CounterName | GaugeName) {
  return figures.get(name) ?? [];
}

function sumOf(figures: Figures, name: CounterName | GaugeName): number {
  return valuesOf(figures, name).reduce((sum, { value }) => sum + value, 0);
}
