/** The gauges of alerts for people: what this process saw of the state when it last looked. */
import type { Clock } from '../../shared/clock.ts';
import type { Metrics, Reading } from '../../shared/metrics.ts';
import { type AlertIndex, dueOf, pausedUntil } from './index-document.ts';
import type { Notifier } from './notifier.ts';

/** How much waits at a destination. */
export interface Waiting {
  /** Alerts that people were not told of. */
  readonly pending: number;
  readonly groups: number;
  /** How long the oldest message is due. Seconds; 0 where none is. */
  readonly overdueSeconds: number;
}

export function waitingIn({ shards }: AlertIndex, now: number): Waiting {
  const entries = Object.values(shards);
  const overdue = entries.filter(({ messages }) => messages > 0).map((entry) => now - dueOf(entry, now));
  return {
    pending: entries.reduce((sum, { pending }) => sum + pending, 0),
    groups: entries.reduce((sum, { groups }) => sum + groups, 0),
    overdueSeconds: Math.max(0, ...overdue) / 1000,
  };
}

/** Has the gauges read when somebody looks; returns what ends that. */
export function alertGauges(
  notifiers: () => readonly { readonly name: string; readonly notifier: Pick<Notifier, 'index'> }[],
  { metrics, clock }: { readonly metrics: Metrics; readonly clock: Clock },
): () => void {
  const readings = (value: (index: AlertIndex, now: number) => number) => (): Reading[] =>
    notifiers().map(({ name, notifier: { index } }) => ({
      value: index === undefined ? 0 : value(index, clock.now()),
      labels: { destination: name },
    }));
  const ends = [
    metrics.gaugeFrom(
      'xdr_relay_alerts_pending',
      readings((index, now) => waitingIn(index, now).pending),
    ),
    metrics.gaugeFrom(
      'xdr_relay_alerts_overdue_seconds',
      readings((index, now) => waitingIn(index, now).overdueSeconds),
    ),
    metrics.gaugeFrom(
      'xdr_relay_alert_groups',
      readings((index, now) => waitingIn(index, now).groups),
    ),
    metrics.gaugeFrom(
      'xdr_relay_messages_paused',
      readings((index, now) => (pausedUntil(index, now) === undefined ? 0 : 1)),
    ),
  ];
  return () => {
    for (const end of ends) end();
  };
}
