/** Compiles all rule files into a checked program, and reports every mistake of every file in one run. */
import { type Diagnostic, diagnostic, START } from '../diagnostics/diagnostic.ts';
import { sha256OfAll } from '../shared/digest.ts';
import { checkSigmaAlerts } from './alerts/check-columns.ts';
import { besideEachOther } from './beside-each-other.ts';
import { type CompiledDetections, compileDetections } from './detections.ts';
import { checkEnds, type ListedException, listExceptions } from './exceptions/ends.ts';
import { readExceptions } from './exceptions/read.ts';
import { type RuleFolder, sortFiles } from './folder.ts';
import { knownSchema } from './known-schema.ts';
import { link } from './link.ts';
import { compileLists } from './lists/compile.ts';
import type { CompiledList } from './lists/compiled-list.ts';
import { DeviceList } from './lists/device-list.ts';
import { DEVICES, type List, UsedLists } from './lists/list.ts';
import { isListFile } from './lists/list-files.ts';
import type { AppliedOverride } from './overrides/apply.ts';
import { readOverrides } from './overrides/read.ts';
import type { Program } from './program.ts';
import type { RuleFile } from './rule-file.ts';
import type { RuleContext } from './ruleset.ts';
import { type ColumnLookup, columnLookup, type Schema } from './schema/index.ts';
import { compileShapes } from './shapes/shapes.ts';
import {
  type CompiledRule,
  type CorrelationProgram,
  defaultMappings,
  FieldSources,
  type LogsourceMapping,
  misspeltLogsource,
  nativeMappings,
  readMappings,
  type SigmaDocument,
} from './sigma/index.ts';
import { type CompiledTable, compileTable, type ParsedTable } from './table/compile.ts';
import { KnownColumns } from './transforms/columns.ts';

type Report = (diagnostic: Diagnostic) => void;

/** A program and the diagnostics of its files. `program` is present exactly when no diagnostic is an error. */
export interface CompiledProgram {
  readonly program: Program | undefined;
  readonly diagnostics: readonly Diagnostic[];
  /** Every rule that compiled, also when other rules have errors. */
  readonly compiledRules: readonly CompiledRule[];
  readonly correlations: CorrelationProgram;
  /** The known tables: the shipped ones and the tenant's own, with the columns that table files add. */
  readonly schema: Schema;
  /** The exceptions, and the filters that say when they end or whose they are. */
  readonly exceptions: readonly ListedException[];
  /** What each override changes. */
  readonly overrides: readonly AppliedOverride[];
  /** The columns that alerts may name: those behind the steps of the tables' transforms. */
  readonly columnsAfter: ColumnsAfter;
  /** The Sigma documents that could be read, as they are written: without what overrides change. */
  readonly documents: readonly SigmaDocument[];
  /** The lists of files, by name. One whose file has errors is empty. */
  readonly lists: ReadonlyMap<string, CompiledList>;
  /** The mappings of log sources: the shipped ones, then the folder's own. */
  readonly mappings: readonly LogsourceMapping[];
}

export interface ColumnsAfter {
  /** The known tables. */
  names(): Iterable<string>;
  of(table: string): KnownColumns;
}

/** Checks and compiles all rule files, all errors in one run. Never throws on any file. */
export function compileProgram(files: readonly RuleFile[], context: RuleContext): CompiledProgram {
  const { knownDetections: known } = context;
  if (!known) return compileAll(files, context);
  try {
    return compileAll(files, context);
  } catch {
    // What was kept is whole and of this code, and still not what it should be: somebody has written it by hand.
    known.forget();
    return compileAll(files, context);
  }
}

function compileAll(files: readonly RuleFile[], context: RuleContext): CompiledProgram {
  const diagnostics: Diagnostic[] = [];
  const report: Report = (diagnostic) => {
    diagnostics.push(diagnostic);
  };
  const folder = sortFiles(files);
  for (const { path } of folder.others) report(ignored(path));

  const ownLists = compileLists(folder.lists, report, context.knownLists);
  const devices = context.devices ?? new DeviceList();
  const lists = new UsedLists([...ownLists, [DEVICES, devices]]);
  const { schema, parsed } = knownSchema(folder, report);
  const sourcesOf = sourcesByTable();
  const seen = new Map<string, string>();
  const tables: CompiledTable[] = [];
  for (const table of parsed) {
    const key = table.table.toLowerCase();
    const other = seen.get(key);
    if (other !== undefined) reportSecondFile(table, other);
    seen.set(key, table.file.path);
    tables.push(compileTable(table, context, { sourcesOf, lists, report }));
  }

  const mappings = [
    ...defaultMappings,
    ...nativeMappings(new Set([...schema.tableNames, ...parsed.map(({ table }) => table)])),
    ...folder.mappings.flatMap((file) => readMappings(file, schema, report)),
  ];
  const lookups = new Map<string, ColumnLookup | undefined>();
  const columnsOf = (table: string) => {
    if (!lookups.has(table)) {
      const known = schema.find(table);
      lookups.set(table, known && columnLookup(known));
    }
    return lookups.get(table);
  };
  const { tableNames } = schema;
  const exceptions = readExceptions(folder.exceptions, report);
  const overrides = readOverrides(folder.overrides, context, report);
  const environment = {
    columnsOf,
    tableNames,
    sourcesOf,
    variables: context.variables,
    lists,
    mappings,
    exceptions,
    overrides,
    known: context.knownDetections?.load(surroundingsOf(folder, parsed)),
  };
  const detections = compileDetections(folder.detections, environment, 'together');
  reportDetections(detections, report);
  reportFilters(detections, mappings, report);

  const rules = detections.rules.flatMap(({ compiled }) => compiled);
  const correlations = detections.program;
  for (const diagnostic of checkEnds(detections.narrowings, rules, context.now?.())) report(diagnostic);
  const listed = listExceptions(detections.narrowings);
  const after = new Map(tables.map(({ table, columnsAfter }) => [table.toLowerCase(), columnsAfter]));
  const columnsAfter = (table: string) =>
    after.get(table.toLowerCase()) ?? new KnownColumns(schema.find(table));
  checkSigmaAlerts({ rules, correlations, columnsAfter, report });
  const names = () => new Set([...tableNames, ...tables.map(({ table }) => table)]);
  const shapes = compileShapes(folder.shapes, {
    schema,
    variables: context.variables,
    report,
    steps: new Map(parsed.map(({ table, content }) => [table.toLowerCase(), content.transform ?? []])),
    onFallback: context.onShapeFallback,
  });
  const failed = diagnostics.some(({ severity }) => severity === 'error');
  const program = failed
    ? undefined
    : link(
        {
          version: versionOf(files),
          tables,
          rules,
          correlations,
          sourcesOf,
          shapes,
          exceptions: listed,
          ...listParts(ownLists, lists, devices),
        },
        context,
      );
  return {
    program,
    diagnostics,
    compiledRules: rules,
    correlations,
    schema,
    exceptions: listed,
    overrides: detections.overridden.applied,
    columnsAfter: { names, of: columnsAfter },
    documents: detections.files.flatMap((file) => file.documents),
    lists: ownLists,
    mappings,
  };
}

/** What rules are compiled with that files of the folder say. Lists and variables are not among it: what depends on them is not kept. */
function surroundingsOf({ schema, mappings }: RuleFolder, parsed: readonly ParsedTable[]): unknown {
  return [
    [...schema, ...mappings].map(({ path, text }) => [path, text]),
    parsed.map(({ table, content }) => [table, Object.entries(content.columns ?? {})]),
  ];
}

/** What a program keeps of lists. */
function listParts(
  lists: ReadonlyMap<string, CompiledList>,
  { used }: UsedLists,
  devices: List,
): Pick<Program, 'lists' | 'devices'> {
  return { lists, devices: used.has(DEVICES) ? devices : undefined };
}

/** Returns a function that creates each table's `FieldSources` on first use. */
function sourcesByTable(): (table: string) => FieldSources {
  const byTable = new Map<string, FieldSources>();
  return (table) => {
    const key = table.toLowerCase();
    const sources = byTable.get(key) ?? new FieldSources();
    byTable.set(key, sources);
    return sources;
  };
}

function ignored(path: string): Diagnostic {
  const hint =
    'table files stand at the top, Sigma rules in detections/, exceptions in exceptions/, overrides in overrides.yml, mappings of log sources in mappings/, mappings of ECS and OCSF in shapes/ecs/ and shapes/ocsf/';
  const mistake = { code: 'ignored-file', message: 'nothing reads this file', hint } as const;
  return diagnostic(path, START, mistake, 'warning');
}

function reportSecondFile({ table, file }: ParsedTable, other: string): void {
  const message = `"${table}" has a file already: ${other}`;
  file.report({ code: 'duplicate-table', path: ['table'], message, hint: 'put both in one' });
}

function reportDetections(detections: CompiledDetections, report: Report): void {
  const { files, rules, narrowings, correlations, program, overridden } = detections;
  for (const { diagnostics } of files) diagnostics.forEach(report);
  overridden.diagnostics.forEach(report);
  for (const diagnostic of besideEachOther(
    [...rules.map(({ rule }) => rule), ...correlations.map((one) => one.correlation)],
    program.silent,
  )) {
    report(diagnostic);
  }
  // A rule on several tables, and a filter of several rules, are compiled more than once: each mistake is reported once.
  const told = new Set<string>();
  for (const diagnostic of [...narrowings, ...rules, ...correlations].flatMap(
    (outcome) => outcome.diagnostics,
  )) {
    const key = JSON.stringify(diagnostic);
    if (!told.has(key)) report(diagnostic);
    told.add(key);
  }
}

/** Reports misspelt log sources of filters: such a filter narrows no rule. */
function reportFilters(
  { files }: CompiledDetections,
  mappings: readonly LogsourceMapping[],
  report: Report,
): void {
  const documents = files.flatMap((file) => file.documents);
  const filters = documents.filter((document) => document.kind === 'filter');
  for (const diagnostic of filters.flatMap((filter) => misspeltLogsource(filter, mappings)))
    report(diagnostic);
}

/** The version of a set of files. It does not depend on the order in which they were read. */
function versionOf(files: readonly RuleFile[]): string {
  const sorted = [...files].sort((a, b) => (a.path < b.path ? -1 : 1));
  const parts = sorted.map(({ path, text, database }) =>
    JSON.stringify([path, database?.sha256 ?? (isListFile(path) ? sha256OfAll([text]) : text)]),
  );
  return sha256OfAll(parts).slice(0, 12);
}
