/** The columns of the streams: what the encoding writes, and what a data collection rule has to declare. */
import { type DeclaredColumn, declaredColumns, type Edition } from './editions.ts';

const column = (name: string, type: DeclaredColumn['type']): DeclaredColumn => ({ name, type });

/** Holds what a stream does not declare, so that the service does not drop it. */
export const OTHER_COLUMNS = 'OtherColumns';

const BEFORE: readonly DeclaredColumn[] = [
  column('TimeGenerated', 'datetime'),
  column('RelayEventId', 'string'),
  column('RelayTenant', 'string'),
  column('RelaySeverity', 'string'),
];
const SOURCE = column('RelaySource', 'dynamic');

/** Of the rows of one table, in the shape `raw`. */
export function eventColumns(edition: Edition, table: string): readonly DeclaredColumn[] {
  const own = new Set(declaredColumns(edition, table).values());
  return [...BEFORE, ...own, column(OTHER_COLUMNS, 'dynamic'), SOURCE];
}

/** Of alerts, in the shape `raw`. */
export const ALERT_COLUMNS: readonly DeclaredColumn[] = [
  ...BEFORE,
  column('RelayAlertId', 'string'),
  column('RelayTable', 'string'),
  column('AlertTitle', 'string'),
  column('RuleId', 'string'),
  column('RuleTitle', 'string'),
  column('Rule', 'dynamic'),
  column('Matched', 'dynamic'),
  column('Attack', 'dynamic'),
  column('Entities', 'dynamic'),
  column('Links', 'dynamic'),
  column('AlertGroup', 'dynamic'),
  column('Event', 'dynamic'),
  SOURCE,
];

/** Of everything, in any other shape. */
export const RECORD_COLUMNS: readonly DeclaredColumn[] = [
  ...BEFORE,
  column('RelayAlertId', 'string'),
  column('RelayTable', 'string'),
  column('RelayKind', 'string'),
  column('Record', 'dynamic'),
];
