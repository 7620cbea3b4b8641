/** Compiles the tests of one field into a fast predicate: sets for whole strings, and one pass for long lists. */
import type { FieldSource, TextMode, ValueTest } from '../language/expression.ts';
import { compileText } from '../language/text.ts';
import type { RecordView } from '../types.ts';
import { AnyOf } from './any-of.ts';
import { compileForLong } from './long-texts.ts';
import { exists, isNull, some, testValue, within } from './test-value.ts';

type Predicate = (record: RecordView) => boolean;
type TextPredicate = (text: string) => boolean;
type TextTest = Extract<ValueTest, { kind: 'text' }>;

const MODES: readonly TextMode[] = ['equals', 'endswith', 'startswith', 'contains'];
/** Longer lists than this are looked up in a set; for shorter ones, comparing one by one is faster. */
const MANY = 32;
/** The limit for literals that may be anywhere in a string: one pass over the string costs as much as about a dozen searches. */
const MANY_WITHIN = 12;

/** Makes one predicate for all tests of a field, which is true if one of its strings passes one of the tests. */
export function compileTests(source: FieldSource, tests: readonly ValueTest[]): Predicate {
  const ofShort = compileForShort(source, tests);
  // They compare no string, so that it does not matter how long one is. A rendered field is there if a string of it is, and one may be missing for
  // want of work: each rule that asks must hear of that, not only the one for which it was rendered.
  if (source.kind !== 'rendered' && tests.every(({ kind }) => kind === 'exists' || kind === 'null'))
    return ofShort;
  const ofLong = compileForLong(source, tests);
  return (record) => (record.isLong(source) ? ofLong(record) : ofShort(record));
}

function compileForShort(source: FieldSource, tests: readonly ValueTest[]): Predicate {
  const texts = tests.filter((test) => test.kind === 'text');
  const rest = tests.filter((test) => test.kind !== 'text');
  const predicates: Predicate[] = [];
  const folded = compileTexts(texts.filter(({ cased }) => !cased));
  if (folded) predicates.push((record) => some(record.folded(source), folded));
  const cased = compileTexts(texts.filter((test) => test.cased));
  if (cased) predicates.push((record) => some(record.texts(source), cased));
  for (const test of rest) predicates.push(compileOther(source, test));
  const [first] = predicates;
  if (predicates.length === 1 && first) return first;
  return (record) => {
    for (const predicate of predicates) if (predicate(record)) return true;
    return false;
  };
}

function compileOther(source: FieldSource, test: ValueTest): Predicate {
  switch (test.kind) {
    case 'null':
      return (record) => isNull(source, record);
    case 'exists':
      return (record) => exists(source, record);
    case 'wildcard': {
      const { tokens } = test;
      if (test.cased) return (record) => some(record.texts(source), within(tokens, record.work, 'short'));
      return (record) => some(record.folded(source), within(tokens, record.work, 'short'));
    }
    case 'regex': {
      const { literal, regex } = test;
      if (literal === '')
        return (record) => some(record.texts(source), (text) => regex.test(text, record.work));
      return (record) => {
        const folded = record.folded(source);
        const texts = record.texts(source);
        for (let at = 0; at < texts.length; at++) {
          if (folded[at]?.includes(literal) && regex.test(texts[at] ?? '', record.work)) return true;
        }
        return false;
      };
    }
    default:
      return (record) => testValue(test, record.texts(source), record);
  }
}

function compileTexts(tests: readonly TextTest[]): TextPredicate | undefined {
  const predicates = MODES.flatMap((mode) => {
    const literals = tests.filter((test) => test.mode === mode).map(({ literal }) => literal);
    return literals.length === 0 ? [] : compileLiterals(mode, [...new Set(literals)]);
  });
  const [first, second] = predicates;
  if (!first || !second) return first;
  return (text) => {
    for (const predicate of predicates) if (predicate(text)) return true;
    return false;
  };
}

function compileLiterals(mode: TextMode, literals: readonly string[]): TextPredicate {
  const [first = ''] = literals;
  if (literals.length === 1) return compileText(mode, first);
  const many = literals.length > MANY;
  switch (mode) {
    case 'equals': {
      const set = new Set(literals);
      return (text) => set.has(text);
    }
    case 'startswith': {
      if (many) return oneOfLength(literals, (text, length) => text.slice(0, length));
      return (text) => {
        for (const literal of literals) if (text.startsWith(literal)) return true;
        return false;
      };
    }
    case 'endswith': {
      if (many) return oneOfLength(literals, (text, length) => text.slice(text.length - length));
      return (text) => {
        for (const literal of literals) if (text.endsWith(literal)) return true;
        return false;
      };
    }
    case 'contains': {
      if (literals.length > MANY_WITHIN) {
        const anyOf = new AnyOf(literals);
        return (text) => anyOf.test(text);
      }
      return (text) => {
        for (const literal of literals) if (text.includes(literal)) return true;
        return false;
      };
    }
  }
}

/** Makes a test of whether a part of a string is one of the literals. @param part returns the part that has a literal's length. */
function oneOfLength(
  literals: readonly string[],
  part: (text: string, length: number) => string,
): TextPredicate {
  const sets = [...Map.groupBy(literals, ({ length }) => length)].map(
    ([length, group]) => [length, new Set(group)] as const,
  );
  return (text) => {
    for (const [length, set] of sets) if (text.length >= length && set.has(part(text, length))) return true;
    return false;
  };
}
