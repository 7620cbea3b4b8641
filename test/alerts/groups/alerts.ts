/** Alerts for tests of groups. */
import type { Alert } from '../../../src/alerts/groups/alert.ts';
import { OCCURRENCE_LENGTH } from '../../../src/alerts/groups/limits.ts';
import type { Level } from '../../../src/shared/event.ts';

export const T0 = Date.parse('2026-11-26T20:00:00Z');
export const MINUTE = 60_000;

export interface AlertOptions {
  readonly host?: string;
  readonly severity?: Level;
  readonly times?: Alert['times'];
  readonly event?: Readonly<Record<string, string>>;
}

/** @param n makes another alert: another row, and another occurrence. */
export function alertOf(n: number, options: AlertOptions = {}): Alert {
  const {
    host = 'ws-1',
    severity = 'high',
    times = { windowMs: 60 * MINUTE, repeatMs: 10 * MINUTE },
  } = options;
  const time = new Date(T0 + n).toISOString();
  return {
    occurrence: String(n).padStart(OCCURRENCE_LENGTH, '0'),
    envelope: {
      id: n.toString(16).padStart(32, '0'),
      alertId: n.toString(16).padStart(32, 'a'),
      time,
      table: 'DeviceProcessEvents',
      severity,
      rule: { id: 'rule-1', title: 'A rule' },
      event: { DeviceName: host, ...options.event },
      source: { blob: 'c/b', offset: n },
    },
    severity,
    others: [],
    entities: [{ kind: 'host', name: host }],
    groupedBy: [{ column: 'host', value: host }],
    times,
  };
}
