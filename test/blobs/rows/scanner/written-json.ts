/** Reads JSON that is known to be valid as it is written: every member with its key and its place, which JSON.parse does not tell. */

/** A value with its place in the text. */
export interface Written {
  readonly kind: 'object' | 'array' | 'string' | 'number' | 'literal';
  readonly start: number;
  readonly end: number;
  /** Of an object. */
  readonly members: readonly WrittenMember[];
  /** Of an array. */
  readonly elements: readonly Written[];
}

export interface WrittenMember {
  /** Between its quotes, escapes as they are. */
  readonly key: string;
  readonly keyStart: number;
  readonly value: Written;
}

const SPACE = /[ \t\r\n]*/y;
const TOKEN = /"(?:[^"\\]|\\.)*"|[-+.eE0-9]+|true|false|null/y;

/** The value of a whole text. Only for text that JSON.parse accepts. */
export function readWritten(text: string): Written {
  let at = 0;
  const match = (pattern: RegExp): string => {
    pattern.lastIndex = at;
    const found = pattern.exec(text)?.[0];
    if (found === undefined) throw new Error(`nothing like ${pattern} at ${at} of ${text}`);
    at += found.length;
    return found;
  };
  const skip = (): string | undefined => {
    match(SPACE);
    return text[at];
  };
  const value = (): Written => {
    const first = skip();
    const start = at;
    const members: WrittenMember[] = [];
    const elements: Written[] = [];
    const given = (kind: Written['kind']): Written => ({ kind, start, end: at, members, elements });
    if (first !== '{' && first !== '[') {
      match(TOKEN);
      return given(first === '"' ? 'string' : first && /[tfn]/.test(first) ? 'literal' : 'number');
    }
    const close = first === '{' ? '}' : ']';
    at++;
    while (skip() !== close) {
      if (close === ']') elements.push(value());
      else {
        const keyStart = at + 1;
        const key = match(TOKEN).slice(1, -1);
        skip();
        at++;
        members.push({ key, keyStart, value: value() });
      }
      if (skip() === ',') at++;
    }
    at++;
    return given(first === '{' ? 'object' : 'array');
  };
  return value();
}
