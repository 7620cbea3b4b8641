/** Writes the result of `rules run` as Markdown, for a comment on a pull request: what rules decide and, with `--diff`, what a change to them changes. */
import { andMore, codeCell, codeSpan, markdownTable } from '../../../shared/markdown.ts';
import { plural } from '../../../shared/readable.ts';
import { inBytes, shown } from './columns.ts';
import type { RunResult } from './run-result.ts';
import type { Share, Tally } from './tally.ts';

/** The most lines of one table: what is left out is counted. */
const LINES = 30;
/** The most characters of a warning, and of the place of a row, whose end tells which row. */
const LONG = 400;
const NOTHING: Share = { events: 0, alerts: 0, bytes: 0 };

/** A heading, a sentence with the totals, and tables of what changed; without `--diff`, of what there is. */
export function resultAsMarkdown(result: RunResult): string {
  const { tally, other, bad } = result;
  const unread = [...bad].map(([reason, count]) => `${shown(count)} ${codeSpan(reason)}`);
  return [
    `### rules run: ${other ? 'what the change does' : 'what the rules do'} with ${plural(tally.rows, 'row')}`,
    ...(other ? comparison(other, tally, result) : summary(tally)),
    ...(unread.length > 0 ? [`Rows that could not be read: ${unread.join(', ')}`] : []),
  ].join('\n\n');
}

function summary(tally: Tally): readonly string[] {
  return [
    `${shown(tally.forwarded)} forwarded, ${shown(filteredOf(tally))} filtered.`,
    ...listed(
      'Rows by table and destination',
      [
        { title: 'Table' },
        { title: 'Rows in', align: 'right' },
        { title: 'Filtered', align: 'right' },
        { title: 'Destination' },
        { title: 'Rows out', align: 'right' },
        { title: 'Alerts', align: 'right' },
      ],
      [...tally.byTable].flatMap(([table, { rows, filtered, destinations }]) => {
        const shares = [...destinations];
        return (shares.length > 0 ? shares : [[undefined, NOTHING] as const]).map(([to, share]) => [
          codeCell(table),
          shown(rows),
          shown(filtered),
          to === undefined ? '' : codeCell(to),
          shown(share.events),
          shown(share.alerts),
        ]);
      }),
    ),
    ...listed(
      'Alerts by rule',
      [{ title: 'Rule' }, { title: 'Rows', align: 'right' }],
      [...tally.rules].sort((a, b) => b[1] - a[1]).map(([rule, count]) => [codeCell(rule), shown(count)]),
    ),
  ];
}

function comparison(before: Tally, after: Tally, { differences, doubts }: RunResult): readonly string[] {
  const blocks = [
    ...tableChanges(before, after),
    ...counted('Alerts by rule', 'Rule', before.rules, after.rules),
    ...counted('Rows held back by filters', 'Filter', before.filtered, after.filtered),
    ...listed(
      'Rows that changed',
      [{ title: 'Rows', align: 'right' }, { title: 'Change' }, { title: 'Examples' }],
      [...differences].map(([kind, { count, examples }]) => [
        shown(count),
        kind,
        examples.map((place) => codeCell(place, LONG)).join('<br>'),
      ]),
    ),
  ];
  const totals = [
    `forwarded ${change(before.forwarded, after.forwarded)}`,
    `filtered ${change(filteredOf(before), filteredOf(after))}`,
    `alerts ${change(alertsOf(before), alertsOf(after))}`,
    `about ${inBytes(bytesOf(before))} → ${inBytes(bytesOf(after))}`,
  ];
  return [
    `Before (${codeSpan(before.version)}) → after (${codeSpan(after.version)}): ${totals.join(', ')}.`,
    ...doubts.map((doubt) => `> [!WARNING]\n> ${codeSpan(doubt, LONG)}`),
    ...(blocks.length > 0 ? blocks : ['**No row changes.**']),
  ];
}

/** The tables and destinations whose numbers of rows, alerts or bytes differ, and the tables that filters treat otherwise. */
function tableChanges(before: Tally, after: Tally): readonly string[] {
  const rows = [...after.byTable].flatMap(([table, now]) => {
    const was = before.byTable.get(table) ?? { rows: 0, filtered: 0, destinations: new Map() };
    const names = [...new Set([...was.destinations.keys(), ...now.destinations.keys()])].sort();
    const changed = names.flatMap((name) => {
      const [from, to] = [was.destinations.get(name) ?? NOTHING, now.destinations.get(name) ?? NOTHING];
      if (from.events === to.events && from.alerts === to.alerts && from.bytes === to.bytes) return [];
      const bytes =
        from.bytes === to.bytes ? inBytes(to.bytes) : `${inBytes(from.bytes)} → ${inBytes(to.bytes)}`;
      return [[codeCell(name), change(from.events, to.events), change(from.alerts, to.alerts), bytes]];
    });
    const isFilteredOtherwise = was.filtered !== now.filtered;
    const cells = changed.length === 0 && isFilteredOtherwise ? [['', '', '', '']] : changed;
    return cells.map((rest) => [
      codeCell(table),
      shown(now.rows),
      change(was.filtered, now.filtered),
      ...rest,
    ]);
  });
  return listed(
    'Rows by table and destination',
    [
      { title: 'Table' },
      { title: 'Rows in', align: 'right' },
      { title: 'Filtered', align: 'right' },
      { title: 'Destination' },
      { title: 'Rows out', align: 'right' },
      { title: 'Alerts', align: 'right' },
      { title: 'Size, about', align: 'right' },
    ],
    rows,
  );
}

/** The names whose counts differ, those with the greatest change first. */
function counted(
  title: string,
  what: string,
  before: ReadonlyMap<string, number>,
  after: ReadonlyMap<string, number>,
): readonly string[] {
  const changed = [...new Set([...before.keys(), ...after.keys()])].flatMap((name) => {
    const [from, to] = [before.get(name) ?? 0, after.get(name) ?? 0];
    return from === to ? [] : [{ name, from, to }];
  });
  changed.sort((a, b) => Math.abs(b.to - b.from) - Math.abs(a.to - a.from) || (a.name < b.name ? -1 : 1));
  return listed(
    title,
    [
      { title: what },
      { title: 'Before', align: 'right' },
      { title: 'After', align: 'right' },
      { title: 'Change', align: 'right' },
    ],
    changed.map(({ name, from, to }) => [codeCell(name), shown(from), shown(to), signed(to - from)]),
  );
}

/** A heading with a table of at most {@link LINES} lines; nothing without lines. */
function listed(
  title: string,
  head: Parameters<typeof markdownTable>[0],
  rows: readonly (readonly string[])[],
): readonly string[] {
  if (rows.length === 0) return [];
  return [`#### ${title}`, markdownTable(head, rows.slice(0, LINES)), ...andMore(rows.length - LINES)];
}

function change(from: number, to: number): string {
  return from === to ? shown(to) : `${shown(from)} → ${shown(to)} (${signed(to - from)})`;
}

function signed(value: number): string {
  return `${value > 0 ? '+' : ''}${shown(value)}`;
}

function filteredOf({ filtered }: Tally): number {
  return [...filtered.values()].reduce((sum, count) => sum + count, 0);
}

function alertsOf({ rules }: Tally): number {
  return [...rules.values()].reduce((sum, count) => sum + count, 0);
}

function bytesOf({ destinations }: Tally): number {
  return [...destinations.values()].reduce((sum, { bytes }) => sum + bytes, 0);
}
