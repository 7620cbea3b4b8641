/** Parses several JSON values in sequence. */

/** One of several JSON values in sequence, or an error. */
export type Piece = { readonly value: unknown } | { readonly error: string };

/**
 * Parses the JSON values of a text, with or without white space between them, as HEC accepts them. Ends with an `error` piece at the first
 * invalid value.
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

/** The end of the object that begins at `start`; the end of the text if the object does not end. */
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

/**
 * A key that an object of the JSON text has twice, or undefined. `JSON.parse` takes the last of them, where strict parsers refuse the text. The
 * text must be valid JSON.
 */
export function duplicateKey(text: string): string | undefined {
  const token = /["{}[\],]/g;
  const open: (Set<string> | undefined)[] = [];
  let isKeyNext = false;
  for (let match = token.exec(text); match !== null; match = token.exec(text)) {
    const [sign] = match;
    if (sign === '"') {
      const end = endOfString(text, match.index);
      token.lastIndex = end;
      const keys = open.at(-1);
      if (!isKeyNext || keys === undefined) continue;
      const key: string = JSON.parse(text.slice(match.index, end));
      if (keys.has(key)) return key;
      keys.add(key);
      isKeyNext = false;
    } else if (sign === '}' || sign === ']') {
      open.pop();
      isKeyNext = false;
    } else {
      if (sign !== ',') open.push(sign === '{' ? new Set() : undefined);
      isKeyNext = open.at(-1) !== undefined;
    }
  }
  return undefined;
}
