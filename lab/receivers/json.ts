/** Reads several JSON values that are written one after the other. */

/** One of several JSON values written one after the other. */
export type Piece = { readonly value: unknown } | { readonly error: string };

/**
 * The JSON values of a text that holds several, with white space or nothing between them, as HEC takes them.
 * Ends with an `error` piece at the first that can't be read.
 */
export function* jsonSequence(text: string): Generator<Piece> {
  let start = skipSpace(text, 0);
  while (start < text.length) {
    const end = endOfObject(text, start);
    let value: unknown;
    try {
      value = JSON.parse(text.slice(start, end));
    } catch {
      yield { error: 'Invalid data format' };
      return;
    }
    yield { value };
    start = skipSpace(text, end);
  }
}

function skipSpace(text: string, from: number): number {
  let at = from;
  while (at < text.length && /\s/.test(text.charAt(at))) at += 1;
  return at;
}

/** Where the object that begins at `start` ends; the text's end when it does not. */
function endOfObject(text: string, start: number): number {
  if (text[start] !== '{') return text.length;
  const token = /["{}]/g;
  let depth = 0;
  token.lastIndex = start;
  for (let match = token.exec(text); match !== null; match = token.exec(text)) {
    if (match[0] === '{') depth += 1;
    else if (match[0] === '}') depth -= 1;
    else token.lastIndex = endOfString(text, match.index);
    if (depth === 0) return token.lastIndex;
  }
  return text.length;
}

function endOfString(text: string, start: number): number {
  let at = text.indexOf('"', start + 1);
  while (at !== -1) {
    let backslashes = 0;
    while (text[at - 1 - backslashes] === '\\') backslashes += 1;
    if (backslashes % 2 === 0) return at + 1;
    at = text.indexOf('"', at + 1);
  }
  return text.length;
}

export function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
