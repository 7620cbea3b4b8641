/** Runs a single test in the plain way, without the techniques that make many tests fast. */
import { instantMs, parseInstant } from '../../../shared/instant.ts';
import type { Allowance, Work } from '../../work.ts';
import type { FieldSource, TextMode, TimePart, Token, ValueTest } from '../language/expression.ts';
import { fold } from '../language/fold.ts';
import { compileText, matchTokensWithin } from '../language/text.ts';
import type { RecordView } from '../types.ts';

type TextPredicate = (text: string) => boolean;

/** Runs one test. This is the reference against which the fast ways are checked. */
export function testValue(test: ValueTest, texts: readonly string[], record: RecordView): boolean {
  switch (test.kind) {
    case 'text': {
      const literal = test.literal;
      return some(test.cased ? texts : texts.map(fold), (text) => testText(test.mode, literal, text));
    }
    case 'wildcard':
      return some(test.cased ? texts : texts.map(fold), within(test.tokens, record.work, 'short'));
    case 'regex':
      return some(texts, (text) => test.regex.test(text, record.work));
    case 'compare':
      return some(texts, (text) => compare(test.op, numberOf(text), test.value));
    case 'time':
      return some(texts, (text) => compare(test.op, timePart(test.part, text), test.value));
    case 'cidr':
      return some(texts, test.contains);
    case 'list':
      return some(texts, test.has);
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

/** Makes a predicate for wildcards that takes its work from an allowance. If the allowance does not suffice, the cut is recorded. */
export function within(tokens: readonly Token[], work: Work, allowance: Allowance): TextPredicate {
  return (text) => {
    const { found, spent } = matchTokensWithin(tokens, text, work.left(allowance));
    work.book(allowance, spent);
    if (found === undefined) work.cut();
    return found === true;
  };
}

function testText(mode: TextMode, literal: string, text: string): boolean {
  return compileText(mode, literal)(text);
}

/** Whether one of the strings passes the test. */
export function some(texts: readonly string[], test: (text: string) => boolean): boolean {
  for (const text of texts) if (test(text)) return true;
  return false;
}

/** Whether a field is null or absent; for several columns, whether all of them are. A rendered field is null if it has no strings. */
export function isNull(source: FieldSource, record: RecordView): boolean {
  if (source.kind === 'rendered') {
    if (!source.rendering.isTransparent) return record.texts(source).length === 0;
    return source.inputs.every((input) => isNull(input, record));
  }
  if (source.kind === 'column') return (record.value(source.path) ?? null) === null;
  if (source.kind === 'join') return source.paths.every((path) => (record.value(path) ?? null) === null);
  return false;
}

/** Whether a row has a field; for several columns, whether it has one of them. A rendered field exists if it has a string. */
export function exists(source: FieldSource, record: RecordView): boolean {
  if (source.kind === 'rendered') {
    if (!source.rendering.isTransparent) return record.texts(source).length > 0;
    return source.inputs.some((input) => exists(input, record));
  }
  if (source.kind === 'column') return record.has(source);
  if (source.kind === 'join') return source.paths.some((path) => record.has(path));
  return false;
}

/** Compares a number with a bound. JavaScript compares a bigint with a number exactly. */
function compare(
  op: 'lt' | 'lte' | 'gt' | 'gte' | 'eq',
  actual: number | bigint | undefined,
  bound: number | bigint,
): boolean {
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

/**
 * Parses a decimal or hexadecimal number, also in the form in which Sysmon writes registry data; undefined for other strings. Whole numbers
 * that a number cannot hold become a bigint.
 */
function numberOf(text: string): number | bigint | undefined {
  if (text.length > 64) return undefined;
  if (/^\s*[-+]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][-+]?\d+)?\s*$/.test(text)) return exactOf(text.trim());
  const digits = /^(?:0x([\da-f]+)|[DQ]WORD \(0x([\da-f]{8})(?:-0x([\da-f]{8}))?\))$/i.exec(text);
  return digits ? exactOf(`0x${digits[1] ?? `${digits[2]}${digits[3] ?? ''}`}`) : undefined;
}

function exactOf(text: string): number | bigint {
  const number = Number(text);
  if (Math.abs(number) <= Number.MAX_SAFE_INTEGER) return number;
  return /^(?:[-+]?\d+|0x[\da-f]+)$/i.test(text) ? BigInt(text) : number;
}

const DATE_LENGTH = 'yyyy-mm-dd'.length;

/** A part of an ISO 8601 date or time in UTC, with ISO weeks; undefined if the string is not a time. */
function timePart(part: TimePart, text: string): number | undefined {
  const instant = parseInstant(text.length === DATE_LENGTH ? `${text}T00:00:00Z` : text);
  if (!instant) return undefined;
  const time = new Date(instantMs(instant));
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
