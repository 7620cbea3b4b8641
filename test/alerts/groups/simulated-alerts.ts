/** Alerts of one rule for tests of groups. */
import type { Alert, Times } from '../../../src/alerts/groups/alert.ts';
import type { Level } from '../../../src/shared/event.ts';

const HOUR = Date.UTC(2026, 10, 23, 7);

export interface AlertOptions {
  readonly host?: string;
  readonly severity?: Level;
  readonly times?: Times | 'off';
  /** Text that an attacker wrote into the row. */
  readonly text?: string;
  readonly entities?: number;
}

const MINUTE = 60_000;
export const TIMES: Times = { windowMs: 60 * MINUTE, repeatMs: 10 * MINUTE };

/** The n-th alert: equal for equal `n`, another occurrence for every other. */
export function alert(n: number, options: AlertOptions = {}): Alert {
  const { host = 'pc-1', severity = 'high', times = TIMES, text = '', entities = 0 } = options;
  const id = n.toString(16).padStart(32, '0');
  return {
    occurrence: n.toString(36).padStart(12, '0'),
    envelope: {
      id,
      time: new Date(HOUR + n * 1_000).toISOString(),
      table: 'DeviceProcessEvents',
      severity,
      rule: { title: 'Shadow Copies Deleted', id: 'rule-1' },
      alertId: id,
      event: {
        DeviceName: host,
        ...(text !== '' && { ProcessCommandLine: text, [text.slice(0, 300)]: [text] }),
      },
      source: { blob: 'container/blob', offset: n },
    },
    severity,
    others: [],
    entities: [
      { kind: 'host', name: host },
      ...Array.from({ length: entities }, (_, i) => ({
        kind: 'file' as const,
        name: `${text}file ${n} ${i}`.slice(0, 512),
      })),
    ],
    groupedBy: [
      { column: 'rule', value: 'rule-1' },
      { column: 'DeviceName', value: host },
    ],
    times,
  };
}
