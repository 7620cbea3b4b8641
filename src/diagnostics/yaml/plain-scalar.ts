/** Scalars of YAML that is written plainly: plain, or in quotes without escapes, on one line. */
import { Document, isScalar, Scalar } from 'yaml';

const QUOTE = 0x27;
const DOUBLE_QUOTE = 0x22;

/** With these, a value is not plain, or not for certain. */
const INDICATORS = '-?:,[]{}#&*!|>\'"%@`';
/** How a value begins that is none but a string. */
const STRING = /^[^\d.+\-~tTfFnN]/;

/** Whose schema all documents share: that of a document without directives. */
export const usual: Document = new Document(undefined, { logLevel: 'silent' });
const scalarTags = usual.schema.tags.flatMap((tag) =>
  'test' in tag && tag.test && tag.default === true && !tag.collection ? [{ ...tag, test: tag.test }] : [],
);

/** The plain scalar between two offsets, without spaces at its ends; undefined where it may be something else. */
export function plainScalar(text: string, from: number, to: number): Scalar | undefined {
  const source = text.slice(from, to);
  const isOther =
    source === '' || INDICATORS.includes(source.charAt(0)) || source.endsWith(':') || source.includes(': ');
  return isOther ? undefined : scalarOf(source, from, to);
}

export function isQuote(unit: number): boolean {
  return unit === QUOTE || unit === DOUBLE_QUOTE;
}

/** The scalar in quotes that begins at an offset and ends before `last`; undefined where it has escapes, or does not end. */
export function quotedScalar(text: string, from: number, last: number): Scalar | undefined {
  const quote = text.charCodeAt(from);
  let at = from + 1;
  for (; at < last; at++) {
    if (text.charCodeAt(at) !== quote) continue;
    if (quote === DOUBLE_QUOTE || text.charCodeAt(at + 1) !== QUOTE) break;
    at++;
  }
  if (at >= last) return undefined;
  const source = text.slice(from + 1, at);
  if (quote === DOUBLE_QUOTE && source.includes('\\')) return undefined;
  const value = quote === QUOTE && source.includes("''") ? source.replaceAll("''", "'") : source;
  const scalar = stringOf(value, from, at + 1);
  scalar.type = quote === QUOTE ? 'QUOTE_SINGLE' : 'QUOTE_DOUBLE';
  return scalar;
}

export function stringOf(value: string, from: number, to: number): Scalar {
  const scalar = new Scalar<unknown>(value);
  scalar.range = [from, to, to];
  scalar.source = value;
  return scalar;
}

/** A plain value: a string, or what the schema makes of it. */
function scalarOf(source: string, from: number, to: number): Scalar {
  const tag = STRING.test(source) ? undefined : scalarTags.find(({ test }) => test.test(source));
  if (!tag?.resolve) {
    const string = stringOf(source, from, to);
    string.type = 'PLAIN';
    return string;
  }
  const resolved: unknown = tag.resolve(source as never, () => {}, usual.options);
  const scalar = isScalar(resolved) ? resolved : new Scalar(resolved);
  scalar.range = [from, to, to];
  scalar.source = source;
  scalar.type = 'PLAIN';
  if ('format' in tag && tag.format) scalar.format = tag.format;
  return scalar;
}
