import type { z } from 'zod';
import type { Diagnostic, Span } from '../../diagnostics/diagnostic.ts';
import type { JsonObject } from '../../shared/json.ts';
import { sortFiles } from '../folder.ts';
import type { RuleFile } from '../rule-file.ts';
import type { RuleContext } from '../ruleset.ts';
import { findTable, type TableSchema } from '../schema/index.ts';
import { parseTable } from '../table/compile.ts';
import { check } from '../yaml/issues.ts';
import type { Path } from '../yaml/locate.ts';
import { parseYamlFile, suggest, type YamlFile } from '../yaml/parse.ts';
import { type Expectation, testFile } from './schema.ts';

/** One test of the rules: a row or several, and what must come of them. */
export type RuleTest = RowTest | SequenceTest;

interface TestHeader {
  readonly file: string;
  /** Of its title. */
  readonly span: Span;
  readonly title: string;
  readonly expect: Expectation;
}

export interface RowTest extends TestHeader {
  readonly kind: 'row';
  readonly table: string;
  readonly row: JsonObject;
}

/** Rows one after the other, for correlations. Only `alerts` is expected of them. */
export interface SequenceTest extends TestHeader {
  readonly kind: 'rows';
  readonly rows: readonly TimedRow[];
}

export interface TimedRow {
  /** Milliseconds from the beginning of the test. */
  readonly at: number;
  readonly table: string;
  readonly row: JsonObject;
}

type Destinations = Pick<RuleContext, 'destinations'>;

export interface CollectedTests {
  readonly tests: readonly RuleTest[];
  /** On the tests alone: what is wrong with the table files around them, compiling says. */
  readonly diagnostics: readonly Diagnostic[];
}

/** The tests in table files and in `*.test.yaml`. Never throws. */
export function collectTests(files: readonly RuleFile[], context: Destinations): CollectedTests {
  const diagnostics: Diagnostic[] = [];
  const tests: RuleTest[] = [];
  const folder = sortFiles(files);
  const schemas = new Map<string, TableSchema>();
  for (const source of folder.tables) {
    let parsing = true;
    const parsed = parseTable(source, (diagnostic) => {
      if (!parsing) diagnostics.push(diagnostic);
    });
    if (!parsed) continue;
    parsing = false;
    if (parsed.schema) schemas.set(parsed.table.toLowerCase(), parsed.schema);
    for (const [index, { title, row, expect }] of (parsed.content.tests ?? []).entries()) {
      const at: Path = ['tests', index];
      checkNames(parsed.file, at, row as JsonObject, expect, parsed.schema, context);
      const span = parsed.file.span([...at, 'title']);
      const { table } = parsed;
      tests.push({ kind: 'row', file: source.path, span, title, table, row: row as JsonObject, expect });
    }
  }
  for (const source of folder.tests) {
    const file = parseYamlFile(source, (diagnostic) => diagnostics.push(diagnostic));
    const content = file && check(file, testFile, file.value);
    if (!file || !content) continue;
    for (const [index, test] of content.tests.entries()) {
      const read = readTest(file, ['tests', index], test, content.table, { schemas, context });
      if (read) tests.push(read);
    }
  }
  return { tests, diagnostics };
}

/** A test of a `*.test.yaml`; undefined when it is none, which is reported. */
function readTest(
  file: YamlFile,
  at: Path,
  { title, row, rows, table, expect }: z.infer<typeof testFile>['tests'][number],
  defaultTable: string | undefined,
  {
    schemas,
    context,
  }: { readonly schemas: ReadonlyMap<string, TableSchema>; readonly context: Destinations },
): RuleTest | undefined {
  const error = (code: string, message: string, hint: string, path: Path = []) => {
    file.report({ severity: 'error', code, message, hint }, [...at, ...path]);
    return undefined;
  };
  const read = (properties: JsonObject, own: string | undefined, path: Path) => {
    const name = own ?? table ?? defaultTable;
    if (name === undefined) {
      return error(
        'missing-key',
        'missing key "table"',
        'give the test a table, or the file one for all',
        path,
      );
    }
    const schema = schemas.get(name.toLowerCase()) ?? findTable(name);
    checkColumns(file, [...at, ...path, 'row'], properties, schema);
    return { table: schema?.table ?? name, row: properties };
  };
  if ((row === undefined) === (rows === undefined)) {
    return error('missing-key', 'a test has either "row" or "rows"', '"rows" is for correlations');
  }
  checkDestinations(file, at, expect, context);
  const header = { file: file.path, span: file.span([...at, 'title']), title, expect };
  if (row) {
    const only = read(row as JsonObject, undefined, []);
    return only && { kind: 'row', ...header, ...only };
  }
  const others = Object.keys(expect).filter((key) => key !== 'alerts');
  if (others.length > 0 || !expect.alerts) {
    return error(
      'unknown-key',
      'of "rows" only "alerts" can be expected',
      'test the other things on a "row"',
      ['expect'],
    );
  }
  const timed = (rows ?? []).flatMap((one, index): TimedRow[] => {
    const found = read(one.row as JsonObject, one.table, ['rows', index]);
    const { at: start = 0, times = 1 } = one;
    return found ? Array.from({ length: times }, (_, n) => ({ at: start + n * 1000, ...found })) : [];
  });
  return { kind: 'rows', ...header, rows: timed };
}

/** A misspelled column or destination would make a test say nothing. */
function checkNames(
  file: YamlFile,
  at: Path,
  row: JsonObject,
  expect: Expectation,
  schema: TableSchema | undefined,
  context: Destinations,
): void {
  checkColumns(file, [...at, 'row'], row, schema);
  checkDestinations(file, at, expect, context);
}

function checkColumns(file: YamlFile, at: Path, row: JsonObject, schema: TableSchema | undefined): void {
  for (const column of schema ? Object.keys(row) : []) {
    if (schema?.columns.has(column) !== false) continue;
    const message = `${schema.table} has no column "${column}"`;
    warn(file, 'unknown-column', message, suggest(column, schema.columns.keys()), [...at, column], 'key');
  }
}

function checkDestinations(
  file: YamlFile,
  at: Path,
  expect: Expectation,
  { destinations }: Destinations,
): void {
  for (const [index, name] of (expect.forwarded ?? []).entries()) {
    if (destinations === undefined || destinations.includes(name)) continue;
    const message = `relay.yaml has no destination "${name}"`;
    const path = [...at, 'expect', 'forwarded', index];
    warn(file, 'unknown-destination', message, suggest(name, destinations), path);
  }
}

function warn(
  file: YamlFile,
  code: string,
  message: string,
  hint: string | undefined,
  path: Path,
  part?: 'key',
): void {
  file.report({ severity: 'warning', code, message, ...(hint === undefined ? {} : { hint }) }, path, part);
}
