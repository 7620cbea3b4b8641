// The strings on which producers and receivers of the soak agree, so that no receiver needs the product's code.

/** Destinations for people: each gets messages on groups of alarms, and no rows. */
export const PEOPLE: readonly string[] = ['slack', 'teams', 'pagerduty'];

/** Tables with a rule file, which filters rows and raises alerts; below, tables without one. */
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

/** The webhook answers longer requests with 413, so a row that is longer is refused even alone. Bytes. */
export const WEBHOOK_BYTES = 64 * 1024;
/** `limits.row` of the soak's relay.yaml. Bytes. */
export const ROW_BYTES = 256 * 1024;

/**
 * How a destination fails every request that contains a certain row: `refused` in the way in which the destination refuses a row for good
 * (422, or HEC code 6), `too_large` with 413, the others by a status, a reset connection, or no response at all.
 */
export const POISONS = ['refused', 'too_large', '500', '403', '409', 'reset', 'silence'] as const;
export type PoisonKind = (typeof POISONS)[number];

/** Makes one destination always fail the row. */
export interface Poison {
  readonly by: string;
  readonly how: PoisonKind;
}
