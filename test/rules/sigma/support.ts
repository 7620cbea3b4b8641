import { LineCounter, parseDocument, type YAMLMap } from 'yaml';
import type { Diagnostic } from '../../../src/diagnostics/diagnostic.ts';
import { nearest } from '../../../src/diagnostics/nearest.ts';
import {
  type ColumnLookup,
  type ColumnType,
  columnLookup,
  findTable,
} from '../../../src/rules/schema/index.ts';
import type {
  CompileContext,
  CompiledDetection,
  FieldMapping,
  RecordView,
  Variables,
} from '../../../src/rules/sigma/index.ts';
import { compileDetection, FieldSources, viewRecord } from '../../../src/rules/sigma/index.ts';
import type { Work } from '../../../src/rules/work.ts';
import type { JsonObject } from '../../../src/shared/json.ts';
import { expectTheVoice } from '../../diagnostics/expect-voice.ts';
import { runs, runsFactor } from '../../support/runs.ts';

/** Milliseconds after which a property counts as held: a busy machine may not get through all runs before the test's own limit. */
const PROPERTY_MS = 5_000;

/** Settings of a property test: so many runs in `npm test`, or as many as the time suffices for. */
export function upTo(usual: number) {
  return {
    numRuns: runs(usual),
    interruptAfterTimeLimit: PROPERTY_MS * runsFactor(),
    markInterruptAsFailure: false,
  } as const;
}

/** The fields of everything that a test file compiles. */
export const sources = new FieldSources();

/** A row, for detections that were compiled with {@link sources}. */
export function view(row: JsonObject, work?: Work): RecordView {
  return viewRecord(row, sources, work);
}

interface Options {
  readonly columns?: Readonly<Record<string, ColumnType>>;
  readonly fields?: Readonly<Record<string, FieldMapping>>;
  readonly variables?: Variables;
  readonly isStrict?: boolean;
}

export interface Compilation {
  readonly detection: CompiledDetection | undefined;
  readonly diagnostics: readonly Diagnostic[];
}

/** Compiles the text of a `detection:`, without its key. */
export function compile(text: string, options: Options = {}): Compilation {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines });
  const diagnostics: Diagnostic[] = [];
  const { columns, fields } = options;
  const context: CompileContext = {
    file: 'rule.yml',
    lines,
    columns: columns && lookup(columns),
    variables: options.variables ?? {},
    sources,
    isStrict: options.isStrict ?? false,
    report: (diagnostic) => diagnostics.push(diagnostic),
    ...(fields ? { mapField: (field: string) => fields[field] ?? { columns: [field] } } : {}),
  };
  const compiled = compileDetection(document.contents as YAMLMap, context);
  expectTheVoice(diagnostics);
  return { detection: compiled, diagnostics };
}

/** Compiles one field, `selection: { <text> }`, that must have no errors. */
export function field(text: string, options: Options = {}): (row: JsonObject) => boolean {
  return detection(`selection:\n  ${text}\ncondition: selection`, options);
}

/** Compiles a detection that must have no errors. */
export function detection(text: string, options: Options = {}): (row: JsonObject) => boolean {
  const result = compile(text, options);
  const { detection: compiled } = result;
  if (!compiled) throw new Error(JSON.stringify(result.diagnostics));
  return (row) => compiled.matches(view(row));
}

/** The codes of what is wrong with a detection. */
export function codes(text: string, options: Options = {}): string[] {
  return compile(text, options).diagnostics.map(({ code }) => code);
}

/** What a diagnostic's span covers. */
export function underlined(text: string, { span }: Diagnostic): string {
  const line = text.split('\n')[span.line - 1] ?? '';
  return line.slice(span.column - 1, span.column - 1 + span.length);
}

export function lookup(columns: Readonly<Record<string, ColumnType>>, table = 'TestTable'): ColumnLookup {
  return {
    table,
    column(name) {
      const type = Object.hasOwn(columns, name) ? columns[name] : undefined;
      return type && { type };
    },
    nearest: (name) => nearest(name, Object.keys(columns)),
  };
}

/** The shipped schema's columns of a table. */
export function schemaColumns(table: string): ColumnLookup | undefined {
  const schema = findTable(table);
  return schema && columnLookup(schema);
}
