import { AnyOf } from './any-of.ts';
import type { FieldSource, TextMode, TimePart, ValueTest } from './expression.ts';
import { fold } from './fold.ts';
import { matchTokens } from './text.ts';
import type { RecordView } from './types.ts';

type Predicate = (record: RecordView) => boolean;
type TextPredicate = (text: string) => boolean;
type TextTest = Extract<ValueTest, { kind: 'text' }>;

const MODES: readonly TextMode[] = ['equals', 'endswith', 'startswith', 'contains'];
/** Longer lists than this are looked up instead of tried one by one: below, trying is faster. */
const MANY = 32;
/** The same for texts looked for anywhere: one pass over the text costs as much as looking for about a dozen. */
const MANY_WITHIN = 12;

/** One predicate for all tests of a field: true when one of them holds for one of its texts. */
export function compileTests(source: FieldSource, tests: readonly ValueTest[]): Predicate {
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

/** The plain way to run one test: the reference the others are checked against. */
export function testValue(test: ValueTest, texts: readonly string[], record: RecordView): boolean {
  switch (test.kind) {
    case 'text': {
      const literal = test.literal;
      return some(test.cased ? texts : texts.map(fold), (text) => testText(test.mode, literal, text));
    }
    case 'wildcard':
      return some(test.cased ? texts : texts.map(fold), (text) => matchTokens(test.tokens, text));
    case 'regex':
      return some(texts, (text) => test.regex.test(text, record.work));
    case 'compare':
      return some(texts, (text) => compare(test.op, numberOf(text), test.value));
    case 'time':
      return some(texts, (text) => compare(test.op, timePart(test.part, text), test.value));
    case 'cidr':
      return some(texts, test.contains);
    case 'field': {
      const others = record.texts(test.source);
      const [mine, theirs] = test.cased ? [texts, others] : [texts.map(fold), others.map(fold)];
      return some(mine, (text) => some(theirs, (other) => testText(test.mode, other, text)));
    }
    case 'null':
    case 'exists':
      return false;
  }
}

function compileOther(source: FieldSource, test: ValueTest): Predicate {
  switch (test.kind) {
    case 'null':
      return (record) => isNull(source, record);
    case 'exists':
      return (record) => exists(source, record);
    case 'wildcard': {
      const { tokens } = test;
      if (test.cased) return (record) => some(record.texts(source), (text) => matchTokens(tokens, text));
      return (record) => some(record.folded(source), (text) => matchTokens(tokens, text));
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

/** Whether a text's part of a literal's length is one of the literals. */
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

function compileText(mode: TextMode, literal: string): TextPredicate {
  switch (mode) {
    case 'equals':
      return (text) => text === literal;
    case 'contains':
      return (text) => text.includes(literal);
    case 'startswith':
      return (text) => text.startsWith(literal);
    case 'endswith':
      return (text) => text.endsWith(literal);
  }
}

function testText(mode: TextMode, literal: string, text: string): boolean {
  return compileText(mode, literal)(text);
}

function some(texts: readonly string[], test: (text: string) => boolean): boolean {
  for (const text of texts) if (test(text)) return true;
  return false;
}

function isNull(source: FieldSource, record: RecordView): boolean {
  if (source.kind === 'column') return (record.value(source.path) ?? null) === null;
  if (source.kind === 'join') return source.paths.every((path) => (record.value(path) ?? null) === null);
  return false;
}

function exists(source: FieldSource, record: RecordView): boolean {
  if (source.kind === 'column') return record.value(source.path) !== undefined;
  if (source.kind === 'join') return source.paths.some((path) => record.value(path) !== undefined);
  return false;
}

function compare(op: 'lt' | 'lte' | 'gt' | 'gte' | 'eq', actual: number | undefined, bound: number): boolean {
  if (actual === undefined) return false;
  switch (op) {
    case 'lt':
      return actual < bound;
    case 'lte':
      return actual <= bound;
    case 'gt':
      return actual > bound;
    case 'gte':
      return actual >= bound;
    case 'eq':
      return actual === bound;
  }
}

/** A decimal number's value; undefined for any other text. */
function numberOf(text: string): number | undefined {
  return text.length <= 64 && /^\s*[-+]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][-+]?\d+)?\s*$/.test(text)
    ? Number(text)
    : undefined;
}

/** Part of an ISO 8601 time, in UTC; weeks are ISO's. Undefined when the text is no time. */
export function timePart(part: TimePart, text: string): number | undefined {
  if (text.length > 40 || !/^\d{4}-\d{2}-\d{2}/.test(text)) return undefined;
  // Defender writes up to seven fractional digits and sometimes no zone: both are UTC.
  const iso = text.replace(/(\.\d{3})\d+/, '$1').replace(' ', 'T');
  const time = new Date(/T[^Z+-]*$/.test(iso) ? `${iso}Z` : iso);
  if (Number.isNaN(time.getTime())) return undefined;
  switch (part) {
    case 'minute':
      return time.getUTCMinutes();
    case 'hour':
      return time.getUTCHours();
    case 'day':
      return time.getUTCDate();
    case 'week':
      return isoWeek(time);
    case 'month':
      return time.getUTCMonth() + 1;
    case 'year':
      return time.getUTCFullYear();
  }
}

function isoWeek(time: Date): number {
  const thursday = new Date(Date.UTC(time.getUTCFullYear(), time.getUTCMonth(), time.getUTCDate()));
  thursday.setUTCDate(thursday.getUTCDate() + 4 - (thursday.getUTCDay() || 7));
  const yearStart = Date.UTC(thursday.getUTCFullYear(), 0, 1);
  return Math.ceil(((thursday.getTime() - yearStart) / 86_400_000 + 1) / 7);
}
