/** Writes strings, numbers and names as literals of KQL that nothing in them can end. */

/** What a reader cannot see, or what would end a line: it is written as an escape. */
const HIDDEN = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Co}\p{Cn}]/gu;
const NAME = /^[A-Za-z_][A-Za-z0-9_]*$/;
const LEAST_LONG = -(2n ** 63n);
const MOST_LONG = 2n ** 63n - 1n;

/**
 * A string literal, verbatim (`@"C:\x"`) if that is easier to read. Undefined for a string with half of a surrogate pair, which is no
 * text in Kusto.
 *
 * Source: Kusto, "The string data type": a backslash escapes in `"..."`; in `@"..."` only a quote is special, and is doubled.
 */
export function stringLiteral(text: string): string | undefined {
  if (!text.isWellFormed()) return undefined;
  if (text.includes('\\') && text.search(HIDDEN) < 0) return `@"${text.replaceAll('"', '""')}"`;
  const escaped = text.replace(/["\\]/g, '\\$&').replace(HIDDEN, (character) => {
    const short = SHORT_ESCAPES[character];
    if (short !== undefined) return short;
    return Array.from({ length: character.length }, (_, at) => {
      const digits = character.charCodeAt(at).toString(16).toUpperCase();
      return `\\u${digits.padStart(4, '0')}`;
    }).join('');
  });
  return `"${escaped}"`;
}

const SHORT_ESCAPES: Readonly<Record<string, string>> = { '\n': '\\n', '\r': '\\r', '\t': '\\t' };

/** A number; undefined for a whole number that does not fit into Kusto's `long`. */
export function numberLiteral(value: number | bigint): string | undefined {
  if (typeof value === 'bigint') {
    return value >= LEAST_LONG && value <= MOST_LONG ? String(value) : undefined;
  }
  return Number.isFinite(value) ? String(value) : undefined;
}

/** A column: by its name alone, or in brackets if the name is no identifier or is a word of the language. */
export function columnName(name: string): string {
  return NAME.test(name) && !WORDS.has(name.toLowerCase()) ? name : `[${stringLiteral(name.toWellFormed())}]`;
}

/** A member of a dynamic value: `.Command`, or `["a b"]`. */
export function memberOf(name: string): string {
  return NAME.test(name) && !WORDS.has(name.toLowerCase())
    ? `.${name}`
    : `[${stringLiteral(name.toWellFormed())}]`;
}

/** A line of a comment. Nothing in the text can end the line. */
export function commentLine(text: string): string {
  return `// ${text
    .toWellFormed()
    .replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]+/gu, ' ')
    .trim()}`;
}

/** Words that cannot stand as a name everywhere. Names in brackets are always right, so the list may be longer than needed. */
const WORDS: ReadonlySet<string> = new Set(
  'and or not in has contains between where project extend summarize union join let by on of to with true false null dynamic datetime timespan int long real string bool guid decimal typeof case iff kind order sort take limit top count parse search find evaluate print range render distinct sample serialize invoke facet fork getschema lookup make mv materialize as from step'.split(
    ' ',
  ),
);
