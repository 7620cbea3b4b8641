/** Finds the columns of an alert that Defender does not have as they stand there, so that no query of Advanced Hunting compares them. */
import { currentName, defenderName } from '../../alerts/defender-value.ts';
import { USUAL_COLUMNS } from '../../alerts/groups/common.ts';
import { LINK_COLUMNS } from '../../alerts/read-columns.ts';
import type { EnvelopeHead, Row, RuleRef, ShapeWriter } from '../../shared/event.ts';
import type { JsonValue } from '../../shared/json.ts';
import { member } from '../../shared/row-members.ts';

/** An alert, as far as queries are made of it. */
export interface QueriedAlert {
  readonly row: Row;
  readonly rule: RuleRef;
  readonly renamed: EnvelopeHead['renamed'];
  readonly shapes: ShapeWriter | undefined;
  /** Whether any step changed the row. */
  readonly isChanged: boolean;
  /** Reads the columns behind the steps. */
  readonly read: (column: string) => JsonValue | undefined;
}

/**
 * Of the columns that queries compare: those that steps made or changed, and those that the schema of the table does not have. By their
 * names behind the steps. Undefined where there is none.
 *
 * The row itself decides and not which columns the steps name, because a step may have a condition, or change nothing.
 */
export function alteredColumns(alert: QueriedAlert): readonly string[] | undefined {
  const { row, shapes, isChanged, read } = alert;
  const altered = queried(alert).filter((current) => {
    const value = read(current);
    // Queries compare no other values.
    if (value === undefined || value === null || typeof value === 'object') return false;
    const origin = defenderName(alert.renamed, current);
    if (shapes?.hasColumn(row.table, origin) === false) return true;
    return isChanged && member(row.properties, origin) !== value;
  });
  return altered.length === 0 ? undefined : altered;
}

function queried({ rule, renamed }: QueriedAlert): readonly string[] {
  const { grouping, matched = [] } = rule;
  const grouped = grouping === undefined || grouping === 'off' ? [] : (grouping.by ?? []);
  const known = [...LINK_COLUMNS, ...USUAL_COLUMNS, ...matched.map(({ column }) => column)];
  return [...new Set([...known.flatMap((origin) => currentName(renamed, origin) ?? []), ...grouped])];
}
