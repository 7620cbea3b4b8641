import { createHash } from 'node:crypto';
import type { Diagnostic, Span } from '../diagnostics/diagnostic.ts';
import { LEVELS, type Level, type RuleRef } from '../shared/event.ts';
import { sortFiles } from './folder.ts';
import type { Program, TableDetection, TableProgram, TableRoute } from './program.ts';
import type { CorrelationRule, RuleContext, RuleFile } from './ruleset.ts';
import { columnLookup, findTable, type TableSchema, tableNames } from './schema/index.ts';
import {
  buildMatcher,
  type CompiledRule,
  type CorrelationProgram,
  compileCorrelations,
  compileRule,
  defaultMappings,
  parseSigmaFile,
  type RuleEnvironment,
  type SigmaCorrelation,
  type SigmaDocument,
  type SigmaFilter,
  type SigmaHeader,
  type SigmaRule,
} from './sigma/index.ts';
import { nativeMappings } from './sigma/mappings/native.ts';
import { readMappings } from './sigma/mappings/read-file.ts';
import { type CompiledTable, compileTable, parseTable } from './table/compile.ts';

const START: Span = { line: 1, column: 1, length: 0 };

/** A program, and what there is to say of its files. `program` is present exactly when no diagnostic is an error. */
export interface CompiledProgram {
  readonly program: Program | undefined;
  readonly diagnostics: readonly Diagnostic[];
  /** Every rule that compiled, whatever became of the others. */
  readonly compiledRules: readonly CompiledRule[];
  readonly correlations: CorrelationProgram;
}

/** Checks and compiles all rule files, all errors in one run. Never throws on any file. */
export function compileProgram(files: readonly RuleFile[], context: RuleContext): CompiledProgram {
  const diagnostics: Diagnostic[] = [];
  const report = (diagnostic: Diagnostic) => {
    diagnostics.push(diagnostic);
  };
  const folder = sortFiles(files);
  for (const { path } of folder.others) {
    const hint = 'table files stand at the top, Sigma rules in detections/, mappings in mappings/';
    report({
      severity: 'warning',
      code: 'ignored-file',
      file: path,
      span: START,
      message: 'nothing reads this file',
      hint,
    });
  }

  const parsedTables = folder.tables.flatMap((file) => parseTable(file, report) ?? []);
  const schemas = new Map<string, TableSchema>();
  const tables: CompiledTable[] = [];
  const seen = new Map<string, string>();
  for (const parsed of parsedTables) {
    const key = parsed.table.toLowerCase();
    const other = seen.get(key);
    if (other !== undefined) {
      const message = `"${parsed.table}" has a file already: ${other}`;
      parsed.file.report({ severity: 'error', code: 'duplicate-table', message, hint: 'put both in one' }, [
        'table',
      ]);
    }
    seen.set(key, parsed.file.path);
    if (parsed.schema) schemas.set(key, parsed.schema);
    tables.push(compileTable(parsed, context, report));
  }

  const native = nativeMappings(new Set([...tableNames, ...parsedTables.map(({ table }) => table)]));
  const mappings = [
    ...defaultMappings,
    ...native,
    ...folder.mappings.flatMap((file) => readMappings(file, report)),
  ];
  const { compiledRules, correlations } = compileDetections(folder.detections, {
    columnsOf(table) {
      const schema = schemas.get(table.toLowerCase()) ?? findTable(table);
      return schema && columnLookup(schema);
    },
    variables: context.variables,
    mappings,
    report,
  });

  const failed = diagnostics.some(({ severity }) => severity === 'error');
  const program = failed ? undefined : link(versionOf(files), tables, compiledRules, correlations, context);
  return { program, diagnostics, compiledRules, correlations };
}

function compileDetections(
  files: readonly RuleFile[],
  environment: Omit<RuleEnvironment, 'filters'>,
): Pick<CompiledProgram, 'compiledRules' | 'correlations'> {
  const documents: SigmaDocument[] = [];
  for (const file of files) {
    const parsed = parseSigmaFile(file);
    for (const diagnostic of parsed.diagnostics) environment.report(diagnostic);
    documents.push(...parsed.documents);
  }
  const rules = documents.filter((document): document is SigmaRule => document.kind === 'rule');
  const filters = documents.filter((document): document is SigmaFilter => document.kind === 'filter');
  const correlations = documents.filter(
    (document): document is SigmaCorrelation => document.kind === 'correlation',
  );
  const ids = new Map<string, SigmaHeader>();
  for (const document of [...rules, ...correlations]) {
    const { id, title, file, span } = document;
    if (id === undefined) continue;
    const other = ids.get(id);
    if (other) {
      const message = `"${title}" has the id of "${other.title}" (${other.file}:${other.span.line})`;
      const hint = 'give it a UUID of its own';
      environment.report({ severity: 'error', code: 'duplicate-id', file, span, message, hint });
    }
    ids.set(id, document);
  }
  const compiledRules = rules.flatMap((rule) => compileRule(rule, { ...environment, filters }));
  return {
    compiledRules,
    correlations: compileCorrelations(correlations, rules, compiledRules, environment),
  };
}

function link(
  version: string,
  tables: readonly CompiledTable[],
  rules: readonly CompiledRule[],
  program: CorrelationProgram,
  context: RuleContext,
): Program {
  const defaults: readonly TableRoute[] = [...new Set(context.defaultDestinations)].map((to) => ({
    to,
    detection: undefined,
    severity: undefined,
    rule: undefined,
  }));
  const byLevel = new Map(LEVELS.map((level) => [level, alertDestinations(level, context)]));
  const linked = new Map<string, TableProgram>();
  const names = new Map([...rules, ...tables].map(({ table }) => [table.toLowerCase(), table]));
  for (const [key, table] of names) {
    const file = tables.find((one) => one.table.toLowerCase() === key);
    const detections = rules
      .filter((one) => one.table.toLowerCase() === key)
      .map((compiled): TableDetection => {
        const { level } = compiled.rule;
        const silent = program.silent.has(compiled.rule);
        return {
          compiled,
          rule: ruleRef(compiled.rule),
          level,
          to: silent ? [] : (byLevel.get(level) ?? []),
          silent,
          feeds: program.feedsOf(compiled),
        };
      });
    linked.set(key, {
      table,
      filters: file?.filters ?? [],
      transform: file?.transform ?? [],
      dedupe: file?.dedupe,
      routes: file?.routes ?? defaults,
      detections,
      matcher:
        detections.length === 0
          ? undefined
          : buildMatcher(detections.map(({ compiled }) => compiled.detection)),
    });
  }
  const fallback = {
    table: '',
    filters: [],
    transform: [],
    dedupe: undefined,
    routes: defaults,
    detections: [],
    matcher: undefined,
  };
  const correlations = program.correlations.map(({ correlation, fingerprint }): CorrelationRule => {
    const { level, type, timespan, condition } = correlation;
    const silent = program.silent.has(correlation);
    return {
      fingerprint,
      definition: { type, timespan, condition },
      rule: ruleRef(correlation),
      level,
      to: silent ? [] : (byLevel.get(level) ?? []),
      silent,
    };
  });
  return { version, tables: linked, fallback, correlations };
}

function alertDestinations(level: Level, { alerts }: RuleContext): readonly string[] {
  return [...new Set(alerts.filter(({ levels }) => levels.includes(level)).flatMap(({ to }) => to))];
}

function ruleRef(rule: SigmaHeader): RuleRef {
  const { title, id, description, author, tags, references, falsepositives } = rule;
  return {
    title,
    ...(id === undefined ? {} : { id }),
    ...(description === undefined ? {} : { description }),
    ...(author === undefined ? {} : { author }),
    ...(tags.length === 0 ? {} : { tags }),
    ...(references.length === 0 ? {} : { references }),
    ...(falsepositives.length === 0 ? {} : { falsepositives }),
  };
}

/** Equal for equal files, whatever order they were read in. */
function versionOf(files: readonly RuleFile[]): string {
  const hash = createHash('sha256');
  for (const { path, text } of [...files].sort((a, b) => (a.path < b.path ? -1 : 1))) {
    hash.update(JSON.stringify([path, text]));
  }
  return hash.digest('hex').slice(0, 12);
}
