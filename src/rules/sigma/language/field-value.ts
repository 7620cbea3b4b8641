/** Compiles one value of a field into an expression on the columns that hold the field. */
import type { Mistake, Span } from '../../../diagnostics/diagnostic.ts';
import { spanOf } from '../../../diagnostics/yaml/places.ts';
import { isAddressColumn } from '../../schema/addresses.ts';
import { address } from '../rendering/address.ts';
import { renderingOf } from '../rendering/of-mapping.ts';
import type { Rendering } from '../rendering/rendering.ts';
import { parseCidr } from './cidr.ts';
import type { Expression, RegexFlags, TextMode, Token, Unavailable, Value, ValueTest } from './expression.ts';
import { findMapping, isComparable, isMapping, sourcesOf } from './field-columns.ts';
import { KEYWORDS } from './field-key.ts';
import { placed } from './field-places.ts';
import { type MappedField, report, tableOf, unavailable, unmappable } from './field-scope.ts';
import { fold } from './fold.ts';
import type { Given } from './given.ts';
import { anyOf, linked } from './link.ts';
import { listTestsOf } from './list-tests.ts';
import { convertFileName, convertHash, replaceInPattern, replaceInTokens } from './mapped-values.ts';
import type { ModifierPlan } from './modifiers.ts';
import { compileRegex } from './regex.ts';
import { anySource } from './sources.ts';
import { compileText } from './text.ts';
import {
  expandPlaceholders,
  isPlace,
  literalTest,
  textAlternatives,
  textTests,
  ValueError,
} from './values.ts';

/** A value that is being compiled. */
interface ValueScope extends MappedField {
  readonly given: Given;
  readonly valueSpan: Span;
}

/** Compiles one value on every column that may hold the field. Undefined if an error was reported. */
export function compileValue(given: Given, field: MappedField): Expression | undefined {
  const scope: ValueScope = { ...field, given, valueSpan: spanOf(given.node, field.context.lines) };
  try {
    if (given.value === null) return onNull(scope);
    return onSpellings(scope);
  } catch (error) {
    if (!(error instanceof ValueError)) throw error;
    if (error.code === 'unmappable-value') return unavailable(field, scope.valueSpan, mistakeOf(error));
    report(field, scope.valueSpan, error);
    return undefined;
  }
}

function onNull(scope: ValueScope): Expression | undefined {
  const { field, plan } = scope.key;
  if (field === KEYWORDS) throw new ValueError('bad-value', 'a keyword is a string');
  if (plan.comparison.kind !== 'text' || plan.steps.length > 0 || plan.cased || plan.expand) {
    throw new ValueError('bad-value', 'null has no modifiers but "|neq"');
  }
  return onColumns([{ kind: 'null' }], 'null', scope);
}

function onExists(scope: ValueScope): Expression | undefined {
  const { value } = scope.given;
  if (typeof value !== 'boolean') throw new ValueError('bad-value', '"|exists" takes true or false');
  const exists = onColumns([{ kind: 'exists' }], 'exists', scope);
  return value || !exists ? exists : { kind: 'not', item: exists, span: scope.valueSpan };
}

/** Compiles a value in all its spellings; placeholders may expand to several. */
function onSpellings(scope: ValueScope): Expression | undefined {
  const { given, key, context, valueSpan } = scope;
  const filled = key.plan.expand ? expandPlaceholders(given.raw, context.variables) : [rawOf(scope)];
  const results: Expression[] = [];
  for (const spelling of filled) {
    const result = compare(spelling, scope);
    if (result === undefined) return undefined;
    results.push(result);
  }
  return anyOf(results, valueSpan);
}

/** The value's text in the rule; if the whole value is a number, the text in the form in which the field writes numbers. */
function rawOf({ given, key, mapping }: ValueScope): string {
  const isWhole = key.plan.comparison.kind === 'text' && key.plan.steps.length === 0;
  const { ofNumber } = renderingOf(mapping) ?? {};
  return ofNumber && isWhole && typeof given.value === 'number' ? ofNumber(given.raw) : given.raw;
}

function compare(raw: string, scope: ValueScope): Expression | undefined {
  const { comparison } = scope.key.plan;
  switch (comparison.kind) {
    case 'text':
      return onText(raw, scope);
    case 'regex':
      return onColumns(regexTests(raw, comparison.flags, scope), raw, scope);
    case 'cidr':
      return onColumns([cidrTest(raw)], raw, scope);
    case 'list':
      return onColumns(listTests(raw, comparison.mode, scope), raw, scope);
    case 'compare': {
      const value = exactBound(boundOf(comparison.op, scope.given), scope.given);
      return onColumns([{ ...comparison, value }], raw, scope);
    }
    case 'time':
      return onColumns([{ ...comparison, value: boundOf(comparison.part, scope.given) }], raw, scope);
    case 'field':
      return onOtherField(raw, comparison.mode, scope);
    case 'exists':
      return onExists(scope);
  }
}

function regexTests(raw: string, flags: RegexFlags, scope: ValueScope): readonly ValueTest[] {
  const { replace, convert } = scope.mapping;
  if (convert === 'hashes' || convert === 'file-name') throw unmappable(scope);
  const source = replace ? replaceInPattern(raw, replace) : raw;
  const compiled = compileRegex(source, flags);
  if (typeof compiled === 'string') {
    throw new ValueError('bad-regex', `the regular expression can't be used: ${compiled}`);
  }
  if ('severity' in compiled) throw new ValueError(compiled.code, compiled.message, compiled.hint);
  const { plain, finding, regex, literal } = compiled;
  if (finding) report(scope, scope.valueSpan, finding, 'warning');
  if (!plain) return [{ kind: 'regex', source, flags, regex, literal }];
  const { mode } = plain;
  const text = flags.i ? fold(plain.literal) : plain.literal;
  // `$` also matches before a newline at the end of the string.
  const literals = mode === 'equals' || mode === 'endswith' ? [text, `${text}\n`] : [text];
  return literals.map((one) => ({ kind: 'text', mode, literal: one, cased: !flags.i }));
}

function cidrTest(raw: string): ValueTest {
  const contains = parseCidr(raw);
  if (contains) return { kind: 'cidr', network: raw, contains };
  throw new ValueError('bad-cidr', `"${raw}" is not a network`, 'such as 10.0.0.0/8 or fe80::/10');
}

function listTests(name: string, mode: TextMode, scope: ValueScope): readonly ValueTest[] {
  if (typeof scope.given.value !== 'string') {
    throw new ValueError('bad-value', '"|in_list" takes the name of a list');
  }
  return listTestsOf(name, mode, scope.context.lists);
}

function boundOf(modifier: string, { value }: Given): number {
  if (typeof value === 'number' && Number.isFinite(value)) return value;
  throw new ValueError('bad-value', `"|${modifier}" takes a number`);
}

/** The bound of a comparison with all digits that the rule gives. */
function exactBound(value: number, { raw }: Given): number | bigint {
  return Math.abs(value) > Number.MAX_SAFE_INTEGER && /^-?\d+$/.test(raw) ? BigInt(raw) : value;
}

function onOtherField(raw: string, mode: TextMode, scope: ValueScope): Expression | undefined {
  const other = findMapping(raw, scope.valueSpan, scope);
  if (!other || !isMapping(other)) return other;
  const { cased } = scope.key.plan;
  const tests = sourcesOf(other, scope.context.sources, 'other').map(
    (source): ValueTest => ({ kind: 'field', source, mode, cased }),
  );
  return onColumns(tests, raw, scope);
}

function onText(raw: string, scope: ValueScope): Expression | undefined {
  const { mapping } = scope;
  if (mapping.convert !== 'hashes') {
    const tests = textTestsOf(raw, scope);
    const all = renderingOf(mapping)?.all;
    if (!all || tests.some((test) => mayHold(test, all))) return onColumns(tests, raw, scope);
    return neverHeld(raw, scope, true);
  }
  const hash = convertHash(raw, mapping.columns);
  if (!hash) {
    return neverHeld(raw, scope, false);
  }
  return onColumns(textTestsOf(hash.value, scope), raw, { ...scope, mapping: { columns: [hash.column] } });
}

function textTestsOf(raw: string, scope: ValueScope): readonly ValueTest[] {
  const { plan, field } = scope.key;
  const { replace, convert } = scope.mapping;
  const steps = field === KEYWORDS && !hasPlace(plan) ? [...plan.steps, 'contains' as const] : plan.steps;
  const [place] = steps;
  if (!replace && convert !== 'file-name' && steps.length <= 1 && steps.every(isPlace)) {
    const literal = literalTest(raw, place, plan.cased);
    if (literal) return [respelt(literal, scope)];
  }
  return textAlternatives(raw, { ...plan, steps })
    .flatMap((tokens) => (replace ? replaceInTokens(tokens, replace) : [tokens]))
    .map((tokens) => (convert === 'file-name' ? fileNameOf(tokens, raw, scope) : tokens))
    .flatMap((tokens) => textTests(tokens, plan.cased))
    .map((test) => respelt(test, scope));
}

/** Rewrites a whole value in the spelling that its column is compared in, because an address has several spellings. */
function respelt(test: ValueTest, { mapping }: ValueScope): ValueTest {
  if (test.kind !== 'text' || test.mode !== 'equals') return test;
  const { spell } = formOf(mapping) ?? {};
  return spell ? { ...test, literal: spell(test.literal) } : test;
}

function formOf(mapping: MappedField['mapping']): Rendering | undefined {
  return renderingOf(mapping) ?? (mapping.columns.some(isAddressColumn) ? address : undefined);
}

/** Whether a test can be true of one of the few strings that the field can hold. */
function mayHold(test: ValueTest, all: readonly string[]): boolean {
  if (test.kind !== 'text') return true;
  return all.some((one) => compileText(test.mode, fold(test.literal))(fold(one)));
}

function hasPlace({ steps }: ModifierPlan): boolean {
  return steps.some((step) => step === 'contains' || step === 'startswith' || step === 'endswith');
}

function fileNameOf(tokens: readonly Token[], raw: string, scope: ValueScope): readonly Token[] {
  const converted = convertFileName(tokens);
  if (converted === undefined) throw unmappable(scope);
  if (converted.folder) {
    const message = `${tableOf(scope)} has only the file's name for "${scope.key.field}": the folder in "${raw}" is not compared`;
    report(scope, scope.valueSpan, { code: 'folder-not-compared', message }, 'warning');
  }
  return converted.tokens;
}

/** Applies the tests to each column that may hold the field: one column must pass, except for `null`, where all must. */
function onColumns(tests: readonly ValueTest[], label: string, scope: ValueScope): Expression | undefined {
  const { key, span, mapping, context, valueSpan } = scope;
  const values = tests.map((test): Value => ({ label, span: valueSpan, test }));
  if (key.field === KEYWORDS) return { kind: 'field', source: anySource, values, label: key.label, span };
  const isNull = tests.every(({ kind }) => kind === 'null');
  if (!isNull && !isComparable(mapping, scope)) return undefined;
  const items = sourcesOf(mapping, context.sources)
    .flatMap((source) => placed(values, source))
    .map((place): Expression => ({ kind: 'field', ...place, label: key.label, span }));
  return linked(isNull ? 'and' : 'or', items, span);
}

/** Makes the `unavailable` of a value that the table has no column for or, if `isCertain`, that its rows never hold. */
function neverHeld(raw: string, scope: ValueScope, isCertain: boolean): Unavailable {
  const { field } = scope.key;
  const table = tableOf(scope);
  const message = `${table} never holds "${raw}" as "${field}"`;
  const lost = unavailable(scope, scope.valueSpan, { code: 'unmappable-value', message });
  return { ...lost, isCertain, value: { table, field, raw } };
}

function mistakeOf({ code, message, hint }: ValueError): Mistake {
  return { code, message, hint };
}
