/** A field with its values, `FileName|endswith: [a.exe, b.exe]`, as an expression on the columns that hold it. */
import type { Node, Scalar } from 'yaml';
import type { Mistake } from '../../../diagnostics/diagnostic.ts';
import { spanOf } from '../../../diagnostics/yaml/places.ts';
import type { CompileContext } from '../types.ts';
import { reportDoubts } from './doubts/index.ts';
import type { Expression } from './expression.ts';
import { mappingOf } from './field-columns.ts';
import { KEYWORDS, parseKey } from './field-key.ts';
import { type FieldScope, fieldScope, report, tableOf } from './field-scope.ts';
import { compileValue } from './field-value.ts';
import { type Given, GivenError, readValues } from './given.ts';
import { anyOf, linked } from './link.ts';
import { isModifierError, planModifiers } from './modifiers.ts';

/** Compiles `FileName|endswith: [a.exe, b.exe]`. Undefined when an error was reported. */
export function compileField(
  key: Scalar,
  value: Node | null,
  context: CompileContext,
): Expression | undefined {
  const parsed = parseKey(key, context);
  return parsed && compileValues(value, fieldScope(parsed, context));
}

/** Compiles a keyword: a string that is looked for anywhere in the row. */
export function compileKeyword(value: Node, context: CompileContext): Expression | undefined {
  const plan = planModifiers([]);
  if (isModifierError(plan)) return undefined;
  const key = { node: value, field: KEYWORDS, label: 'keywords', plan };
  return compileValues(value, fieldScope(key, context));
}

const SINGLE_ALL: Mistake = {
  code: 'single-all',
  message: '"|all" has no meaning for a single value',
  hint: 'remove "|all"',
};

function compileValues(node: Node | null, field: FieldScope): Expression | undefined {
  const { key, span, nameSpan } = field;
  const { all, negated } = key.plan;
  const mapping = mappingOf(field);
  const given = givenValues(node, field);
  if (!mapping || !given) return undefined;
  if (all && given.length === 1) report(field, nameSpan, SINGLE_ALL, 'warning');
  reportDoubts(given, { ...field, mapping });
  const outcomes = given.map((value) => compileValue(value, { ...field, mapping }));
  const compiled = outcomes.filter((outcome) => outcome !== undefined);
  if (compiled.length < outcomes.length) return undefined;
  const items = compiled.filter((outcome) => outcome !== 'dropped');
  if (items.length === 0) {
    const message = `none of these values of "${key.field}" can be found in ${tableOf(field)}`;
    report(field, nameSpan, { code: 'unmappable-value', message });
    return undefined;
  }
  const whole = all ? linked('and', items, span) : anyOf(items, span);
  return negated ? { kind: 'not', item: whole, span } : whole;
}

/** The values as the file has them. Undefined when an error was reported. */
function givenValues(node: Node | null, field: FieldScope): readonly Given[] | undefined {
  try {
    return readValues(node, field.key.node);
  } catch (error) {
    if (!(error instanceof GivenError)) throw error;
    report(field, spanOf(error.node, field.context.lines), error);
    return undefined;
  }
}
