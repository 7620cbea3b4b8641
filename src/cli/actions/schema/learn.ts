/** Proposes tables and columns that rows have and the schema lacks. */
import { Learner, type LearntTable, proposals } from '../../../rules/schema/learn.ts';
import { increment } from '../../../shared/counts.ts';
import { plural } from '../../../shared/readable.ts';
import { EXIT, type ExitCode } from '../../exit-codes.ts';
import type { Output } from '../../output.ts';
import { inColumns, shown } from '../rules/columns.ts';
import { relayFileOf } from '../rules/place.ts';
import { openRows } from '../rules/rows.ts';
import { rowsBar } from '../rules/rows-bar.ts';
import type { WorkspaceOptions } from '../rules/workspace.ts';
import { openOwnFile, writeOwnFile } from './own-file.ts';

export interface LearnOptions extends WorkspaceOptions {
  /** Paths of files with rows, or addresses of blobs. */
  readonly inputs: readonly string[];
  /** Whether to write the proposals into the schema file. */
  readonly write: boolean;
  readonly format: 'text' | 'json';
}

/** `schema learn`: shows what rows have and the schema lacks. Exits with 1 if the schema file has mistakes. */
export async function learnCommand(
  options: LearnOptions,
  out: Output,
  signal?: AbortSignal,
): Promise<ExitCode> {
  const own = await openOwnFile(options, out);
  if (!own) return EXIT.failed;
  const config = await relayFileOf(options.config);
  const sources = await Promise.all(options.inputs.map((input) => openRows(input, config)));
  const learner = new Learner();
  const bad = new Map<string, number>();
  let rows = 0;
  const bar = rowsBar(sources, out);
  try {
    for (const source of sources) {
      for await (const { parsed, end } of source.rows()) {
        signal?.throwIfAborted();
        bar.at(source, end, rows);
        if (parsed.ok) {
          rows += 1;
          learner.add(parsed.row.table, parsed.row.properties);
        } else increment(bad, parsed.reason);
      }
      bar.finished(source);
    }
  } finally {
    bar.stop();
  }
  const learnt = learner.learnt(own.known);
  if (options.format === 'json') {
    const { passedOver } = learner;
    out.print(
      JSON.stringify({ rows, unreadable: Object.fromEntries(bad), passedOver, tables: learnt }, undefined, 2),
    );
  } else out.print(asText(rows, learnt));
  noteRest(bad, learner.passedOver, out);
  if (!options.write) return EXIT.ok;
  const edit = await writeOwnFile(own, proposals(learnt), false, out);
  if (!edit) return EXIT.failed;
  out.note(`${own.path}: ${plural(edit.added.length, 'column')} added`);
  return EXIT.ok;
}

function asText(rows: number, learnt: readonly LearntTable[]): string {
  const found = learnt.flatMap(({ columns }) => columns);
  const added = found.filter(({ known }) => known === undefined).length;
  const head = `${plural(rows, 'row')} read: ${plural(added, 'column')} that the schema does not have, ${found.length - added} with values of another type`;
  const blocks = learnt.map(({ table, isNew, rows: ofTable, columns }) => {
    const lines = columns.map(({ column, type, known, rows: with_, isMixed }) => [
      `${known === undefined ? '+' : '!'} ${column}`,
      type ?? 'unknown',
      `in ${shown(with_)} of ${plural(ofTable, 'row')}`,
      [
        ...(known === undefined ? [] : [`${known} in the schema`]),
        ...(isMixed ? ['rows disagree about the type'] : []),
        ...(type === undefined ? ['always empty'] : []),
      ].join(', '),
    ]);
    return [`${table}${isNew ? ' (a table that the schema does not have)' : ''}`, inColumns(lines)]
      .filter((part) => part !== '')
      .join('\n');
  });
  return [head, ...blocks].join('\n\n');
}

function noteRest(bad: ReadonlyMap<string, number>, passedOver: number, out: Output): void {
  for (const [reason, count] of bad) out.note(`${plural(count, 'row')} could not be read: ${reason}`);
  if (passedOver > 0) {
    const names = plural(passedOver, 'value');
    out.note(
      `${names} passed over: the name of the table or column is none that a schema can have, or there are too many`,
    );
  }
}
