// What producers and receivers of the soak agree on: no more than texts, so that no receiver needs the product's code.

/** Tables with a rule file of their own, which filters and raises alerts; and tables nobody wrote a file for. */
export const RULED_TABLES = ['DeviceEvents', 'DeviceNetworkEvents'] as const;
export const PLAIN_TABLES = ['DeviceProcessEvents', 'DeviceFileEvents'] as const;
export const TABLES = [...RULED_TABLES, ...PLAIN_TABLES] as const;
export type Table = (typeof TABLES)[number];

export function containerOf(table: Table): string {
  return `insights-logs-advancedhunting-${table.toLowerCase()}`;
}

/** The `ActionType` that the rule files filter out, and the one that they send to Slack too. */
export const NOISE = 'SoakNoise';
export const ALARM = 'SoakAlarm';

/** Longer requests are answered 413 by the webhook; a row over it is refused even alone. Bytes. */
export const WEBHOOK_BYTES = 64 * 1024;
/** `limits.row` of the soak's relay.yaml. Bytes. */
export const ROW_BYTES = 256 * 1024;

/**
 * How a destination always fails a request with a certain row in it: `refused` in its own way of refusing a row for good
 * (422, or HEC code 6), `too_large` 413, the others by status, a reset connection, or no answer at all.
 */
export const POISONS = ['refused', 'too_large', '500', '403', '409', 'reset', 'silence'] as const;
export type PoisonKind = (typeof POISONS)[number];

/** One destination fails the row, always. */
export interface Poison {
  readonly by: string;
  readonly how: PoisonKind;
}
