/** Writes the tests of one field in KQL, by the type of its column. */

import { canonicalAddress } from '../../shared/network.ts';
import type { CompareOp, FieldSource, TimePart, ValueTest } from '../sigma/language/expression.ts';
import { fold } from '../sigma/language/fold.ts';
import { FieldSources } from '../sigma/language/sources.ts';
import { viewRecord } from '../sigma/match/record.ts';
import { testValue } from '../sigma/match/test-value.ts';
import type { RenderingForm } from '../sigma/rendering/rendering.ts';
import { allOf, anyOf, atom, type Condition, FALSE, not } from './condition.ts';
import { keywordTests } from './keywords.ts';
import { isInList } from './lists.ts';
import { numberLiteral } from './literals.ts';
import { isInNetwork } from './networks.ts';
import { operatingSystemIs } from './operating-system.ts';
import { existsIn, isNullIn, readingsOf, typedColumn } from './readings.ts';
import { type KqlScope, Unconvertible } from './scope.ts';
import { literalOf, operatorOf, type StringTest, stringTests } from './text-tests.ts';

/** A field as it is asked for: under a `not`, a comparison with null must be false and not null. */
export interface AskedField {
  readonly source: FieldSource;
  readonly isNegated: boolean;
}

/** Whether one of a field's strings passes one of the tests. Throws Unconvertible. */
export function fieldTests(field: AskedField, tests: readonly ValueTest[], scope: KqlScope): Condition {
  const { source } = field;
  if (source.kind === 'any') return keywordTests(tests, scope);
  const special = source.kind === 'rendered' ? source.rendering.form : undefined;
  if (special?.kind === 'names') return namedTests(field, special, tests, scope);
  if (special?.kind === 'event-of-key') return eventTests(source, special, tests, scope);
  if (special?.kind === 'operating-system') return operatingSystemIs(source, tests, scope);
  const typed = typedColumn(source, scope);
  if (typed?.type === 'bool') return booleanTests(typed.name, source, tests, scope);
  const texts = tests.filter(isStringTest);
  const others = tests.filter((test) => !isStringTest(test));
  const conditions = others.map((test) => otherTest(field, test, scope));
  if (texts.length > 0) conditions.push(textTests(source, texts, scope));
  return anyOf(conditions);
}

function isStringTest(test: ValueTest): test is StringTest {
  return test.kind === 'text' || test.kind === 'wildcard' || test.kind === 'regex';
}

function textTests(source: FieldSource, tests: readonly StringTest[], scope: KqlScope): Condition {
  const typed = typedColumn(source, scope);
  const isNumber = typed !== undefined && ['int', 'long', 'real'].includes(typed.type);
  const numbers = isNumber ? tests.filter((test) => isWhole(test, typed.type)) : [];
  const digits = numbers.map((test) => (test.kind === 'text' ? test.literal : ''));
  const rest = tests.filter((test) => !numbers.includes(test));
  const conditions: Condition[] = [];
  if (digits.length > 0 && typed) {
    conditions.push(
      atom(digits.length === 1 ? `${typed.name} == ${digits[0]}` : `${typed.name} in (${digits.join(', ')})`),
    );
  }
  const isAddress = source.kind === 'rendered' && source.rendering.form?.kind === 'address';
  const addresses = isAddress ? rest.filter(isWholeV6) : [];
  if (addresses.length > 0) {
    const [raw = ''] = readingsOf(inputOf(source), scope);
    for (const { literal } of addresses) {
      conditions.push(atom(`coalesce(ipv6_is_match(${raw}, ${literalOf(literal)}), false)`));
    }
  }
  const left = rest.filter((test) => !(addresses as readonly StringTest[]).includes(test));
  if (left.length > 0) {
    if (
      isAddress &&
      source.kind === 'rendered' &&
      source.rendering.form?.kind === 'address' &&
      source.rendering.form.spellings === 'all'
    ) {
      scope.note(
        'kql-address',
        'an IPv6 address is compared as the table writes it, and not in its other spellings',
      );
    }
    for (const text of readingsOf(source, scope)) conditions.push(stringTests(text, left, scope));
  }
  return anyOf(conditions);
}

function inputOf(source: FieldSource): FieldSource {
  const input = source.kind === 'rendered' ? source.inputs[0] : undefined;
  return input ?? source;
}

/** Whether a test is for a whole number in the form in which a row has it. */
function isWhole(test: StringTest, type: string): boolean {
  if (test.kind !== 'text' || test.mode !== 'equals' || !/^(?:0|-?[1-9]\d*)$/.test(test.literal))
    return false;
  return type === 'int'
    ? Number(test.literal) === (Number(test.literal) | 0)
    : numberLiteral(BigInt(test.literal)) !== undefined;
}

function isWholeV6(test: StringTest): test is Extract<StringTest, { kind: 'text' }> {
  if (test.kind !== 'text' || test.mode !== 'equals' || !test.literal.includes(':')) return false;
  return canonicalAddress(test.literal)?.includes(':') === true;
}

/** A column of type bool: which of its two strings pass. */
function booleanTests(
  name: string,
  source: FieldSource,
  tests: readonly ValueTest[],
  scope: KqlScope,
): Condition {
  const conditions = tests.map((test) => {
    if (test.kind === 'null') return isNullIn(source, scope);
    if (test.kind === 'exists') return existsIn(source, scope);
    if (test.kind === 'field')
      throw new Unconvertible(`"${name}" is a bool in Kusto, which is compared with no other column`);
    return anyOf(['true', 'false'].flatMap((word) => (passes(test, word) ? atom(`${name} == ${word}`) : [])));
  });
  return anyOf(conditions);
}

/** Whether a string passes a test that reads nothing else of the row. */
function passes(given: ValueTest, text: string): boolean {
  const test = given.kind === 'text' && !given.cased ? { ...given, literal: fold(given.literal) } : given;
  return testValue(test, [text], viewRecord({}, new FieldSources()));
}

type FormOf<K extends RenderingForm['kind']> = Extract<RenderingForm, { kind: K }>;

/** Values that have other names in rules: what the column holds for each name that passes. */
function namedTests(
  field: AskedField,
  form: FormOf<'names'>,
  tests: readonly ValueTest[],
  scope: KqlScope,
): Condition {
  const { source } = field;
  const input = inputOf(source);
  const conditions = tests.map((test): Condition => {
    const names = Object.entries(form.values);
    if (test.kind === 'field')
      throw new Unconvertible('a value that has another name in the table is compared with another column');
    if (test.kind === 'null' || test.kind === 'exists') {
      const found = form.closed
        ? heldIn(
            input,
            names.flatMap(([, held]) => held),
            scope,
          )
        : not(isNullIn(input, scope));
      return test.kind === 'null' ? not(found) : found;
    }
    const held = names.flatMap(([name, values]) => (passes(test, name) ? values : []));
    const named = held.length === 0 ? FALSE : heldIn(input, held, scope);
    return form.closed ? named : anyOf([named, ownTests(field, form, test, scope)]);
  });
  return anyOf(conditions);
}

function ownTests(field: AskedField, { own }: FormOf<'names'>, test: ValueTest, scope: KqlScope): Condition {
  const { source } = field;
  if (source.kind !== 'rendered') return FALSE;
  const plain: FieldSource = own ? { ...source, rendering: own, usual: undefined } : inputOf(source);
  return fieldTests({ ...field, source: plain }, [test], scope);
}

function heldIn(input: FieldSource, values: readonly string[], scope: KqlScope): Condition {
  const tests = [...new Set(values.map((value) => value.toLowerCase()))].map(
    (literal): ValueTest => ({ kind: 'text', mode: 'equals', literal, cased: false }),
  );
  return fieldTests({ source: input, isNegated: false }, tests, scope);
}

function eventTests(
  source: FieldSource,
  { id, part }: FormOf<'event-of-key'>,
  tests: readonly ValueTest[],
  scope: KqlScope,
): Condition {
  if (source.kind !== 'rendered') return FALSE;
  const isThere = anyOf(
    source.inputs
      .flatMap((input) => readingsOf(input, scope))
      .map((text) => atom(`${text} contains ${literalOf(part)}`)),
  );
  return anyOf(
    tests.map((test) => {
      if (test.kind === 'null') return not(isThere);
      if (test.kind === 'exists') return isThere;
      if (test.kind === 'field')
        throw new Unconvertible('the id of an event is compared with another column');
      return passes(test, id) ? isThere : FALSE;
    }),
  );
}

/** A test that is not one of strings. */
function otherTest(field: AskedField, test: Exclude<ValueTest, StringTest>, scope: KqlScope): Condition {
  const { source } = field;
  switch (test.kind) {
    case 'null':
      return isNullIn(source, scope);
    case 'exists':
      return existsIn(source, scope);
    case 'compare':
      return compareTest(field, test.op, test.value, scope);
    case 'time':
      return timeTest(field, test, scope);
    case 'cidr':
      return anyOf(
        readingsOf(inputOf(source), scope).map((text) =>
          isInNetwork(text, test.network, field.isNegated, scope),
        ),
      );
    case 'list':
      return anyOf(
        readingsOf(test.isAddress ? inputOf(source) : source, scope).map((text) =>
          isInList(text, test.list, field.isNegated, scope),
        ),
      );
    case 'field':
      return otherFieldTest(source, test, scope);
  }
}

const SIGNS: Readonly<Record<CompareOp | 'eq', string>> = {
  lt: '<',
  lte: '<=',
  gt: '>',
  gte: '>=',
  eq: '==',
};

function compareTest(field: AskedField, op: CompareOp, value: number | bigint, scope: KqlScope): Condition {
  const bound = numberLiteral(value);
  if (bound === undefined) throw new Unconvertible('the number does not fit into a long of Kusto');
  const typed = typedColumn(field.source, scope);
  if (typed && ['int', 'long', 'real'].includes(typed.type)) {
    return guarded(field, typed.name, `${typed.name} ${SIGNS[op]} ${bound}`);
  }
  if (field.source.kind === 'rendered') {
    throw new Unconvertible('a number that the table writes in another form is compared with a bound');
  }
  const isWhole = typeof value === 'bigint';
  const numbers = readingsOf(field.source, scope).map(
    (text) => `${isWhole ? 'tolong' : 'todouble'}(${text})`,
  );
  return anyOf(numbers.map((number) => guarded(field, number, `${number} ${SIGNS[op]} ${bound}`)));
}

/** A comparison that is null for a null value; under a `not` it must be false instead. */
function guarded({ isNegated }: AskedField, value: string, comparison: string): Condition {
  return isNegated ? allOf([atom(`isnotnull(${value})`), atom(comparison)]) : atom(comparison);
}

const PARTS: Readonly<Record<TimePart, (time: string) => string>> = {
  minute: (time) => `datetime_part("minute", ${time})`,
  hour: (time) => `datetime_part("hour", ${time})`,
  day: (time) => `datetime_part("day", ${time})`,
  week: (time) => `week_of_year(${time})`,
  month: (time) => `datetime_part("month", ${time})`,
  year: (time) => `datetime_part("year", ${time})`,
};

function timeTest(field: AskedField, test: Extract<ValueTest, { kind: 'time' }>, scope: KqlScope): Condition {
  const bound = numberLiteral(test.value);
  if (bound === undefined) throw new Unconvertible('the bound of a time is not finite');
  const typed = typedColumn(field.source, scope);
  const times =
    typed?.type === 'datetime'
      ? [typed.name]
      : readingsOf(field.source, scope).map((text) => `todatetime(${text})`);
  return anyOf(
    times.map((time) => guarded(field, time, `${PARTS[test.part](time)} ${SIGNS[test.op]} ${bound}`)),
  );
}

function otherFieldTest(
  source: FieldSource,
  { source: other, mode, cased }: Extract<ValueTest, { kind: 'field' }>,
  scope: KqlScope,
): Condition {
  if (!cased) {
    scope.note(
      'kql-letter-case',
      'Kusto compares two columns in any letter case for the letters of ASCII only',
    );
  }
  const operator = operatorOf(mode, cased);
  const theirs = readingsOf(other, scope);
  return anyOf(
    readingsOf(source, scope).flatMap((mine) =>
      theirs.map((text) => allOf([atom(`isnotempty(${text})`), atom(`${mine} ${operator} ${text}`)])),
    ),
  );
}
