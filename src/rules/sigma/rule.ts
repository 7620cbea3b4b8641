/** Compiles a Sigma rule for each table that holds its log source. */
import { type Diagnostic, diagnostic } from '../../diagnostics/diagnostic.ts';
import type { ColumnLookup } from '../schema/index.ts';
import { tableNames } from '../schema/index.ts';
import { unknownTable } from '../unknown-names.ts';
import { compileExpression } from './language/detection.ts';
import type { Expression, Value } from './language/expression.ts';
import { fold } from './language/fold.ts';
import type { FieldSources } from './language/sources.ts';
import { constantOf, isAlways, lossesOf } from './language/unavailable.ts';
import { fieldMapper, findMapping, nearestFields } from './mappings/logsource.ts';
import { likelyLogsource, misspeltLogsource } from './mappings/names.ts';
import { buildDetection, lazyDetection } from './match/evaluate.ts';
import { ownConditions } from './own-conditions.ts';
import {
  OPERATING_SYSTEM_COLUMNS,
  operatingSystem,
  operatingSystemOf,
} from './rendering/operating-system.ts';
import {
  diagnosticsOf,
  type PlacedLoss,
  type TableOutcome,
  type UnusableException,
  unusableExceptions,
} from './rule-outcome.ts';
import type {
  CompileContext,
  CompiledNarrowing,
  CompiledRule,
  Logsource,
  Narrowing,
  OwnConditions,
  RuleEnvironment,
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
  const outcomes = mapping.tables.map((table, at) => compileOn({ table, at }, rule, environment));
  environment.onConditions?.(
    rule,
    outcomes.map(({ own }) => own),
  );
  for (const diagnostic of diagnosticsOf(outcomes)) environment.report(diagnostic);
  for (const diagnostic of unusableExceptions(outcomes)) environment.report(diagnostic);
  return outcomes.flatMap(({ table, expression, narrowings }): readonly CompiledRule[] => {
    if (!expression) return [];
    const { table: name } = table;
    return [
      {
        rule,
        table: name,
        detection: lazyDetection(expression),
        narrowings,
        mapField: fieldMapper(table, rule.logsource),
        sources: environment.sourcesOf(name),
        isUnproven: table.unproven !== undefined,
      },
    ];
  });
}

/** @param place the table, and its position among those of the log source. */
function compileOn(
  { table, at: position }: { readonly table: TableMapping; readonly at: number },
  rule: SigmaRule,
  environment: RuleEnvironment,
): TableOutcome & { readonly own: OwnConditions } {
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
  const context: Omit<CompileContext, 'file' | 'lines'> = {
    columns,
    mapField: fieldMapper(table, rule.logsource),
    nearestFields: (name) => nearestFields(name, table),
    variables: environment.variables,
    lists: environment.lists,
    sources,
    report: (diagnostic) => found.push(diagnostic),
  };
  const scope = scopeItems(table, rule, columns, sources);
  const compile = () => ownConditions(rule, table, context);
  const own = rule.kept?.on(position, { table, sources }, compile) ?? compile();
  found.push(...own.found);
  losses.push(...own.losses.map((loss) => ({ file: rule.file, loss })));
  let { runs } = own;
  const compiled = (environment.narrowings ?? []).map((narrowing) => {
    const { file, lines, at } = narrowing;
    return compileNarrowing(narrowing, { ...context, file, lines, at });
  });
  for (const { narrowing, condition } of compiled) {
    if (narrowing.kind === 'exception' || (condition && isAlways(condition))) continue;
    runs = takeLosses(narrowing, condition, losses) && runs;
  }
  runs &&= !found.some(({ severity }) => severity === 'error');
  return {
    table,
    own,
    expression: runs ? () => wholeOf(scope, own, rule) : undefined,
    narrowings: compiled.flatMap(({ result }) => result ?? []),
    unusable: compiled.flatMap(({ unusable }) => unusable ?? []),
    losses,
    found,
  };
}

/** The conditions as one flat list, because each level of nesting costs a call for each row that the index proposes. */
function wholeOf(scope: readonly Expression[], own: OwnConditions, rule: SigmaRule): Expression {
  const detection = own.expression();
  const isFlat = detection?.kind === 'and' && detection.label === undefined;
  const items = [...scope, ...(isFlat ? detection.items : detection ? [detection] : [])];
  const [only] = items;
  return items.length === 1 && only ? only : { kind: 'and', items, span: rule.span };
}

interface NarrowingOnTable {
  readonly narrowing: Narrowing;
  /** Undefined if it has a mistake, which was reported. */
  readonly condition: Expression | undefined;
  readonly result?: CompiledNarrowing;
  readonly unusable?: UnusableException;
}

function compileNarrowing(narrowing: Narrowing, context: CompileContext): NarrowingOnTable {
  const condition = compileExpression(narrowing.detection, context);
  if (!condition) return { narrowing, condition };
  if (narrowing.kind === 'exception') {
    const [loss] = lossesOf(condition);
    // An exception that asks for what the table does not hold might suppress more than it says.
    if (loss) return { narrowing, condition, unusable: { exception: narrowing, loss } };
  } else if (isAlways(condition)) {
    // The filter excludes rows that the table never has, so it is not needed.
    return { narrowing, condition };
  }
  return { narrowing, condition, result: { of: narrowing, detection: buildDetection(condition) } };
}

/** Collects the losses of a condition on the table. False if they make the condition true, or false, for every row. */
function takeLosses(
  { file }: SigmaRule | Narrowing,
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
