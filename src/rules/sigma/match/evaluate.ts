/** One detection, runnable: does it match, why, and on which values. */
import type { MatchedValue } from '../../../shared/event.ts';
import type { JsonValue } from '../../../shared/json.ts';
import type { Expression, FieldSource, Value, ValueTest } from '../language/expression.ts';
import { pathsRead } from '../language/sources.ts';
import type { CompiledDetection, MatchTree, RecordView } from '../types.ts';
import { testValue } from './test-value.ts';
import { compileTests } from './tests.ts';

/** How many matched values an alert carries. */
const MATCHED_LIMIT = 32;
/** Trees of long lists show the values that matched, and this many of the others. */
const SHOWN_VALUES = 20;

type Predicate = (record: RecordView) => boolean;

/** Makes an expression runnable. */
export function buildDetection(expression: Expression): CompiledDetection {
  const compiled = new Map<Expression, Predicate>();
  const { condition, isFor } = partsOf(expression, compiled);
  const matches = isFor ? (record: RecordView) => condition(record) && isFor(record) : condition;
  compiled.set(expression, matches);
  return {
    expression,
    matches,
    condition,
    isFor,
    columns: columnsOf(expression),
    explain: (record) => explain(expression, record),
    matchedValues(record) {
      if (!matches(record)) return [];
      const found = new Map<string, MatchedValue>();
      collectMatched(expression, record, compiled, found);
      return [...found.values()];
    },
  };
}

/** A rule's condition, and apart from it which rows it is for: the latter is asked of the few rows only that fulfil the condition. */
function partsOf(
  expression: Expression,
  compiled: Map<Expression, Predicate>,
): { readonly condition: Predicate; readonly isFor: Predicate | undefined } {
  const items = expression.kind === 'and' ? expression.items : [];
  const [scope, others] = [items.filter(isScope), items.filter((item) => !isScope(item))];
  const [only] = others;
  if (scope.length === 0 || !only) return { condition: compile(expression, compiled), isFor: undefined };
  const { span } = expression;
  const together = (of: readonly Expression[]): Expression => ({ kind: 'and', items: of, span });
  return {
    condition: compile(others.length === 1 ? only : together(others), compiled),
    isFor: compile(together(scope), compiled),
  };
}

function compile(expression: Expression, compiled: Map<Expression, Predicate>): Predicate {
  const known = compiled.get(expression);
  if (known) return known;
  const predicate = compileNode(expression, compiled);
  compiled.set(expression, predicate);
  return predicate;
}

function compileNode(expression: Expression, compiled: Map<Expression, Predicate>): Predicate {
  switch (expression.kind) {
    case 'field':
      return compileTests(
        expression.source,
        expression.values.map(({ test }) => test),
      );
    case 'unavailable':
      return () => false;
    case 'part':
      return compile(expression.item, compiled);
    case 'not': {
      const item = compile(expression.item, compiled);
      return (record) => !item(record);
    }
    case 'and': {
      const items = cheapestFirst(expression.items).map((item) => compile(item, compiled));
      return (record) => {
        for (const item of items) if (!item(record)) return false;
        return true;
      };
    }
    case 'or': {
      const items = cheapestFirst(expression.items).map((item) => compile(item, compiled));
      return (record) => {
        for (const item of items) if (item(record)) return true;
        return false;
      };
    }
  }
}

/** Order does not change what `and` and `or` mean: regular expressions and whole-row searches go last. */
function cheapestFirst(items: readonly Expression[]): readonly Expression[] {
  const costs = new Map(items.map((item) => [item, costOf(item)]));
  return [...items].sort((a, b) => (costs.get(a) ?? 0) - (costs.get(b) ?? 0));
}

function isScope(expression: Expression): boolean {
  return expression.kind === 'field' && expression.isScope === true;
}

function costOf(expression: Expression): number {
  switch (expression.kind) {
    case 'field': {
      const each = expression.values.map(({ test }) =>
        test.kind === 'regex' ? 20 : test.kind === 'wildcard' ? 4 : 1,
      );
      const sum = Math.min(
        50,
        each.reduce((total, cost) => total + cost, 0),
      );
      return expression.source.kind === 'any' ? 50 * sum : sum;
    }
    case 'unavailable':
      return 0;
    case 'part':
    case 'not':
      return costOf(expression.item);
    default:
      return expression.items.reduce((total, item) => total + costOf(item), 0);
  }
}

function columnsOf(expression: Expression, into = new Set<string>()): ReadonlySet<string> {
  switch (expression.kind) {
    case 'field': {
      addColumns(expression.source, into);
      for (const { test } of expression.values) if (test.kind === 'field') addColumns(test.source, into);
      return into;
    }
    case 'unavailable':
      return into;
    case 'part':
    case 'not':
      return columnsOf(expression.item, into);
    default:
      for (const item of expression.items) columnsOf(item, into);
      return into;
  }
}

function addColumns(source: FieldSource, into: Set<string>): void {
  for (const path of pathsRead(source)) into.add(path.split('.', 1)[0] ?? path);
}

/** The columns and values of the fields that took part in a match; those under a `not` did not. */
function collectMatched(
  expression: Expression,
  record: RecordView,
  compiled: ReadonlyMap<Expression, Predicate>,
  found: Map<string, MatchedValue>,
): void {
  if (expression.kind === 'not' || found.size >= MATCHED_LIMIT || !compiled.get(expression)?.(record)) return;
  if (expression.kind === 'unavailable') return;
  if (expression.kind !== 'field') {
    const items = expression.kind === 'part' ? [expression.item] : expression.items;
    for (const item of items) collectMatched(item, record, compiled, found);
    return;
  }
  if (expression.isScope) return;
  for (const { column, value } of actualValues(expression.source, expression.values, record)) {
    if (!found.has(column) && found.size < MATCHED_LIMIT) found.set(column, { column, value });
  }
}

function actualValues(
  source: FieldSource,
  values: readonly Value[],
  record: RecordView,
): readonly MatchedValue[] {
  if (source.kind === 'any') {
    const holds = (column: string): boolean =>
      record.texts(column).some((text) => values.some(({ test }) => testText(test, text, record)));
    const column = Object.keys(record.properties).find(holds);
    const value = column === undefined ? undefined : record.value(column);
    return column === undefined || value === undefined ? [] : [{ column, value }];
  }
  return pathsBehind(source, record).flatMap((column) => {
    const value = record.value(column);
    return value === undefined ? [] : [{ column, value }];
  });
}

/** The columns that a source's strings were made of. */
function pathsBehind(source: FieldSource, record: RecordView): readonly string[] {
  if (source.kind !== 'rendered') return pathsRead(source);
  const { inputs, rendering } = source;
  const read = rendering.readColumns?.(inputs.map((input) => record.texts(input)));
  const behind = read ? inputs.filter((_, at) => read.includes(at)) : inputs;
  return behind.flatMap(pathsRead);
}

function testText(test: ValueTest, text: string, record: RecordView): boolean {
  return testValue(test, [text], record);
}

function explain(expression: Expression, record: RecordView): MatchTree {
  const { kind, span } = expression;
  switch (expression.kind) {
    case 'field':
      return explainField(expression, record);
    case 'unavailable': {
      const { label, reason } = expression;
      const why = { kind: 'value', label: reason.message, matched: false, span, children: [] } as const;
      return { kind: 'field', label, matched: false, span, children: [why] };
    }
    case 'part':
    case 'not': {
      const child = explain(expression.item, record);
      const part = expression.kind === 'part';
      const matched = part ? child.matched : !child.matched;
      return {
        kind: part ? 'part' : 'not',
        label: part ? expression.name : 'not',
        matched,
        span,
        children: [child],
      };
    }
    default: {
      const told = expression.items.map((item) => ({ isScope: isScope(item), tree: explain(item, record) }));
      // That the rule is for such rows is worth a word only where it is not.
      const children = told.flatMap(({ isScope, tree }) => (isScope && tree.matched ? [] : [tree]));
      const [only] = children;
      if (only && children.length === 1 && told.length > 1) return only;
      const matched =
        kind === 'and' ? children.every((child) => child.matched) : children.some((child) => child.matched);
      return { kind: expression.kind, label: expression.label ?? expression.kind, matched, span, children };
    }
  }
}

/** What a source's tests were held against: of a field in another form that form, in all its spellings. */
function actualOf(source: FieldSource, record: RecordView): JsonValue | undefined {
  switch (source.kind) {
    case 'column':
      return record.value(source.path);
    case 'join':
      return record.texts(source)[0];
    case 'rendered': {
      const texts = record.texts(source);
      return texts.length > 1 ? texts : texts[0];
    }
    case 'any':
      return undefined;
  }
}

function explainField(expression: Extract<Expression, { kind: 'field' }>, record: RecordView): MatchTree {
  const { source, values, label, span } = expression;
  const results = values.map(
    (value): MatchTree => ({
      kind: 'value',
      label: value.label,
      matched: compileTests(source, [value.test])(record),
      span: value.span,
      children: [],
    }),
  );
  const matched = results.some((result) => result.matched);
  const paths = pathsRead(source);
  const actual = actualOf(source, record);
  const shown = results.length > SHOWN_VALUES ? results.filter((result) => result.matched) : results;
  return {
    kind: 'field',
    label,
    matched,
    span,
    ...(paths.length > 0 ? { column: paths.join(' + ') } : {}),
    ...(actual === undefined ? {} : { actual }),
    children: shown.length > 0 ? shown : results.slice(0, SHOWN_VALUES),
  };
}
