/** Compiles an expression into a detection that can be run: whether it matches, why, and on which values. */
import type { MatchedValue } from '../../../shared/event.ts';
import type { JsonValue } from '../../../shared/json.ts';
import type { Expression, FieldSource, Value, ValueTest } from '../language/expression.ts';
import { pathsRead } from '../language/sources.ts';
import type { CompiledDetection, MatchTree, RecordView } from '../types.ts';
import { type Compiler, compilePredicate, isScope, type Predicate } from './predicates.ts';
import { rankByCost } from './ranking.ts';
import { testValue } from './test-value.ts';
import { compileTests } from './tests.ts';

/** How many matched values an alert contains. */
const MATCHED_LIMIT = 32;
/** How many values that did not match are shown in the tree of a long list. */
const SHOWN_VALUES = 20;

/** Compiles an expression. Its functions, and other parts that are seldom needed, are created on first use. */
export function buildDetection(expression: Expression): CompiledDetection {
  return lazyDetection(() => expression);
}

/** As {@link buildDetection}, of an expression that is made on first use. */
export function lazyDetection(make: () => Expression): CompiledDetection {
  let made: Expression | undefined;
  const expression = (): Expression => {
    made ??= make();
    return made;
  };
  const compiled = new Map<Expression, Predicate>();
  const holds: Holds = (of, record) => {
    let predicate = compiled.get(of);
    if (!predicate) {
      predicate = compilePredicate(of, PLAIN);
      compiled.set(of, predicate);
    }
    return predicate(record);
  };
  let columns: ReadonlySet<string> | undefined;
  return {
    get expression() {
      return expression();
    },
    matches: (record) => holds(expression(), record),
    get columns() {
      columns ??= columnsOf(expression());
      return columns;
    },
    explain: (record) => explain(expression(), record),
    matchedValues(record) {
      const found = new Map<string, MatchedValue>();
      collectMatched(expression(), record, holds, found);
      return [...found.values()];
    },
  };
}

const PLAIN: Compiler = { compileTests, rank: rankByCost };

/** Tests whether a row fulfils a part of the detection. */
type Holds = (part: Expression, record: RecordView) => boolean;

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

/** Collects the columns and values that took part in a match. Fields under a `not` did not. */
function collectMatched(
  expression: Expression,
  record: RecordView,
  holds: Holds,
  found: Map<string, MatchedValue>,
): void {
  if (expression.kind === 'not' || found.size >= MATCHED_LIMIT || !holds(expression, record)) return;
  if (expression.kind === 'unavailable') return;
  if (expression.kind !== 'field') {
    const items = expression.kind === 'part' ? [expression.item] : expression.items;
    for (const item of items) collectMatched(item, record, holds, found);
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

/** The columns from which a source's strings were made. */
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
      // A scope is shown only if it keeps the rule from matching.
      const children = told.flatMap(({ isScope, tree }) => (isScope && tree.matched ? [] : [tree]));
      const [only] = children;
      if (only && children.length === 1 && told.length > 1) return only;
      const matched =
        kind === 'and' ? children.every((child) => child.matched) : children.some((child) => child.matched);
      return { kind: expression.kind, label: expression.label ?? expression.kind, matched, span, children };
    }
  }
}

/** The value with which a source's tests were compared; for a rendered field, the rendered strings in all spellings. */
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
