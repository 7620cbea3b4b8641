/** Writes a compiled detection in KQL: its conditions, and the tests of its fields. */
import type { Expression, FieldSource, Value, ValueTest } from '../sigma/language/expression.ts';
import { fold } from '../sigma/language/fold.ts';
import { allOf, anyOf, type Condition, FALSE, not } from './condition.ts';
import { fieldTests } from './field-tests.ts';
import { type KqlScope, Unconvertible } from './scope.ts';

/**
 * Writes an expression as a condition of KQL. What cannot be written is reported in the scope, each place of it; the condition is then
 * of no use.
 * @param file the file in which the expression stands, for messages.
 */
export function conditionOf(expression: Expression, file: string, scope: KqlScope): Condition {
  return written(expression, { file, scope, isNegated: false });
}

interface Place {
  readonly file: string;
  readonly scope: KqlScope;
  /** Whether it stands under a `not`. */
  readonly isNegated: boolean;
}

function written(expression: Expression, place: Place): Condition {
  switch (expression.kind) {
    case 'unavailable':
      return FALSE;
    case 'part':
      return written(expression.item, place);
    case 'not':
      return not(written(expression.item, { ...place, isNegated: true }));
    case 'and':
      return allOf(expression.items.map((item) => written(item, place)));
    case 'or':
      return anyOf(alternatives(expression).map((item) => written(item, place)));
    case 'field':
      return writtenField(expression, place);
  }
}

type Field = Extract<Expression, { kind: 'field' }>;

/** The parts of an `or`, with the values of one field together: hundreds of parts would nest deeper than Kusto allows. */
function alternatives(expression: Expression): readonly Expression[] {
  const fields = new Map<FieldSource, Field>();
  const others: Expression[] = [];
  const collect = (item: Expression): void => {
    if (item.kind === 'or') item.items.forEach(collect);
    else if (item.kind === 'part') collect(item.item);
    else if (item.kind !== 'field' || item.isScope) others.push(item);
    else {
      const known = fields.get(item.source);
      fields.set(item.source, known ? { ...known, values: [...known.values, ...item.values] } : item);
    }
  };
  collect(expression);
  return [...fields.values(), ...others];
}

function writtenField(
  { source, values, isScope }: Extract<Expression, { kind: 'field' }>,
  { file, scope, isNegated }: Place,
): Condition {
  const groups = Map.groupBy(values, ({ span }) => span.line);
  const tests = values.map(asWritten);
  const [first] = values;
  try {
    if (first) scope.at(file, first.span, isScope);
    return fieldTests({ source, isNegated }, tests, scope);
  } catch (error) {
    if (!(error instanceof Unconvertible)) throw error;
  }
  // Once more for the values of each line, to say which of them cannot be written.
  for (const [, [one, ...others]] of groups) {
    if (!one) continue;
    scope.at(file, one.span);
    try {
      fieldTests({ source, isNegated }, [one, ...others].map(asWritten), scope);
    } catch (error) {
      if (!(error instanceof Unconvertible)) throw error;
      scope.refuse(error.message);
    }
  }
  return FALSE;
}

/** The test of a value, with the letter case that the rule's author gave it. */
function asWritten({ test, label }: Value): ValueTest {
  if (test.kind !== 'text' || test.cased) return test;
  // Folding keeps the length of a text.
  const from = fold(label).indexOf(test.literal);
  return from < 0 ? test : { ...test, literal: label.slice(from, from + test.literal.length) };
}
