/** Collects the tests in rule files, and checks them. */
import type { z } from 'zod';
import type { Diagnostic, Span } from '../../diagnostics/diagnostic.ts';
import { didYouMean } from '../../diagnostics/nearest.ts';
import type { Path } from '../../diagnostics/path.ts';
import { missingKey, unknownDestination } from '../../diagnostics/sentences.ts';
import type { JsonObject } from '../../shared/json.ts';
import { mayBeTitle } from '../../shared/title-template.ts';
import { sortFiles } from '../folder.ts';
import { checkRuleFile, type OpenRuleFile, openRuleFile, RULE_FILES } from '../open-rule-file.ts';
import type { Program } from '../program.ts';
import type { RuleFile } from '../rule-file.ts';
import type { RuleContext } from '../ruleset.ts';
import { type Schema, type TableSchema, withTables } from '../schema/index.ts';
import { ownSchema } from '../schema/own-file.ts';
import { expiryTime } from '../sigma/index.ts';
import { parseTable } from '../table/compile.ts';
import { unknownColumn, unknownTable } from '../unknown-names.ts';
import { type AlertNames, alertNames } from './alert-names.ts';
import { type Expectation, testFile } from './schema.ts';

/** One test of the rules: one or several rows, and what is expected of them. */
export type RuleTest = RowTest | SequenceTest;

interface TestHeader {
  readonly file: string;
  /** Where the test's title stands in the file. */
  readonly span: Span;
  readonly title: string;
  readonly expect: Expectation;
  /** When the test begins, in milliseconds since the epoch; undefined for before any exception ends. */
  readonly date?: number;
}

export interface RowTest extends TestHeader {
  readonly kind: 'row';
  readonly table: string;
  readonly row: JsonObject;
}

/** A test of correlations: several rows in order. Only `alerts` can be expected of them. */
export interface SequenceTest extends TestHeader {
  readonly kind: 'rows';
  readonly rows: readonly TimedRow[];
}

export interface TimedRow {
  /** When the row's event happens, in milliseconds from the beginning of the test. */
  readonly at: number;
  readonly table: string;
  readonly row: JsonObject;
}

type Destinations = Pick<RuleContext, 'destinations'>;

export interface CollectedTests {
  readonly tests: readonly RuleTest[];
  /** The mistakes in tests only; compiling reports the mistakes in table files. */
  readonly diagnostics: readonly Diagnostic[];
}

/**
 * Collects the tests in table files and in `*.test.yaml`. Never throws.
 *
 * @param program the compiled rules, undefined if they have errors: then tests may name any rule.
 */
export function collectTests(
  files: readonly RuleFile[],
  context: Destinations,
  program?: Program | undefined,
): CollectedTests {
  const diagnostics: Diagnostic[] = [];
  const tests: RuleTest[] = [];
  const folder = sortFiles(files);
  // Mistakes in the schema file are dropped here, because compiling reports them.
  const own = ownSchema(folder.schema, () => {});
  const known: TableSchema[] = [];
  const unlisted = new Set<string>();
  const alerts = program && alertNames(program);
  for (const source of folder.tables) {
    let parsing = true;
    const parsed = parseTable(source, own, (diagnostic) => {
      if (!parsing) diagnostics.push(diagnostic);
    });
    if (!parsed) continue;
    parsing = false;
    if (parsed.schema) known.push(parsed.schema);
    else unlisted.add(parsed.table.toLowerCase());
    for (const [index, { title, row, expect, date }] of (parsed.content.tests ?? []).entries()) {
      const at: Path = ['tests', index];
      checkColumns(parsed.file, [...at, 'row'], row as JsonObject, parsed.schema);
      checkDestinations(parsed.file, at, expect, context);
      checkAlerts(parsed.file, at, expect, alerts);
      const span = parsed.file.span([...at, 'title']);
      const { table } = parsed;
      const header = { file: source.path, span, title, expect, ...beginning(date) };
      tests.push({ kind: 'row', ...header, table, row: row as JsonObject });
    }
  }
  const schema = withTables(own, known);
  for (const source of folder.tests) {
    const file = openRuleFile(source, RULE_FILES.test, (diagnostic) => diagnostics.push(diagnostic));
    const content = file && checkRuleFile(file, testFile, file.data);
    if (!file || !content) continue;
    checkTable(file, ['table'], content.table, { schema, unlisted });
    for (const [index, test] of content.tests.entries()) {
      const at = ['tests', index];
      const read = readTest(test, { file, at, table: content.table, schema, unlisted, context });
      if (!read) continue;
      checkAlerts(file, at, test.expect, alerts);
      tests.push(read);
    }
  }
  return { tests, diagnostics };
}

function beginning(date: string | undefined): { readonly date?: number } {
  return date === undefined ? {} : { date: expiryTime(date) };
}

/** The context for reading a test of a `*.test.yaml`. */
interface Surroundings {
  readonly file: OpenRuleFile;
  /** The test's place in the file. */
  readonly at: Path;
  /** The `table` at the top of the file. */
  readonly table: string | undefined;
  readonly schema: Schema;
  /** Tables that have a table file but no schema, in lower case. */
  readonly unlisted: ReadonlySet<string>;
  readonly context: Destinations;
}

type WrittenTest = z.infer<typeof testFile>['tests'][number];

/** Reads a test of a `*.test.yaml`; undefined if it is not valid, which was reported. */
function readTest(test: WrittenTest, around: Surroundings): RuleTest | undefined {
  const { file, at, context } = around;
  const { title, row, rows, expect } = test;
  if ((row === undefined) === (rows === undefined)) {
    const message = 'a test has either "row" or "rows"';
    file.report({ code: 'missing-key', path: at, message, hint: '"rows" is for correlations' });
    return undefined;
  }
  checkDestinations(file, at, expect, context);
  if (row && expect.messages !== undefined) {
    const message = '"messages" are of several rows';
    const hint = 'write the row under "rows", or expect "alerts"';
    file.report({ code: 'unknown-key', path: [...at, 'expect', 'messages'], atKey: true, message, hint });
    return undefined;
  }
  const header = {
    file: file.path,
    span: file.span([...at, 'title']),
    title,
    expect,
    ...beginning(test.date),
  };
  if (row) {
    const only = readRow({ row: row as JsonObject, table: test.table }, [], around);
    return only && { kind: 'row', ...header, ...only };
  }
  const others = Object.keys(expect).filter((key) => key !== 'alerts' && key !== 'messages');
  if (others.length > 0 || (expect.alerts ?? expect.messages) === undefined) {
    const message = 'of "rows" only "alerts" and "messages" can be expected';
    const hint = 'test the other things on a "row"';
    file.report({ code: 'unknown-key', path: [...at, 'expect'], message, hint });
    return undefined;
  }
  checkTable(file, [...at, 'table'], test.table, around);
  const ofTest = { ...around, table: test.table ?? around.table };
  const timed = (rows ?? []).flatMap((one, index): TimedRow[] => {
    const found = readRow({ row: one.row as JsonObject, table: one.table }, ['rows', index], ofTest);
    const { at: start = 0, times = 1 } = one;
    return found ? Array.from({ length: times }, (_, n) => ({ at: start + n * 1000, ...found })) : [];
  });
  return { kind: 'rows', ...header, rows: timed };
}

/** Reads a row and its table. Undefined if neither the row, the test nor the file names a table, which was reported. */
function readRow(
  written: { readonly row: JsonObject; readonly table: string | undefined },
  path: Path,
  around: Surroundings,
): { readonly table: string; readonly row: JsonObject } | undefined {
  const { file, at, table, schema: known } = around;
  const { row } = written;
  const name = written.table ?? table;
  const place = [...at, ...path];
  if (name === undefined) {
    const wanted = 'a string; or give the file a table for all of its tests';
    file.report({ ...missingKey(place, 'table', wanted), path: place });
    return undefined;
  }
  checkTable(file, [...place, 'table'], written.table, around);
  const schema = known.find(name);
  checkColumns(file, [...place, 'row'], row, schema);
  return { table: schema?.table ?? name, row };
}

/** Reports unknown columns of a test's row: with a misspelt column the test would check nothing. */
function checkColumns(file: OpenRuleFile, at: Path, row: JsonObject, schema: TableSchema | undefined): void {
  for (const column of schema ? Object.keys(row) : []) {
    if (schema?.columns.has(column) !== false) continue;
    const mistake = unknownColumn(schema.table, column, didYouMean(column, schema.columns.keys()));
    file.report({ ...mistake, severity: 'warning', path: [...at, column], atKey: true });
  }
}

/** Reports unknown destinations: with a misspelt destination the test would check nothing. */
function checkDestinations(
  file: OpenRuleFile,
  at: Path,
  expect: Expectation,
  { destinations }: Destinations,
): void {
  if (destinations === undefined) return;
  for (const [index, name] of (expect.forwarded ?? []).entries()) {
    const path = [...at, 'expect', 'forwarded', index];
    if (destinations.includes(name)) continue;
    file.report({ ...unknownDestination(path, name, destinations), severity: 'warning', path });
  }
  for (const [key, name] of (['sent', 'metadata'] as const).flatMap((key) =>
    Object.keys(expect[key] ?? {}).map((name) => [key, name] as const),
  )) {
    const path = [...at, 'expect', key, name];
    if (destinations.includes(name)) continue;
    file.report({ ...unknownDestination(path, name, destinations), severity: 'warning', path, atKey: true });
  }
}

/** Reports an unknown table: no rule applies to the rows of a misspelt table. */
function checkTable(
  file: OpenRuleFile,
  path: Path,
  table: string | undefined,
  { schema, unlisted }: Pick<Surroundings, 'schema' | 'unlisted'>,
): void {
  if (table === undefined || unlisted.has(table.toLowerCase()) || schema.find(table)) return;
  file.report({ ...unknownTable(table, schema.tableNames), severity: 'warning', path });
}

/** Reports expected alerts that no rule can raise. */
function checkAlerts(file: OpenRuleFile, at: Path, expect: Expectation, known: AlertNames | undefined): void {
  if (known === undefined) return;
  for (const key of ['alerts', 'messages'] as const) {
    const expected = expect[key];
    if (expected === undefined) continue;
    const isList = Array.isArray(expected);
    const names = isList ? expected : Object.keys(expected);
    for (const [index, name] of names.entries()) {
      if (known.names.has(name) || known.templates.some((title) => mayBeTitle(title, name))) continue;
      file.report({
        code: 'unknown-rule',
        severity: 'warning',
        path: [...at, 'expect', key, isList ? index : name],
        atKey: !isList,
        message: `no rule that raises alerts has the title or id "${name}"`,
        hint: didYouMean(name, known.names),
      });
    }
  }
}
