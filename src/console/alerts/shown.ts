/** What of a group's rows may be shown: nothing where `console.rows` does not allow it, and no masked column. */
import type { EntityList } from '../../alerts/message.ts';
import { LINK_COLUMNS } from '../../alerts/read-columns.ts';
import type { RelayConfig } from '../../config/schema.ts';
import type { Envelope } from '../../shared/event.ts';
import type { JsonObject, JsonValue } from '../../shared/json.ts';
import { columnMask, MASKED, maskedValue, rowPolicy } from '../rows.ts';

/** What `console.rows` of relay.yaml says, for the rows of one table. */
export interface Shown {
  /** Whether values of rows may be shown at all. */
  readonly isShown: boolean;
  /** Whether the values of a column are masked, under the name that Defender gave it or under its own. */
  isMasked(column: string): boolean;
  /** A value without what is masked inside it. */
  clean(column: string, value: JsonValue): JsonValue;
  readonly hasMask: boolean;
}

/** @param renamed the current name of a column by the name that Defender gave. */
export function shownOf(
  config: RelayConfig,
  { table, renamed = {} }: Pick<Envelope, 'table' | 'renamed'>,
): Shown {
  const { shown, mask } = rowPolicy(config, table);
  const test = columnMask(mask);
  const former = new Map(
    Object.entries(renamed).flatMap(([old, name]) => (name === null ? [] : [[name, old]])),
  );
  const isMasked = (column: string) => {
    // A path names a value inside a column, which is masked by the name of any of its parts, as in the row itself.
    const parts = column.split(/[.[\]]+/).filter((part) => part !== '');
    const [root = column] = parts;
    return [column, ...parts, former.get(column), former.get(root)].some(
      (name) => name !== undefined && test(name),
    );
  };
  return {
    isShown: shown,
    isMasked,
    clean: (column, value) => (isMasked(column) ? MASKED : maskedValue(value, mask)),
    hasMask: mask.length > 0,
  };
}

/** The columns of an event that are not masked. */
export function openColumns(event: JsonObject, shown: Shown): JsonObject {
  if (!shown.hasMask) return event;
  return Object.fromEntries(
    Object.entries(event).flatMap(([column, value]) =>
      shown.isMasked(column) ? [] : [[column, shown.clean(column, value)]],
    ),
  );
}

/**
 * The entities whose column is not masked. Their ids come from other columns that nobody noted, so they are left out where a column is
 * masked that may hold one.
 */
export function openEntities(lists: readonly EntityList[], shown: Shown): readonly EntityList[] {
  if (!shown.hasMask) return lists;
  const keepsIds = !LINK_COLUMNS.some((column) => shown.isMasked(column));
  return lists.map(({ kind, first, more }) => {
    const open = first.filter(({ column }) => column !== undefined && !shown.isMasked(column));
    return {
      kind,
      first: keepsIds ? open : open.map(({ id: _, ...entity }) => entity),
      more: more + first.length - open.length,
    };
  });
}

/** A value as text: JSON where it is no scalar. */
export function textOf(value: JsonValue): string {
  return typeof value === 'string' ? value : JSON.stringify(value);
}
