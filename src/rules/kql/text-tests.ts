/** Writes tests of strings in KQL: equality and parts in any letter case, wildcards and regular expressions. */
import type { TextMode, Token, ValueTest } from '../sigma/language/expression.ts';
import { fold } from '../sigma/language/fold.ts';
import { isMany } from '../sigma/language/text.ts';
import { Work } from '../work.ts';
import { allOf, anyOf, atom, type Condition } from './condition.ts';
import { stringLiteral } from './literals.ts';
import { escapeRegex, portableRegex } from './portable-regex.ts';
import { type KqlScope, Unconvertible } from './scope.ts';

export type StringTest = Extract<ValueTest, { kind: 'text' | 'wildcard' | 'regex' }>;
type TextTest = Extract<ValueTest, { kind: 'text' }>;

const OPERATORS: Readonly<Record<TextMode, readonly [anyCase: string, cased: string]>> = {
  equals: ['=~', '=='],
  contains: ['contains', 'contains_cs'],
  startswith: ['startswith', 'startswith_cs'],
  endswith: ['endswith', 'endswith_cs'],
};

/** The operator of KQL that compares strings so. */
export function operatorOf(mode: TextMode, cased: boolean): string {
  return OPERATORS[mode][cased ? 1 : 0];
}

/** Whether a string passes one of the tests. @param text an expression of type string. Throws Unconvertible. */
export function stringTests(text: string, tests: readonly StringTest[], scope: KqlScope): Condition {
  const plain = tests.filter((test) => test.kind === 'text' && test.literal !== '' && isComparable(test));
  const rest = tests.filter((test) => !plain.includes(test));
  const groups = Map.groupBy(plain as readonly TextTest[], ({ mode, cased }) => operatorOf(mode, cased));
  const conditions = [...groups].flatMap(([operator, group]) => {
    const literals = [...new Set(group.map(({ literal }) => literalOf(literal)))];
    if (literals.length > 1 && isEquality(operator)) {
      return [atom(`${text} ${operator === '==' ? 'in' : 'in~'} (${literals.join(', ')})`)];
    }
    if (literals.length > MOST_ALTERNATIVES) return [anyOfMany(text, group)];
    return literals.map((literal) => atom(`${text} ${operator} ${literal}`));
  });
  return anyOf([...conditions, ...rest.map((test) => single(text, test, scope))]);
}

/** Longer chains of `or` become one regular expression: Kusto refuses queries that are nested deeply, and a chain nests once for each link. */
const MOST_ALTERNATIVES = 32;

/** Whether a string has one of many literals at the same place. */
function anyOfMany(text: string, tests: readonly TextTest[]): Condition {
  const [{ mode, cased } = { mode: 'contains', cased: false } as const] = tests;
  const [start, end] = ANCHORS[mode];
  const literals = [...new Set(tests.map(({ literal }) => escapeRegex(literal)))];
  return atom(
    `${text} matches regex ${literalOf(`${flagsOf(cased)}${start}(?:${literals.join('|')})${end}`)}`,
  );
}

function isEquality(operator: string): boolean {
  return operator === '==' || operator === '=~';
}

/** Kusto's operators that ignore case do so for ASCII only ("String operators"), so other letters need a regular expression. */
function isComparable({ literal, cased }: TextTest): boolean {
  return cased || hasNoOtherCase(literal);
}

/** Whether no character of a string but ASCII's letters has another letter case. */
export function hasNoOtherCase(text: string): boolean {
  for (const character of text) {
    if (character <= '\u007f') continue;
    const upper = character.toUpperCase();
    if (upper !== character || character.toLowerCase() !== character || fold(character) !== character) {
      return false;
    }
  }
  return true;
}

function single(text: string, test: StringTest, scope: KqlScope): Condition {
  if (test.kind === 'text' && test.literal === '') {
    scope.note('kql-null', 'Kusto does not tell null from an empty string');
    // Every string has an empty one at each place.
    return atom(test.mode === 'equals' ? `isempty(${text})` : `isnotempty(${text})`);
  }
  if (test.kind === 'wildcard' && test.tokens.every(isMany)) {
    scope.note('kql-null', 'Kusto does not tell null from an empty string');
    return atom(`isnotempty(${text})`);
  }
  const matches = `${text} matches regex ${literalOf(patternOf(test, scope))}`;
  if (!mayBeEmpty(test)) return atom(matches);
  scope.note('kql-null', 'Kusto does not tell null from an empty string: an empty one never matches');
  return allOf([atom(`isnotempty(${text})`), atom(matches)]);
}

/** Whether the empty string passes a test. */
function mayBeEmpty(test: StringTest): boolean {
  switch (test.kind) {
    case 'text':
      return test.literal === '';
    case 'wildcard':
      return test.tokens.every(isMany);
    case 'regex':
      return test.literal === '' && test.regex.test('', new Work());
  }
}

function patternOf(test: StringTest, scope: KqlScope): string {
  switch (test.kind) {
    case 'regex': {
      const portable = portableRegex(test.source, test.flags);
      if (typeof portable === 'string') throw new Unconvertible(`the regular expression ${portable}`);
      if (portable.differs !== undefined) {
        scope.note('kql-regex', `the regular expression may match otherwise in Kusto: ${portable.differs}`);
      }
      return portable.pattern;
    }
    case 'text': {
      const [start, end] = ANCHORS[test.mode];
      return `${flagsOf(test.cased)}${start}${escapeRegex(test.literal)}${end}`;
    }
    case 'wildcard':
      return wildcardPattern(test.tokens, test.cased);
  }
}

const ANCHORS: Readonly<Record<TextMode, readonly [start: string, end: string]>> = {
  equals: ['^', '\\z'],
  contains: ['', ''],
  startswith: ['^', ''],
  endswith: ['', '\\z'],
};

function flagsOf(cased: boolean): string {
  return cased ? '(?s)' : '(?is)';
}

function wildcardPattern(tokens: readonly Token[], cased: boolean): string {
  const from = isMany(tokens[0]) ? 1 : 0;
  const to = isMany(tokens.at(-1)) ? tokens.length - 1 : tokens.length;
  const body = tokens.slice(from, to).map((token) => {
    if (typeof token === 'string') return escapeRegex(token);
    if ('oneOf' in token) return `[${token.oneOf.replace(/[\\\]^-]/g, '\\$&')}]`;
    return token.any === 'many' ? '.*' : '.';
  });
  return `${flagsOf(cased)}${from === 0 ? '^' : ''}${body.join('')}${to === tokens.length ? '\\z' : ''}`;
}

/** A string literal. Throws Unconvertible. */
export function literalOf(text: string): string {
  const literal = stringLiteral(text);
  if (literal === undefined) throw new Unconvertible('half of a surrogate pair is no text in Kusto');
  return literal;
}
