/** Compiles a field with its values, `FileName|endswith: [a.exe, b.exe]`, into an expression on the columns that hold it. */
import type { Node, Scalar } from 'yaml';
import type { Mistake } from '../../../diagnostics/diagnostic.ts';
import { spanOf } from '../../../diagnostics/yaml/places.ts';
import type { CompileContext } from '../types.ts';
import { reportDoubts } from './doubts/index.ts';
import type { Expression, Unavailable } from './expression.ts';
import { isMapping, mappingOf } from './field-columns.ts';
import { KEYWORDS, parseKey } from './field-key.ts';
import {
  type FieldScope,
  fieldScope,
  type MappedField,
  report,
  tableOf,
  unavailable,
} from './field-scope.ts';
import { compileValue } from './field-value.ts';
import { type Given, GivenError, readValues } from './given.ts';
import { anyOf, linked } from './link.ts';
import { isModifierError, planModifiers } from './modifiers.ts';
import { plainValues } from './plain-values.ts';
import { isUnavailable } from './unavailable.ts';

/** Compiles a field with its values. Undefined if an error was reported. */
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
  const found = mappingOf(field);
  const given = givenValues(node, field);
  if (!found || !given) return undefined;
  if (all && given.length === 1) report(field, nameSpan, SINGLE_ALL, 'warning');
  const whole = isMapping(found) ? onMapping(given, { ...field, mapping: found }) : found;
  return negated && whole ? { kind: 'not', item: whole, span } : whole;
}

function onMapping(given: readonly Given[], field: MappedField): Expression | undefined {
  const { key, span } = field;
  reportDoubts(given, field);
  const plain = plainValues(given, field);
  if (plain) return plain;
  const outcomes = given.map((value) => compileValue(value, field));
  const items = outcomes.filter((outcome) => outcome !== undefined);
  if (items.length < outcomes.length) return undefined;
  if (items.length > 1 && items.every(isUnavailable)) return noneOf(items, field);
  return key.plan.all ? linked('and', items, span) : anyOf(items, span);
}

/** Combines the reasons into one message if none of the values is available. */
function noneOf(values: readonly Unavailable[], field: FieldScope): Unavailable {
  const message = `none of these values of "${field.key.field}" can be found in ${tableOf(field)}`;
  const whole = unavailable(field, field.nameSpan, { code: 'unmappable-value', message });
  return { ...whole, isCertain: values.every(({ isCertain }) => isCertain) };
}

/** The values as the file gives them. Undefined if an error was reported. */
function givenValues(node: Node | null, field: FieldScope): readonly Given[] | undefined {
  try {
    return readValues(node, field.key.node);
  } catch (error) {
    if (!(error instanceof GivenError)) throw error;
    report(field, spanOf(error.node, field.context.lines), error);
    return undefined;
  }
}
