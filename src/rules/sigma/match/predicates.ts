/** Compiles an expression into one function of a row. */
import type { Expression, FieldSource, ValueTest } from '../language/expression.ts';
import type { RecordView } from '../types.ts';

export type Predicate = (record: RecordView) => boolean;
type Field = Extract<Expression, { kind: 'field' }>;

/** How expressions are compiled: which function runs the tests of a field, and in which order parts are evaluated. */
export interface Compiler {
  /** Makes a function that is true if one of the tests passes for one of the source's strings. */
  compileTests(source: FieldSource, tests: readonly ValueTest[]): Predicate;
  /** Ranks the parts of a list; the lowest is evaluated first. In an `or`, the first part that is true decides; in an `and`, the first that is false. */
  rank(part: Part, joined: 'and' | 'or'): number;
}

/** A part of a condition, perhaps negated. */
export interface Part {
  readonly expression: Expression;
  readonly isNegated: boolean;
}

/**
 * Compiles an expression into one function. Nested lists and negations (`not` of `or`) are flattened first, so that all parts of a list can
 * be evaluated in the best order, which does not change what `and` and `or` mean.
 */
export function compilePredicate(expression: Expression, compiler: Compiler): Predicate {
  return compilePart({ expression, isNegated: false }, compiler);
}

function compilePart(part: Part, compiler: Compiler): Predicate {
  const { expression, isNegated } = part;
  switch (expression.kind) {
    case 'unavailable':
      return () => isNegated;
    case 'field': {
      const { source, values } = expression;
      const tests = compiler.compileTests(
        source,
        values.map(({ test }) => test),
      );
      return isNegated ? (record) => !tests(record) : tests;
    }
    case 'part':
      return compilePart({ expression: expression.item, isNegated }, compiler);
    case 'not':
      return compilePart({ expression: expression.item, isNegated: !isNegated }, compiler);
    default: {
      const joined = joinOf(part);
      return joined === 'and' ? allOf(partsOf(part), compiler) : anyOf(partsOf(part), compiler);
    }
  }
}

/** How the parts of a list are joined; a negation turns `and` into `or`, and the reverse. */
function joinOf({ expression: { kind }, isNegated }: Part): 'and' | 'or' {
  return (kind === 'and') === isNegated ? 'or' : 'and';
}

/** The parts that must all be true for an expression to be true. */
export function conjuncts(expression: Expression): readonly Part[] {
  const whole = withoutNames({ expression, isNegated: false });
  return isList(whole) && joinOf(whole) === 'and' ? partsOf(whole) : [whole];
}

/** The parts of a list, including those of nested lists that are joined in the same way. */
function partsOf(list: Part): readonly Part[] {
  const { expression, isNegated } = list;
  if (expression.kind !== 'and' && expression.kind !== 'or') return [list];
  const joined = joinOf(list);
  return expression.items.flatMap((item) => {
    const part = withoutNames({ expression: item, isNegated });
    return isList(part) && joinOf(part) === joined ? partsOf(part) : [part];
  });
}

function isList({ expression: { kind } }: Part): boolean {
  return kind === 'and' || kind === 'or';
}

function withoutNames({ expression, isNegated }: Part): Part {
  if (expression.kind === 'part') return withoutNames({ expression: expression.item, isNegated });
  if (expression.kind === 'not') return withoutNames({ expression: expression.item, isNegated: !isNegated });
  return { expression, isNegated };
}

function allOf(parts: readonly Part[], compiler: Compiler): Predicate {
  const predicates = inOrder(parts, 'and', compiler);
  const [first, second] = predicates;
  if (first && second && predicates.length === 2) return (record) => first(record) && second(record);
  return (record) => {
    for (const predicate of predicates) if (!predicate(record)) return false;
    return true;
  };
}

function anyOf(parts: readonly Part[], compiler: Compiler): Predicate {
  const predicates = inOrder(parts, 'or', compiler);
  const [first, second] = predicates;
  if (first && second && predicates.length === 2) return (record) => first(record) || second(record);
  return (record) => {
    for (const predicate of predicates) if (predicate(record)) return true;
    return false;
  };
}

function inOrder(parts: readonly Part[], joined: 'and' | 'or', compiler: Compiler): readonly Predicate[] {
  return merged(parts, joined)
    .map((part) => ({ part, rank: compiler.rank(part, joined) }))
    .sort((a, b) => a.rank - b.rank)
    .map(({ part }) => compilePart(part, compiler));
}

/** Merges tests of one source that are joined by `or`, so that they run together: a rule on a field with two columns tests each value on both. */
function merged(parts: readonly Part[], joined: 'and' | 'or'): readonly Part[] {
  const fields = new Map<FieldSource, Field>();
  const others: Part[] = [];
  for (const part of parts) {
    const { expression, isNegated } = part;
    if (expression.kind !== 'field' || isScope(expression) || isNegated !== (joined === 'and')) {
      others.push(part);
      continue;
    }
    const known = fields.get(expression.source);
    const values = known ? [...known.values, ...expression.values] : expression.values;
    fields.set(expression.source, { ...expression, values });
  }
  return [
    ...others,
    ...[...fields.values()].map((expression) => ({ expression, isNegated: joined === 'and' })),
  ];
}

/** Whether an expression is a scope: it says which rows a rule is for. */
export function isScope(expression: Expression): boolean {
  return expression.kind === 'field' && expression.isScope === true;
}
