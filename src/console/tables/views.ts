/** What came in by table, and what its columns cost. */
import { z } from 'zod';
import type { TableActivity } from '../../relay/activity/activity.ts';
import { silentProcesses } from '../../relay/activity/silent.ts';
import type { Readers, TableUse } from '../../rules/columns/use.ts';
import { RelayError } from '../../shared/errors.ts';
import { activityOf } from '../activity.ts';
import { attempts, lacking } from '../attempts.ts';
import type { ColumnItem, ColumnsView, TableItem, TablesView } from '../model/tables.ts';
import { type View, view } from '../page.ts';

const KEPT_MS = 10_000;
const LONGEST_NAME = 200;
/** As activity calls all columns that the schema does not have. */
const OTHER = 'other';

const tables = view({
  path: 'tables',
  query: z.strictObject({}),
  keptMs: KEPT_MS,
  async read(_query, context): Promise<TablesView> {
    const { trouble, attempt } = attempts(context);
    const activity = await attempt('What came in is unknown', () => activityOf(context));
    trouble.push(...lacking(activity));
    const silent = activity && silentProcesses(activity);
    return {
      at: context.services.clock.now(),
      ...(activity && { tables: activity.tables.map(itemOf).toSorted(byBytes) }),
      ...(silent && { silent }),
      trouble,
    };
  },
});

const columns = view({
  path: 'tables/columns',
  query: z.strictObject({ table: z.string().min(1).max(LONGEST_NAME) }),
  keptMs: KEPT_MS,
  async read({ table }, context): Promise<ColumnsView> {
    const { trouble, attempt } = attempts(context);
    const activity = await activityOf(context);
    const found = activity.tables.find(({ name }) => name === table);
    if (!found) {
      throw new RelayError('unknown_table', 'No row of this table was read in the last 24 hours.');
    }
    const rules = await attempt('What reads the columns is unknown', () => context.host.rules());
    const use = rules?.columnsOf?.(table);
    return {
      at: activity.at,
      columns: found.columns.map(({ name, bytes }) => ({ name, bytes, ...readersOf(name, use) })),
      unreadBytes: found.unreadBytes,
      trouble,
    };
  },
});

export const tableViews: readonly View[] = [tables, columns];

function itemOf({ columns: measured, ...table }: TableActivity): TableItem {
  return { ...table, columnBytes: measured.reduce((sum, { bytes }) => sum + bytes, 0) };
}

function byBytes(a: TableItem, b: TableItem): number {
  const sum = ({ bytes }: TableItem) => bytes.counts.reduce((all, count) => all + count, 0);
  return sum(b) - sum(a);
}

function readersOf(column: string, use: TableUse | undefined): Pick<ColumnItem, 'use' | 'readers'> {
  if (use === undefined || column === OTHER) return { use: 'unknown', readers: [] };
  if (!use.isRead(column)) return { use: use.isRemoved(column) ? 'removed' : 'unread', readers: [] };
  return { use: 'read', readers: [...use.readersOf(column), ...use.everything].map(inWords) };
}

const MOST_EXAMPLES = 3;

/** `rule x 3 (a, b, ...)`. */
function inWords({ kind, count, examples }: Readers): string {
  const named = examples.slice(0, MOST_EXAMPLES);
  if (named.length === 0) return count === 1 ? kind : `${kind} x ${count}`;
  const all = [...named, ...(count > named.length ? ['...'] : [])].join(', ');
  return count === 1 ? `${kind} ${all}` : `${kind} x ${count} (${all})`;
}
