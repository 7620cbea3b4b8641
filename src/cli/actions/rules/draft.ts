/** Drafts a Sigma rule and its test from a row. */
import { randomUUID } from 'node:crypto';
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { stringify } from 'yaml';
import { suggest } from '../../../diagnostics/nearest.ts';
import { assumedContext } from '../../../rules/assumed-context.ts';
import { compileProgram } from '../../../rules/compile.ts';
import { type Draft, draftRule } from '../../../rules/draft/draft.ts';
import { evaluate } from '../../../rules/evaluate.ts';
import { raisedRules } from '../../../rules/explain.ts';
import { sortFiles } from '../../../rules/folder.ts';
import { knownSchema } from '../../../rules/known-schema.ts';
import type { RuleFile } from '../../../rules/rule-file.ts';
import type { Schema, TableSchema } from '../../../rules/schema/index.ts';
import { rowOf } from '../../../rules/testing/run.ts';
import { systemClock } from '../../../shared/clock.ts';
import { foreignCodeOf, messageOf, RelayError } from '../../../shared/errors.ts';
import type { JsonObject } from '../../../shared/json.ts';
import { EXIT, type ExitCode } from '../../exit-codes.ts';
import type { Output } from '../../output.ts';
import { readRow } from './row.ts';
import { loadIfThere, transformsDirectory, type WorkspaceOptions } from './workspace.ts';

export interface DraftOptions extends Omit<WorkspaceOptions, 'paths'> {
  /** A file with one row as JSON; `-` for standard input. */
  readonly from: string;
  /** The row's table, where the row does not say it. */
  readonly table?: string | undefined;
}

/** `rules new --from ROW`: writes a rule that matches the row, and a test of it. Never overwrites a file. */
export async function draftCommand(options: DraftOptions, out: Output): Promise<ExitCode> {
  const directory = await transformsDirectory(options);
  const files = await loadIfThere(directory);
  const given = await readRow(options.from);
  const schema = tableSchema(knownSchema(sortFiles(files), () => {}).schema, options.table ?? given.table);
  const date = new Date(systemClock.now()).toISOString().slice(0, 10);
  const id = randomUUID();
  const draft = draftRule({ schema, row: given.properties, id, date });
  if (!draft) {
    throw new RelayError(
      'row_unreadable',
      `${options.from}: no column of the row holds a short text that a rule could compare`,
    );
  }
  const path = `detections/${draft.name}.yml`;
  const { row, expect, dropped, isHeldBack } = expectationOf({
    draft,
    id,
    table: schema.table,
    given: given.properties,
    path,
    files,
  });
  const test = {
    table: schema.table,
    tests: [{ title: 'the row that the rule was drafted from', row, expect }],
  };
  const paths = [join(directory, path), join(directory, `detections/${draft.name}.test.yaml`)] as const;
  await writeNew(paths[0], draft.rule);
  try {
    await writeNew(paths[1], stringify(test, { lineWidth: 0 }));
  } catch (error) {
    await rm(paths[0], { force: true });
    throw error;
  }
  for (const one of paths) out.print(one);
  if (dropped !== undefined) {
    out.note(
      `the filter "${dropped}" drops this row before any rule sees it: the rule raises no alert of such rows`,
    );
  }
  if (isHeldBack) {
    out.note(
      'the rule raises no alert of this row: an exception, a filter or an override of the rules keeps it back',
    );
  }
  return EXIT.ok;
}

/** Throws a RelayError if the table is not named or not known. */
function tableSchema(known: Schema, name: string | undefined): TableSchema {
  if (name === undefined) {
    throw new RelayError('table_needed', 'the row does not say its table; name it before --from');
  }
  const schema = known.find(name);
  if (schema) return schema;
  const hint = suggest(name, known.tableNames);
  throw new RelayError('unknown_table', `no table "${name}" is known${hint ? `; ${hint}` : ''}`);
}

interface Expected {
  /** The row of the test. */
  readonly row: JsonObject;
  readonly expect: { readonly alerts?: readonly string[]; readonly filtered?: string };
  /** The filter that drops the row. */
  readonly dropped?: string;
  /** Whether no filter of the table drops the row, and the rule yet raises no alert. */
  readonly isHeldBack?: boolean;
}

interface Drafted {
  readonly draft: Draft;
  /** The rule's. */
  readonly id: string;
  readonly table: string;
  /** The whole row. */
  readonly given: JsonObject;
  /** Where the rule will lie. */
  readonly path: string;
  readonly files: readonly RuleFile[];
}

/**
 * What the test expects: the draft, and the rules of the folder that match the row as well. A filter or an exception may go by columns that
 * the draft leaves out; the row of the test then keeps those on which its fate depends.
 */
function expectationOf({ draft, id, table, given, path, files }: Drafted): Expected {
  const all = [...files, { path, text: draft.rule }];
  const { program } = compileProgram(all, assumedContext(all));
  if (!program) return { row: draft.row, expect: { alerts: [draft.title] } };
  const fateOf = (properties: JsonObject): string => {
    const row = rowOf(table, properties);
    const verdict = evaluate(program, row);
    if (verdict.kind === 'filtered') return JSON.stringify({ filter: verdict.filter });
    return String(raisedRules(program, row).some((one) => one.id === id));
  };
  const kept = fateOf(draft.row) === fateOf(given) ? draft.row : withDeciding(draft.row, given, fateOf);
  const row = rowOf(table, kept);
  const verdict = evaluate(program, row);
  if (verdict.kind === 'filtered') {
    return { row: kept, expect: { filtered: verdict.filter }, dropped: verdict.filter };
  }
  const raised = raisedRules(program, row);
  const isHeldBack = !raised.some((one) => one.id === id);
  return { row: kept, expect: { alerts: raised.map(({ title }) => title) }, isHeldBack };
}

/** The columns of the draft, and those of the row without which its fate would be another. Halves are tried first: a row may have many columns. */
function withDeciding(draft: JsonObject, given: JsonObject, fateOf: (row: JsonObject) => string): JsonObject {
  const fate = fateOf(given);
  let kept = given;
  const leaveOut = (columns: readonly string[]): void => {
    const out = new Set(columns);
    const rest = Object.fromEntries(Object.entries(kept).filter(([column]) => !out.has(column)));
    if (fateOf(rest) === fate) kept = rest;
    else if (columns.length > 1) {
      const half = columns.length >> 1;
      leaveOut(columns.slice(0, half));
      leaveOut(columns.slice(half));
    }
  };
  leaveOut(Object.keys(given).filter((column) => !Object.hasOwn(draft, column)));
  return kept;
}

async function writeNew(path: string, text: string): Promise<void> {
  try {
    await mkdir(dirname(path), { recursive: true });
    await writeFile(path, text, { flag: 'wx' });
  } catch (cause) {
    if (foreignCodeOf(cause) === 'EEXIST') {
      throw new RelayError('file_exists', `${path} exists already`, { cause });
    }
    throw new RelayError('file_unwritable', `${path}: ${messageOf(cause)}`, { cause });
  }
}
