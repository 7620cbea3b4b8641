import type { JsonObject } from '../../shared/json.ts';
import type { Diagnostic, Span } from '../diagnostics.ts';
import { sortFiles } from '../folder.ts';
import type { RuleContext, RuleFile } from '../ruleset.ts';
import { findTable, type TableSchema } from '../schema/index.ts';
import { parseTable } from '../table/compile.ts';
import { check } from '../yaml/issues.ts';
import type { Path } from '../yaml/locate.ts';
import { parseYamlFile, suggest, type YamlFile } from '../yaml/parse.ts';
import { type Expectation, testFile } from './schema.ts';

/** One test of the rules: a row, and what must come of it. */
export interface RuleTest {
  readonly file: string;
  /** Of its title. */
  readonly span: Span;
  readonly title: string;
  readonly table: string;
  readonly row: JsonObject;
  readonly expect: Expectation;
}

export interface CollectedTests {
  readonly tests: readonly RuleTest[];
  /** On the tests alone: what is wrong with the table files around them, compiling says. */
  readonly diagnostics: readonly Diagnostic[];
}

/** The tests in table files and in `*.test.yaml`. Never throws. */
export function collectTests(
  files: readonly RuleFile[],
  context: Pick<RuleContext, 'destinations'>,
): CollectedTests {
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
      tests.push({ file: source.path, span, title, table: parsed.table, row: row as JsonObject, expect });
    }
  }
  for (const source of folder.tests) {
    const file = parseYamlFile(source, (diagnostic) => diagnostics.push(diagnostic));
    const content = file && check(file, testFile, file.value);
    if (!file || !content) continue;
    for (const [index, test] of content.tests.entries()) {
      const at: Path = ['tests', index];
      const name = test.table ?? content.table;
      if (name === undefined) {
        const hint = 'give the test a table, or the file one for all';
        file.report({ severity: 'error', code: 'missing-key', message: 'missing key "table"', hint }, at);
        continue;
      }
      const schema = schemas.get(name.toLowerCase()) ?? findTable(name);
      checkNames(file, at, test.row as JsonObject, test.expect, schema, context);
      const { title, row, expect } = test;
      const span = file.span([...at, 'title']);
      tests.push({
        file: source.path,
        span,
        title,
        table: schema?.table ?? name,
        row: row as JsonObject,
        expect,
      });
    }
  }
  return { tests, diagnostics };
}

/** A misspelled column or destination would make a test say nothing. */
function checkNames(
  file: YamlFile,
  at: Path,
  row: JsonObject,
  expect: Expectation,
  schema: TableSchema | undefined,
  { destinations }: Pick<RuleContext, 'destinations'>,
): void {
  const warn = (code: string, message: string, path: Path, hint: string | undefined, part?: 'key') =>
    file.report(
      { severity: 'warning', code, message, ...(hint === undefined ? {} : { hint }) },
      [...at, ...path],
      part,
    );
  for (const column of schema ? Object.keys(row) : []) {
    if (schema?.columns.has(column) !== false) continue;
    const message = `${schema.table} has no column "${column}"`;
    warn('unknown-column', message, ['row', column], suggest(column, schema.columns.keys()), 'key');
  }
  for (const [index, name] of (expect.forwarded ?? []).entries()) {
    if (destinations === undefined || destinations.includes(name)) continue;
    const message = `relay.yaml has no destination "${name}"`;
    warn('unknown-destination', message, ['expect', 'forwarded', index], suggest(name, destinations));
  }
}
