/** The columns that a row has at a step of a table file: those of the table, changed by the steps before. */
import { valueAt } from '../../diagnostics/path.ts';
import { type OpenRuleFile, openRuleFile, RULE_FILES } from '../open-rule-file.ts';
import { KnownColumns } from '../transforms/columns.ts';
import { steps } from '../transforms/index.ts';
import type { KnownColumn } from './fields.ts';

/** Columns behind more steps than that are those behind the first of them. */
const MOST_STEPS = 200;

const BY_VERB = new Map(steps.map((step) => [step.verb, step]));

/** Mistakes in steps are found by the check, and are of no interest here. */
const SILENT: OpenRuleFile | undefined = openRuleFile(
  { path: '', text: 'table: X' },
  RULE_FILES.table,
  () => {},
);

/**
 * The columns at a path of a table file's data. Steps that cannot be compiled change nothing.
 *
 * @param columns those of the table. @param path leads into `transform` or a route's `transform`; any other has the columns of the table.
 */
export function columnsAtStep(
  columns: readonly KnownColumn[],
  data: unknown,
  path: readonly (string | number)[],
): readonly KnownColumn[] {
  const before = stepsBefore(data, path);
  const table = columns[0]?.table;
  if (before.length === 0 || table === undefined) return columns;
  const known = new KnownColumns(undefined, table);
  for (const { name, type } of columns) known.add(name, type);
  for (const step of before.slice(0, MOST_STEPS)) apply(step, known);
  return known.names().map((name) => ({ table, name, type: known.type(name) ?? 'dynamic' }));
}

function stepsBefore(data: unknown, path: readonly (string | number)[]): readonly unknown[] {
  const [first, at, , index] = path;
  const ofTable = listAt(data, ['transform']);
  if (first === 'transform' && typeof at === 'number') return ofTable.slice(0, at);
  if (first !== 'routes' || at === undefined || path[2] !== 'transform' || typeof index !== 'number')
    return [];
  return [...ofTable, ...listAt(data, ['routes', at, 'transform']).slice(0, index)];
}

function listAt(data: unknown, path: readonly (string | number)[]): readonly unknown[] {
  const list = valueAt(data, path);
  return Array.isArray(list) ? list : [];
}

function apply(step: unknown, columns: KnownColumns): void {
  if (typeof step !== 'object' || step === null || !SILENT) return;
  for (const [verb, value] of Object.entries(step)) {
    BY_VERB.get(verb)?.prepare(value, { file: SILENT, at: [], columns, variables: {} });
    // The lists themselves are not known here.
    const set: unknown = verb === 'lookup' ? valueAt(value, ['set']) : undefined;
    if (typeof set === 'object' && set !== null) for (const name of Object.keys(set)) columns.add(name);
  }
}
