/** Compiles a Sigma rule for each table that its log source is found in. */
import { type Diagnostic, diagnostic } from '../../diagnostics/diagnostic.ts';
import type { Path } from '../../diagnostics/path.ts';
import type { ColumnLookup } from '../schema/index.ts';
import { tableNames } from '../schema/index.ts';
import { unknownTable } from '../unknown-names.ts';
import { compileExpression } from './language/detection.ts';
import type { Expression, Value } from './language/expression.ts';
import { fold } from './language/fold.ts';
import type { FieldSources } from './language/sources.ts';
import { fieldMapper, findMapping } from './mappings/logsource.ts';
import { likelyLogsource, misspeltLogsource } from './mappings/names.ts';
import { buildDetection } from './match/evaluate.ts';
import {
  OPERATING_SYSTEM_COLUMNS,
  operatingSystem,
  operatingSystemOf,
} from './rendering/operating-system.ts';
import type {
  CompileContext,
  CompiledRule,
  Logsource,
  RuleEnvironment,
  SigmaFilter,
  SigmaRule,
  TableMapping,
} from './types.ts';

/**
 * Compiles a rule for each table its `logsource` is found in.
 *
 * Empty when it can't run: the reasons were reported. A rule of several tables runs on those that have what it asks for;
 * it is an error only when none has.
 */
export function compileRule(rule: SigmaRule, environment: RuleEnvironment): readonly CompiledRule[] {
  const mapping = findMapping(rule.logsource, environment.mappings);
  if (!mapping) {
    environment.report(
      diagnostic(rule.file, rule.logsourceSpan, {
        code: 'unsupported-logsource',
        message: `no table holds the log source ${describe(rule.logsource)} of "${rule.title}"`,
        hint:
          likelyLogsource(rule.logsource, environment.mappings) ??
          'a mapping file in transforms/mappings can say which one does',
      }),
    );
    return [];
  }
  for (const warning of misspeltLogsource(rule, environment.mappings)) environment.report(warning);
  const compiled: CompiledRule[] = [];
  const refused: Diagnostic[] = [];
  for (const table of mapping.tables) {
    const found: Diagnostic[] = [];
    const expression = compileOn(table, rule, environment, found);
    const failed = expression === undefined || found.some(({ severity }) => severity === 'error');
    if (!failed) {
      const detection = buildDetection(expression);
      const { table: name } = table;
      compiled.push({
        rule,
        table: name,
        detection,
        mapField: fieldMapper(table, rule.logsource),
        sources: environment.sourcesOf(name),
      });
    }
    if (failed) refused.push(...found);
    else for (const diagnostic of found) environment.report(diagnostic);
  }
  if (compiled.length === 0) for (const diagnostic of unique(refused)) environment.report(diagnostic);
  return compiled;
}

function compileOn(
  table: TableMapping,
  rule: SigmaRule,
  environment: RuleEnvironment,
  found: Diagnostic[],
): Expression | undefined {
  const columns = environment.columnsOf(table.table);
  const sources = environment.sourcesOf(table.table);
  if (!columns) {
    found.push(
      diagnostic(
        rule.file,
        rule.logsourceSpan,
        unknownTable(table.table, environment.tableNames ?? tableNames),
        'warning',
      ),
    );
  }
  const contextOf = ({ file, lines }: SigmaRule | SigmaFilter, at: Path): CompileContext => ({
    file,
    lines,
    at,
    columns,
    mapField: fieldMapper(table, rule.logsource),
    fieldNames: Object.keys(table.fields),
    variables: environment.variables,
    sources,
    report: (diagnostic) => found.push(diagnostic),
  });
  const items: Expression[] = scopeItems(table, rule, columns, sources);
  const detection = compileExpression(rule.detection, contextOf(rule, ['detection']));
  if (!detection) return undefined;
  items.push(detection);
  for (const filter of environment.filters ?? []) {
    if (!appliesTo(filter, rule)) continue;
    const condition = compileExpression(filter.detection, contextOf(filter, ['filter']));
    if (!condition) return undefined;
    items.push({ kind: 'part', name: filter.title, item: condition, span: filter.span });
  }
  return items.length === 1 ? detection : { kind: 'and', items, span: rule.span };
}

/** What makes a row of the table one of the log source: `ActionType: [FileCreated]`, and the operating system of its `product`. */
function scopeItems(
  table: TableMapping,
  rule: SigmaRule,
  columns: ColumnLookup | undefined,
  sources: FieldSources,
): Expression[] {
  const span = rule.logsourceSpan;
  const equal = (label: string): Value => ({
    label,
    span,
    test: { kind: 'text', mode: 'equals', literal: fold(label), cased: false },
  });
  const items = Object.entries(table.where ?? {}).map(
    ([column, values]): Expression => ({
      kind: 'field',
      source: sources.column(column),
      label: column,
      span,
      values: values.map(equal),
    }),
  );
  for (const [column, values] of Object.entries(table.whereGiven ?? {})) {
    const absent: Value = { label: 'null', span, test: { kind: 'null' } };
    const source = sources.column(column);
    items.push({
      kind: 'field',
      source,
      label: column,
      span,
      values: [...values.map(equal), absent],
      isScope: true,
    });
  }
  const system = operatingSystemOf(rule.logsource.product);
  if (system === undefined) return items;
  const told = OPERATING_SYSTEM_COLUMNS.filter((name) => columns === undefined || columns.column(name));
  if (told.length === 0) return items;
  const read = OPERATING_SYSTEM_COLUMNS.map((name) => sources.column(name));
  const source = sources.rendered(read, operatingSystem);
  items.push({ kind: 'field', source, label: 'product', span, values: [equal(system)], isScope: true });
  return items;
}

/** Whether a filter narrows a rule: its log source takes the rule's in, and it names the rule or any. */
export function appliesTo(filter: SigmaFilter, rule: SigmaRule): boolean {
  const { category, product, service } = filter.logsource;
  const fits =
    (category === undefined || category === rule.logsource.category) &&
    (product === undefined || product === rule.logsource.product) &&
    (service === undefined || service === rule.logsource.service);
  if (!fits || filter.rules === 'any') return fits;
  return filter.rules.some((name) => name === rule.id || name === rule.name);
}

function describe({ category, product, service }: Logsource): string {
  return [
    category && `category ${category}`,
    product && `product ${product}`,
    service && `service ${service}`,
  ]
    .filter(Boolean)
    .join(', ');
}

function unique(diagnostics: readonly Diagnostic[]): readonly Diagnostic[] {
  const seen = new Map(diagnostics.map((diagnostic) => [JSON.stringify(diagnostic), diagnostic]));
  return [...seen.values()];
}
