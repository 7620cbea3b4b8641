/** Which alerts of a test begin a group, so that people are told of them at once; the others are counted in its updates. */
import { entitiesOf } from '../../alerts/entities/index.ts';
import { DEFAULT_GROUPING } from '../../alerts/groups/limits.ts';
import { columnOf } from '../../shared/column-value.ts';
import type { JsonObject } from '../../shared/json.ts';
import type { RaisedRule } from '../explain.ts';

/** The row that raised an alert. */
export interface RaisedBy {
  readonly table: string;
  /** The columns behind the steps. */
  readonly event: JsonObject;
  /** Milliseconds from the beginning of the test. */
  readonly at: number;
}

/** The groups that alerts open, in the order in which the alerts are added. */
export class OpenedGroups {
  /** The alerts that began a group. */
  readonly first: RaisedRule[] = [];
  /** When each group ends. */
  readonly #ends = new Map<string, number>();

  add(raised: RaisedRule, by: RaisedBy): void {
    const { grouping = {} } = raised.rule;
    if (grouping === 'off') {
      this.first.push(raised);
      return;
    }
    const key = JSON.stringify([raised.id ?? raised.title, valuesOf(raised, by)]);
    const end = this.#ends.get(key);
    if (end !== undefined && by.at < end) return;
    this.#ends.set(key, by.at + (grouping.windowMs ?? DEFAULT_GROUPING.windowMs));
    this.first.push(raised);
  }
}

function valuesOf({ rule }: RaisedRule, { table, event }: RaisedBy): readonly unknown[] {
  const { grouping } = rule;
  const by = grouping === 'off' ? undefined : grouping?.by;
  if (by) return by.map((column) => columnOf({ event, rule }, column) ?? '');
  return entitiesOf({ table, event })
    .flatMap(({ kind, name }) => (kind === 'host' ? name : []))
    .slice(0, 1);
}
