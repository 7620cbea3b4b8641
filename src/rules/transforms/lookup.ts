/** The step `lookup`: writes what a list says about a value of the row. */
import { z } from 'zod';
import { suggest } from '../../diagnostics/nearest.ts';
import { isJsonObject, type JsonValue } from '../../shared/json.ts';
import type { List } from '../lists/list.ts';
import { defineStep, type StepContext } from './step.ts';

/** What is written into a column of the row. */
type Written = { readonly value: JsonValue } | { readonly column: string };

const constant = z
  .strictObject({ value: z.json().describe('Written as it is. "$NAME" is a variable of relay.yaml.') })
  .describe('A constant.');

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
      set: z
        .record(z.string().min(1), z.union([z.string().min(1), z.number(), z.boolean(), constant]))
        .refine((columns) => Object.keys(columns).length > 0, 'a mapping with at least 1 column')
        .describe(
          'Column of the row -> what is written there: a string is the name of a column of the list, `true`, `false` and numbers are written as they are, and `{ value: text }` is a constant of any kind.',
        ),
    })
    .describe(
      'Writes what a list has beside a value. Where the list does not have the value, nothing changes.',
    ),
  ({ list: name, key, set }, context) => {
    context.need(key, ['key']);
    const list = context.list(name, ['list']);
    const written = Object.entries(set).flatMap(([column, what]): (readonly [string, Written])[] => {
      const compiled = writtenOf(what, list, context, ['set', column]);
      context.columns.add(column);
      return compiled ? [[column, compiled]] : [];
    });
    return (draft) => {
      const entry = list ? entryOf(list, draft.get(key)) : -1;
      if (!list || entry < 0) return;
      for (const [column, what] of written) {
        const value = 'value' in what ? what.value : list.valueAt(entry, what.column);
        if (value !== undefined) draft.set(column, value);
      }
    };
  },
  {
    value: { list: 'vips', key: 'AccountUpn', set: { vip: true, owner: 'owner' } },
    files: [{ path: 'lists/vips.csv', text: 'upn,owner\nada@contoso.com,Ann\n' }],
    row: { AccountUpn: 'Ada@contoso.com' },
    result: { AccountUpn: 'Ada@contoso.com', vip: true, owner: 'Ann' },
  },
);

function writtenOf(
  what: string | number | boolean | { readonly value: z.core.util.JSONType },
  list: List | undefined,
  context: StepContext,
  path: readonly string[],
): Written | undefined {
  if (typeof what === 'string') {
    // A list that has no file yet has no columns that could be checked.
    if (!list || (list.size === 0 && list.columns.length === 0) || list.columns.includes(what))
      return { column: what };
    const near = suggest(what, list.columns);
    const hint = `${near === undefined ? '' : `${near} `}a text that is meant as it is: { value: ${what} }`;
    const message = `the list "${list.name}" has no column "${what}" beside its key`;
    context.report({ code: 'unknown-column', message, hint, path });
    return undefined;
  }
  if (typeof what !== 'object') return { value: what };
  const { value } = what;
  if (typeof value !== 'string') return { value: value as JsonValue };
  const filled = context.variable(value, [...path, 'value']);
  return filled === undefined ? undefined : { value: filled };
}

/** How many elements of an array are looked up. No telemetry has longer ones, but an attacker's row may. */
const MANY = 512;

function entryOf(list: List, value: JsonValue | undefined): number {
  if (typeof value === 'string') return list.find(value);
  if (value === undefined || value === null || isJsonObject(value)) return -1;
  if (!Array.isArray(value)) return list.find(String(value));
  for (const element of value.slice(0, MANY)) {
    const entry = Array.isArray(element) ? -1 : entryOf(list, element as JsonValue);
    if (entry >= 0) return entry;
  }
  return -1;
}
