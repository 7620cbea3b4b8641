/** Measures the columns of rows, and says which of them nothing reads. */

import { columnSpans } from '../../blobs/rows/column-spans.ts';
import { reportColumns } from '../../rules/columns/report.ts';
import { ColumnTally } from '../../rules/columns/tally.ts';
import { TimeSpan } from '../../rules/columns/time-span.ts';
import { evaluate } from '../../rules/evaluate.ts';
import type { Program } from '../../rules/program.ts';
import type { Schema } from '../../rules/schema/index.ts';
import { increment } from '../../shared/counts.ts';
import type { Row } from '../../shared/event.ts';
import { envelopeMember } from '../../shared/row-members.ts';
import { rowTime } from '../../shared/row-time.ts';
import { EXIT, type ExitCode } from '../exit-codes.ts';
import type { Output } from '../output.ts';
import { asCsv, asJson } from './columns/data.ts';
import type { Measured } from './columns/measured.ts';
import { asText } from './columns/text.ts';
import { printDiagnostics } from './rules/check.ts';
import { relayFileOf } from './rules/place.ts';
import { openCorpus, type RowSource } from './rules/rows.ts';
import { rowsBar } from './rules/rows-bar.ts';
import { unreadRows } from './rules/unread-rows.ts';
import { openWorkspace, type WorkspaceOptions } from './rules/workspace.ts';

export interface ColumnsOptions extends WorkspaceOptions {
  /** Files and folders with rows, or addresses of blobs and folders of blobs. */
  readonly inputs: readonly string[];
  /** Only rows of these tables. */
  readonly tables: readonly string[];
  /** How many columns of each table are shown; undefined for the default of the format. */
  readonly top: number | undefined;
  readonly ignoreKeywords: boolean;
  /** Whether to show values of columns that the schema does not have. */
  readonly examples: boolean;
  readonly format: 'text' | 'json' | 'csv';
}

/** `columns`: exits with 1 if the rules do not compile. */
export async function columnsCommand(
  options: ColumnsOptions,
  out: Output,
  signal?: AbortSignal,
): Promise<ExitCode> {
  const { inputs, tables, format, examples, top, ignoreKeywords } = options;
  const workspace = await openWorkspace(options);
  const { compiled, context } = workspace;
  const { program, schema, diagnostics } = compiled;
  if (program === undefined) {
    printDiagnostics(diagnostics, workspace, { format: format === 'json' ? 'json' : 'text' }, out);
    return EXIT.failed;
  }
  if (context.reading === undefined) out.note(WITHOUT_RELAY_YAML);
  const sources = await openCorpus(inputs, await relayFileOf(options.config));
  const counted = await countRows(sources, { program, schema, tables }, { out, signal });
  const { tally, span, rows, unreadable } = counted;
  const { days } = span;
  const found = tally.tables();
  const report = reportColumns(
    found,
    { program, schema, context },
    { days, ignoresKeywords: ignoreKeywords },
  );
  const absent = tables.length > 0 ? [] : report.absent;
  const measured: Measured = { ...report, absent, rows, days, unreadable };
  const shown = { examples, top };
  if (format === 'csv') out.print(asCsv(measured, shown));
  else if (format === 'json') out.print(asJson(measured, shown));
  else out.print(asText(measured, { ...shown, color: out.color }));
  return EXIT.ok;
}

const WITHOUT_RELAY_YAML =
  'without a relay.yaml, the shapes of destinations are not known: columns that only those read count as unread (--config names one)';

interface Counting {
  readonly program: Program;
  readonly schema: Schema;
  readonly tables: readonly string[];
}

async function countRows(
  sources: readonly RowSource[],
  { program, schema, tables }: Counting,
  { out, signal }: { readonly out: Output; readonly signal: AbortSignal | undefined },
) {
  const tally = new ColumnTally((table, column) => schema.find(table)?.columns.has(column) === true);
  const span = new TimeSpan();
  const unreadable = new Map<string, number>();
  const wanted = new Set(tables.map((table) => table.toLowerCase()));
  const isWanted = (row: Row) => wanted.size === 0 || wanted.has(row.table.toLowerCase());
  let rows = 0;
  const bar = rowsBar(sources, out);
  try {
    for (const source of sources) {
      let readable = 0;
      const unread = unreadRows(source);
      for await (const { parsed, raw, end } of source.rows()) {
        signal?.throwIfAborted();
        bar.at(source, end, rows);
        if (!parsed.ok) {
          increment(unreadable, parsed.reason);
          unread.add(raw, parsed);
          continue;
        }
        const { row } = parsed;
        readable += 1;
        span.add(writtenAt(row));
        if (!isWanted(row)) continue;
        rows += 1;
        tally.add(row.table, columnSpans(raw, row), isSent(program, row));
      }
      bar.finished(source);
      await unread.mustNotBeAll(readable);
    }
  } finally {
    bar.stop();
  }
  return { tally, span, rows, unreadable };
}

/** When Defender handed a row over; when its event happened, where it does not say. */
function writtenAt(row: Row): number {
  const time = envelopeMember(row, 'time');
  const written = typeof time === 'string' ? Date.parse(time) : Number.NaN;
  return Number.isNaN(written) ? (rowTime(row) ?? Number.NaN) : written;
}

function isSent(program: Program, row: Row): boolean {
  const verdict = evaluate(program, row);
  return verdict.kind === 'forwarded' && verdict.routes.length > 0;
}
