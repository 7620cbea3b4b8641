/** The tables in which Defender tells of its own alerts: one row an alert, and one for each thing that is involved. */
export const DEFENDER_TABLES = ['AlertInfo', 'AlertEvidence'] as const;

export function isDefenderTable(table: string): boolean {
  return table === 'AlertInfo' || table === 'AlertEvidence';
}
