/** Compiles what nearly all fields of rules are, strings on one column that holds them unchanged, without the detours of the others. */
import { spanOf } from '../../../diagnostics/yaml/places.ts';
import { isAddressColumn } from '../../schema/addresses.ts';
import type { FieldMapping } from '../types.ts';
import type { Expression, Value, ValueTest } from './expression.ts';
import { sourcesOf } from './field-columns.ts';
import { KEYWORDS } from './field-key.ts';
import type { MappedField } from './field-scope.ts';
import type { Given } from './given.ts';
import { linked } from './link.ts';
import type { ModifierPlan } from './modifiers.ts';
import { isPlace, literalTest, textAlternatives, textTests } from './values.ts';

/** The keys of a mapping that change nothing about its columns. */
const UNCHANGED: ReadonlySet<string> = new Set<keyof FieldMapping>([
  'columns',
  'join',
  'approximate',
  'products',
]);

/**
 * The field's values as one expression; undefined for a field that is compared in another way: it is compiled value by value. Both ways give equal expressions (test/rules/sigma/language/plain-values.test.ts).
 */
export function plainValues(given: readonly Given[], field: MappedField): Expression | undefined {
  const { key, span, context, mapping } = field;
  const { plan } = key;
  if (plan.comparison.kind !== 'text' || plan.expand || key.field === KEYWORDS) return undefined;
  if (plan.steps.length > 1 || !plan.steps.every(isPlace)) return undefined;
  if (!isUnchanged(mapping) || given.some(({ value }) => value === null)) return undefined;
  const [source, another] = sourcesOf(mapping, context.sources);
  if (source === undefined || another) return undefined;
  const [place] = plan.steps;
  const valuesOf = ({ raw, node }: Given): readonly Value[] => {
    const valueSpan = spanOf(node, context.lines);
    return testsOf(raw, place, plan).map((test) => ({ label: raw, span: valueSpan, test }));
  };
  const asked = (values: readonly Value[]): Expression => ({
    kind: 'field',
    source,
    values,
    label: key.label,
    span,
  });
  if (!plan.all) return asked(given.flatMap(valuesOf));
  return linked(
    'and',
    given.map((one) => asked(valuesOf(one))),
    span,
  );
}

/** Whether values are compared with the columns, or with the columns joined, as both are written. Columns of every type are compared with text. */
function isUnchanged(mapping: FieldMapping): boolean {
  return Object.keys(mapping).every((name) => UNCHANGED.has(name)) && !mapping.columns.some(isAddressColumn);
}

function testsOf(raw: string, place: string | undefined, plan: ModifierPlan): readonly ValueTest[] {
  const literal = literalTest(raw, place, plan.cased);
  if (literal) return [literal];
  return textAlternatives(raw, plan).flatMap((tokens) => textTests(tokens, plan.cased));
}
