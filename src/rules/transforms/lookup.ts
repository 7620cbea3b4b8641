/** The step `lookup`: writes what a list says about a value of the row. */
import { z } from 'zod';
import { suggest } from '../../diagnostics/nearest.ts';
import type { JsonValue } from '../../shared/json.ts';
import { DATABASE, DEVICES, type List } from '../lists/list.ts';
import { wrongList } from '../unknown-names.ts';
import { defineStep, type StepContext } from './step.ts';
import { compileSet, firstFound, setOf, write } from './written.ts';

/**
 * `lookup: { list: vips, key: AccountUpn, set: { vip: true, owner: owner } }`: where the list has the value of `key`, writes constants and
 * what stands in the list's columns. Changes nothing in other rows.
 */
export const lookup = defineStep(
  'lookup',
  z
    .strictObject({
      list: z.string().min(1).describe('The name of a list in `lists/`, or `devices`.'),
      key: z
        .string()
        .min(1)
        .describe('The column whose value is looked up. Of an array, the first element that the list has.'),
      set: setOf('the name of a column of the list'),
    })
    .describe(
      'Writes what a list has beside a value. Where the list does not have the value, nothing changes.',
    ),
  ({ list: name, key, set }, context) => {
    context.need(key, ['key']);
    const list = context.list(name, ['list']);
    if (list?.type === DATABASE) context.report({ ...wrongList(list), path: ['list'] });
    const written = compileSet(set, context, (column, path) => columnOf(column, list, context, path));
    const find = (text: string) => {
      const entry = list?.find(text) ?? -1;
      return entry < 0 ? undefined : entry;
    };
    const read = list && (list.name === DEVICES ? list.valueAt.bind(list) : remembering(list));
    return (draft) => {
      const entry = firstFound(draft.get(key), find);
      if (read && entry !== undefined) write(draft, written, (column) => read(entry, column));
    };
  },
  {
    value: { list: 'vips', key: 'AccountUpn', set: { vip: true, owner: 'owner' } },
    files: [{ path: 'lists/vips.csv', text: 'upn,owner\nada@contoso.com,Ann\n' }],
    row: { AccountUpn: 'Ada@contoso.com' },
    result: { AccountUpn: 'Ada@contoso.com', vip: true, owner: 'Ann' },
  },
);

/** How many entries' values are remembered: the same devices and people occur again and again. */
const REMEMBERED = 4_096;

/** Reads the values of entries, and remembers them: a CSV list keeps its text alone, in which the line is read anew each time. */
function remembering(list: List): List['valueAt'] {
  const known = new Map<number, Map<string, JsonValue | undefined>>();
  return (entry, column) => {
    let values = known.get(entry);
    if (!values) {
      if (known.size >= REMEMBERED) known.clear();
      values = new Map();
      known.set(entry, values);
    }
    if (!values.has(column)) values.set(column, list.valueAt(entry, column));
    return values.get(column);
  };
}

function columnOf(
  column: string,
  list: List | undefined,
  context: StepContext,
  path: readonly string[],
): string | undefined {
  // A list that has no file yet has no columns that could be checked.
  const isKnown = !list || (list.size === 0 && list.columns.length === 0) || list.columns.includes(column);
  if (isKnown || list.type === DATABASE) return column;
  const near = suggest(column, list.columns);
  const hint = `${near === undefined ? '' : `${near} `}a text that is meant as it is: { value: ${column} }`;
  const message = `the list "${list.name}" has no column "${column}" beside its key`;
  context.report({ code: 'unknown-column', message, hint, path });
  return undefined;
}
