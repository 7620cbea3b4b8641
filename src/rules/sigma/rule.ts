/** Compiles a Sigma rule for each table that holds its log source. */
import { type Diagnostic, diagnostic } from '../../diagnostics/diagnostic.ts';
import type { Path } from '../../diagnostics/path.ts';
import type { ColumnLookup } from '../schema/index.ts';
import { tableNames } from '../schema/index.ts';
import { unknownTable } from '../unknown-names.ts';
import { compileExpression } from './language/detection.ts';
import type { Expression, Value } from './language/expression.ts';
import { fold } from './language/fold.ts';
import type { FieldSources } from './language/sources.ts';
import { constantOf, isAlways, lossesOf } from './language/unavailable.ts';
import { fieldMapper, findMapping } from './mappings/logsource.ts';
import { likelyLogsource, misspeltLogsource } from './mappings/names.ts';
import { buildDetection } from './match/evaluate.ts';
import {
  OPERATING_SYSTEM_COLUMNS,
  operatingSystem,
  operatingSystemOf,
} from './rendering/operating-system.ts';
import { diagnosticsOf, type PlacedLoss, type TableOutcome } from './rule-outcome.ts';
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
 * Compiles a rule for each table that holds its `logsource`.
 *
 * Empty if the rule cannot run on any table, which was reported as an error. A rule with several tables runs on the tables that
 * hold what it asks for.
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
  const outcomes = mapping.tables.map((table) => compileOn(table, rule, environment));
  for (const diagnostic of diagnosticsOf(outcomes)) environment.report(diagnostic);
  return outcomes.flatMap(({ table, expression }): readonly CompiledRule[] => {
    if (!expression) return [];
    const { table: name } = table;
    return [
      {
        rule,
        table: name,
        detection: buildDetection(expression),
        mapField: fieldMapper(table, rule.logsource),
        sources: environment.sourcesOf(name),
        isUnproven: table.unproven !== undefined,
      },
    ];
  });
}

function compileOn(table: TableMapping, rule: SigmaRule, environment: RuleEnvironment): TableOutcome {
  const found: Diagnostic[] = [];
  const losses: PlacedLoss[] = [];
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
  if (table.unproven !== undefined) {
    const message = `${table.table} as this log source: ${table.unproven}`;
    const hint = 'look at a row of your own before you rely on the rule';
    found.push(
      diagnostic(rule.file, rule.logsourceSpan, { code: 'unproven-mapping', message, hint }, 'warning'),
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
  // The conditions become one flat list, because each level of nesting costs a call for each row that the index proposes.
  if (detection?.kind === 'and' && detection.label === undefined) items.push(...detection.items);
  else if (detection) items.push(detection);
  let runs = takeLosses(rule, detection, losses);
  for (const filter of environment.filters ?? []) {
    const condition = compileExpression(filter.detection, contextOf(filter, ['filter']));
    // The filter excludes rows that the table never has, so it is not needed.
    if (condition && isAlways(condition)) continue;
    if (condition) items.push({ kind: 'part', name: filter.title, item: condition, span: filter.span });
    runs = takeLosses(filter, condition, losses) && runs;
  }
  runs &&= !found.some(({ severity }) => severity === 'error');
  const [only] = items;
  const whole: Expression = items.length === 1 && only ? only : { kind: 'and', items, span: rule.span };
  return { table, expression: runs ? whole : undefined, losses, found };
}

/** Collects the losses of a condition on the table. False if they make the condition true, or false, for every row. */
function takeLosses(
  { file }: SigmaRule | SigmaFilter,
  condition: Expression | undefined,
  losses: PlacedLoss[],
): boolean {
  if (!condition) return false;
  losses.push(...lossesOf(condition).map((loss) => ({ file, loss })));
  return constantOf(condition) === undefined;
}

/** The conditions under which a row of the table belongs to the log source: `ActionType: [FileCreated]`, and the operating system of `product`. */
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

function describe({ category, product, service }: Logsource): string {
  return [
    category && `category ${category}`,
    product && `product ${product}`,
    service && `service ${service}`,
  ]
    .filter(Boolean)
    .join(', ');
}
