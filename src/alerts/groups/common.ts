/** Remembers what all alerts of a group have in common: columns with the few values that they have, by which one query finds all events of the group. */
import type { Envelope } from '../../shared/event.ts';
import { defenderName, defenderValue } from '../defender-value.ts';
import type { CommonColumn } from '../message.ts';

/** Tables of the alerts of a group that are remembered. */
const MOST_TABLES = 10;
/** Columns that are remembered, values of each, and the characters of one. */
const MOST_COLUMNS = 6;
const MOST_VALUES = 20;
const LONGEST = 100;

/** Most tables have them, and most alerts of a rule share them. By Defender's names. */
export const USUAL_COLUMNS = ['ActionType', 'DeviceName'] as const;

/**
 * What the first alert of a group says: the columns that it is grouped by, the usual ones, and those that its rule matched. All by the
 * names that Defender gave them and with the values that it has: a query compares these.
 */
export function commonOf(envelope: Envelope): readonly CommonColumn[] {
  const matched = (envelope.rule?.matched ?? []).map(({ column }) => column);
  const grouping = envelope.rule?.grouping;
  const grouped = grouping === undefined || grouping === 'off' ? [] : (grouping.by ?? []);
  const names = grouped.map((column) => defenderName(envelope.renamed, column));
  return [...new Set([...names, ...USUAL_COLUMNS, ...matched])]
    .flatMap((column) => {
      const value = textIn(envelope, column);
      return value === undefined ? [] : [{ column, values: [value] }];
    })
    .slice(0, MOST_COLUMNS);
}

/**
 * What is left when an alert joins: each column holds a value of every alert of the group, or is not among them. A column that an alert lacks, or that has
 * too many values, or too long ones, is given up.
 */
export function stillCommon(known: readonly CommonColumn[], envelope: Envelope): readonly CommonColumn[] {
  const next = known.flatMap((one) => {
    const value = textIn(envelope, one.column);
    if (value === undefined) return [];
    if (includes(one.values, value)) return [one];
    return one.values.length >= MOST_VALUES ? [] : [{ ...one, values: [...one.values, value] }];
  });
  return next.length === known.length && next.every((one, at) => one === known[at]) ? known : next;
}

/** The same of several groups together. */
export function commonOfAll(groups: readonly (readonly CommonColumn[])[]): readonly CommonColumn[] {
  const [first = [], ...others] = groups;
  return others.reduce<readonly CommonColumn[]>(
    (known, group) =>
      known.flatMap(({ column, values }) => {
        const added = group.find((one) => one.column === column)?.values;
        if (added === undefined) return [];
        const all = [...values];
        for (const value of added) if (!includes(all, value)) all.push(value);
        return all.length > MOST_VALUES ? [] : [{ column, values: all }];
      }),
    first,
  );
}

/** The tables of a group when an alert joins; none where they are too many, and then for good. */
export function withTable(tables: readonly string[], table: string): readonly string[] {
  if (tables.length === 0 || tables.includes(table)) return tables;
  return tables.length >= MOST_TABLES ? [] : [...tables, table];
}

/** Letter case makes no difference to a rule, nor to the query. */
function includes(values: readonly string[], value: string): boolean {
  return values.some((one) => one.toLowerCase() === value.toLowerCase());
}

function textIn(envelope: Envelope, column: string): string | undefined {
  const value = defenderValue(envelope, column);
  const text = typeof value === 'number' || typeof value === 'boolean' ? String(value) : value;
  return typeof text === 'string' && text !== '' && text.length <= LONGEST ? text : undefined;
}
