/** Renders what `columns` found for a terminal. */
import picocolors from 'picocolors';
import type { ColumnReport, Saving, TableReport } from '../../../rules/columns/report.ts';
import { OTHERS } from '../../../rules/columns/tally.ts';
import { formatAge, plural } from '../../../shared/readable.ts';
import { formatTable, visible } from '../../text.ts';
import { inBytes, inColumns, shown } from '../rules/columns.ts';
import { type ShownColumns, shareOf } from './data.ts';
import type { Measured } from './measured.ts';
import { inWords, withNames } from './readers.ts';

export interface TextOptions extends ShownColumns {
  readonly color: boolean;
}

const DAY_MS = 86_400_000;
/** Columns of each table that are shown where nobody asks for more. */
const TOP = 20;
/** The longest name and the longest list of readers in a line. UTF-16 units. */
const LONGEST = 64;
const UNKNOWN_SHOWN = 30;

/** The whole report. */
export function asText(measured: Measured, options: TextOptions): string {
  const { tables, absent, unreadable, rows, days } = measured;
  const bytes = tables.reduce((sum, table) => sum + table.bytes, 0);
  const span = days === undefined ? '' : `, written over ${formatAge(days * DAY_MS)}`;
  const head = `${plural(rows, 'row')} of ${plural(tables.length, 'table')}, ${inBytes(bytes)} of columns${span}`;
  const blocks = [head, ...tables.map((table) => tableText(table, options))];
  if (absent.length > 0) {
    blocks.push(`Tables with rules or filters, and without a row here: ${list(absent)}`);
  }
  if (unreadable.size > 0) {
    blocks.push(`${bold('Rows that could not be read', options)}\n${inColumns([...unreadable])}`);
  }
  if (tables.some(({ saving }) => saving)) blocks.push(WARNING);
  return blocks.join('\n\n');
}

const WARNING =
  'A step "remove" at the end of "transform" takes columns from every destination of the table, in every shape: raw rows in Splunk, ecs, ocsf.\nRules go on reading them. Ask who searches them there before you copy it; "transform" of a single route does it for one destination.';

function tableText(table: TableReport, options: TextOptions): string {
  const { columns, everything, missed, saving } = table;
  const top = options.top ?? TOP;
  const hidden = columns.length - top;
  const parts = [
    headOf(table, options),
    indented(columnsTable(table, columns.slice(0, top))),
    ...(hidden > 0 ? [`  and ${plural(hidden, 'smaller column')} (--top ${columns.length})`] : []),
    ...(everything.length > 0
      ? [`  Keywords search every column, so that none is unread: ${visible(withNames(everything))}`]
      : []),
    ...missed.map(
      ({ column, readers, isAlwaysEmpty }) =>
        `  ${isAlwaysEmpty ? 'Always empty' : 'Never there'}: ${name(column)}, named by ${visible(withNames(readers))}`,
    ),
    ...unknownLines(columns, options),
    ...(saving ? [savingText(table, saving)] : []),
  ];
  return parts.join('\n');
}

function headOf(
  { table, isKnown, rows, sentRows, bytes, framing }: TableReport,
  options: TextOptions,
): string {
  const known = isKnown ? '' : ' (a table that the schema does not have)';
  const of = table === OTHERS ? 'Further tables' : visible(table);
  return `${bold(of, options)}${known}: ${plural(rows, 'row')}, ${shown(sentRows)} sent, ${inBytes(bytes)}, of which ${inBytes(framing)} are braces and commas`;
}

function columnsTable(table: TableReport, columns: readonly ColumnReport[]): string {
  const lines = columns.map((column) => [
    name(column.name),
    inBytes(column.bytes),
    percent(shareOf(column.bytes, table.bytes)),
    percent(shareOf(table.rows - column.rows + column.empty, table.rows)),
    `${column.distinct.isExact ? '' : '~'}${shown(column.distinct.count)}`,
    stateText(column),
  ]);
  return formatTable(['column', 'bytes', 'share', 'empty', 'distinct', 'read by'], lines, [1, 2, 3, 4]);
}

function stateText({ state, readers }: ColumnReport): string {
  if (state === 'unread') return '-';
  if (state === 'removed') return 'removed by a step';
  if (state === 'internal') return "Microsoft's plumbing, sent to nobody";
  return cut(visible(inWords(readers)));
}

function unknownLines(columns: readonly ColumnReport[], { examples }: TextOptions): readonly string[] {
  const unknown = columns.filter(
    ({ isKnown, state, name: of }) => isKnown === false && state !== 'internal' && of !== OTHERS,
  );
  if (unknown.length === 0) return [];
  const lines = unknown.slice(0, UNKNOWN_SHOWN).map(({ name: of, types, exampleBytes, example, rows }) => {
    const length = exampleBytes === undefined ? 'always empty' : `e.g. ${plural(exampleBytes, 'byte')}`;
    const value = examples && example !== undefined ? `: ${visible(example).replaceAll('\t', ' ')}` : '';
    return `    ${name(of)}: ${types.join(' or ')}, in ${plural(rows, 'row')}, ${length}${value}`;
  });
  const more = unknown.length - lines.length;
  return [
    '  Not in the schema ("xdr-relay schema learn" adds them):',
    ...lines,
    ...(more > 0 ? [`    and ${shown(more)} more`] : []),
  ];
}

function savingText({ table }: TableReport, { columns, bytes, share, bytesPerDay, yaml }: Saving): string {
  const day = bytesPerDay === undefined ? '' : `, about ${inBytes(bytesPerDay)} a day`;
  const text = `  ${plural(columns.length, 'column')} that nothing reads: ${inBytes(bytes)}, ${percent(share)} of what is sent${day}. At the end of "transform" in ${fileName(table)}:`;
  return `${text}\n${indented(`transform:\n${yaml}`, 4)}`;
}

/** A table's name comes out of rows, too. */
function fileName(table: string): string {
  return /^[A-Za-z]\w{0,63}$/.test(table) ? `${table}.yaml` : "the table's file";
}

function name(column: string): string {
  return column === OTHERS ? '(further columns)' : cut(visible(column).replaceAll('\t', ' '));
}

function cut(text: string): string {
  return text.length > LONGEST ? `${text.slice(0, LONGEST - 1).toWellFormed()}…` : text;
}

function percent(share: number): string {
  return `${(share * 100).toFixed(1)}%`;
}

function list(names: readonly string[]): string {
  const first = names.slice(0, TOP).map(visible).join(', ');
  return names.length > TOP ? `${first} and ${shown(names.length - TOP)} more` : first;
}

function indented(text: string, by = 2): string {
  return text.replace(/^/gm, ' '.repeat(by));
}

function bold(text: string, { color }: TextOptions): string {
  return picocolors.createColors(color).bold(text);
}
