/** Writes the result of `rules run` as text, and as JSON. */
import picocolors from 'picocolors';
import { plural } from '../../../shared/readable.ts';
import { type Cells, inBytes, inColumns, shown } from './columns.ts';
import type { Compared } from './expected.ts';
import type { Difference, RunResult } from './run-result.ts';
import { type Tally, tallyAsJson } from './tally.ts';

/** The result as JSON. */
export function resultAsJson(
  { tally, other, bad, differences, doubts }: RunResult,
  expected: Compared | undefined,
): string {
  const compared = other && {
    other: tallyAsJson(other),
    differences: Object.fromEntries(differences),
    doubts,
  };
  return JSON.stringify(
    {
      ...tallyAsJson(tally),
      unreadable: Object.fromEntries(bad),
      ...compared,
      ...(expected && { expectations: expected.findings }),
    },
    undefined,
    2,
  );
}

/** The result as text for a person. */
export function resultAsText({ tally, other, bad, differences }: RunResult, color: boolean): string {
  const text = other ? comparison(other, tally, differences, color) : summary(tally, color);
  if (bad.size === 0) return text;
  return `${text}\n\n${heading('Rows that could not be read', color)}\n${inColumns([...bad])}`;
}

function summary(tally: Tally, color: boolean): string {
  const held = [...tally.filtered.values()].reduce((sum, count) => sum + count, 0);
  const blocks = [
    `${plural(tally.rows, 'row')}: ${shown(tally.forwarded)} forwarded, ${shown(held)} filtered, ${shown(tally.rows - held - tally.forwarded)} without a destination`,
  ];
  const add = (title: string, lines: readonly Cells[]) => {
    if (lines.length > 0) blocks.push(`${heading(title, color)}\n${inColumns(lines)}`);
  };
  add(
    'Rows by table',
    sorted(tally.tables).map(([name, count]) => [count, name]),
  );
  add(
    'Filtered',
    sorted(tally.filtered).map(([name, count]) => [count, name]),
  );
  add(
    'Rules that matched',
    sorted(tally.rules).map(([name, count]) => [count, name]),
  );
  add(
    'Destinations',
    [...tally.destinations].map(([name, { events, alerts, bytes }]) => [
      name,
      `${shown(events)} events`,
      `${shown(alerts)} alerts`,
      `about ${inBytes(bytes)}`,
    ]),
  );
  return blocks.join('\n\n');
}

function comparison(
  before: Tally,
  after: Tally,
  differences: ReadonlyMap<string, Difference>,
  color: boolean,
): string {
  const paint = picocolors.createColors(color);
  const blocks: string[] = [
    `${plural(after.rows, 'row')}, before (${before.version}) and after (${after.version})`,
  ];
  const add = (title: string, a: ReadonlyMap<string, number>, b: ReadonlyMap<string, number>) => {
    const lines = [...new Set([...a.keys(), ...b.keys()])].sort().flatMap((name): Cells[] => {
      const [from, to] = [a.get(name) ?? 0, b.get(name) ?? 0];
      return from === to ? [] : [[from, '->', to, signed(to - from), name]];
    });
    if (lines.length > 0) blocks.push(`${heading(title, color)}\n${inColumns(lines)}`);
  };
  add('Filtered', before.filtered, after.filtered);
  add('Rules that matched', before.rules, after.rules);
  add('Events', shares(before, 'events'), shares(after, 'events'));
  add('Alerts', shares(before, 'alerts'), shares(after, 'alerts'));
  add('Bytes', shares(before, 'bytes'), shares(after, 'bytes'));
  const rows = [...differences].map(
    ([kind, { count, examples }]): Cells => [count, kind, paint.dim(`e.g. ${examples.join(', ')}`)],
  );
  blocks.push(
    rows.length > 0 ? `${heading('Rows that changed', color)}\n${inColumns(rows)}` : 'No row changes.',
  );
  return blocks.join('\n\n');
}

function shares(tally: Tally, what: 'events' | 'alerts' | 'bytes'): Map<string, number> {
  return new Map([...tally.destinations].map(([name, share]) => [name, share[what]]));
}

function sorted(counts: ReadonlyMap<string, number>): [string, number][] {
  return [...counts].sort((a, b) => b[1] - a[1] || (a[0] < b[0] ? -1 : 1));
}

function signed(value: number): string {
  return `(${value > 0 ? '+' : ''}${shown(value)})`;
}

function heading(text: string, color: boolean): string {
  return picocolors.createColors(color).bold(text);
}
