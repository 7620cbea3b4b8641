/** Reads a flow collection of YAML, `{...}` or `[...]`, up to a cursor that may stand in the middle of it. */

/** Where the cursor stands in a flow collection. */
export interface FlowCursor {
  /** Keys and indexes from the collection on. */
  readonly path: readonly (string | number)[];
  readonly role: 'key' | 'value';
  /** The offset at which the text before the cursor begins that belongs to the key or value. */
  readonly from: number;
}

/** The offset behind the collection, beyond the text if it is not closed, or where the cursor stands in it. */
export type FlowEnd = { readonly end: number } | { readonly cursor: FlowCursor };

interface Frame {
  readonly kind: 'map' | 'list';
  key: string | undefined;
  index: number;
}

/** More open brackets than rule files may have. */
const DEEPEST = 128;

/** @param start the offset of the opening bracket. @param cursor behind `start`; undefined behind the text. */
export function readFlow(text: string, start: number, cursor: number): FlowEnd {
  const end = Math.min(cursor, text.length);
  const flow = new Flow(text, start);
  for (let at = start; at < end; ) {
    at = flow.read(at, end);
    if (flow.isTooDeep) return { end: text.length + 1 };
    if (flow.isClosed) return { end: at };
  }
  return cursor > text.length ? { end: text.length + 1 } : { cursor: flow.cursor(end) };
}

/** The collections that are open behind what was read. */
class Flow {
  readonly #text: string;
  readonly #frames: Frame[] = [];
  /** Where the key or value begins that is being read. */
  #from: number;
  /** Nothing but white space was read of it. */
  #isFresh = true;

  constructor(text: string, start: number) {
    this.#text = text;
    this.#from = start;
  }

  get isClosed(): boolean {
    return this.#frames.length === 0;
  }

  get isTooDeep(): boolean {
    return this.#frames.length > DEEPEST;
  }

  /** Reads one character, quoted string or comment, and returns the offset behind it. */
  read(at: number, end: number): number {
    const text = this.#text;
    const char = text[at] ?? '';
    if (this.#isFresh && (char === '"' || char === "'")) {
      this.#from = at;
      this.#isFresh = false;
      return quotedEnd(text, at, end);
    }
    if (char === '#' && /\s/.test(text[at - 1] ?? ' ')) {
      const line = text.indexOf('\n', at);
      return line < 0 ? end : Math.min(line, end);
    }
    if (this.#structure(char, at)) {
      this.#from = at + 1;
      this.#isFresh = true;
    } else if (!/\s/.test(char)) this.#isFresh = false;
    return at + 1;
  }

  cursor(end: number): FlowCursor {
    const last = this.#frames.at(-1);
    const space = /^\s*/.exec(this.#text.slice(this.#from, end))?.[0].length ?? 0;
    return {
      path: this.#frames.flatMap((frame) => stepOf(frame) ?? []),
      role: last?.kind === 'map' && last.key === undefined ? 'key' : 'value',
      from: this.#from + space,
    };
  }

  /** Whether a character is part of the structure, behind which another key or value begins. */
  #structure(char: string, at: number): boolean {
    const frame = this.#frames.at(-1);
    switch (char) {
      case '{':
      case '[':
        this.#frames.push({ kind: char === '{' ? 'map' : 'list', key: undefined, index: 0 });
        return true;
      case '}':
      case ']':
        this.#frames.pop();
        return true;
      case ',':
        if (!frame) return false;
        frame.index += 1;
        frame.key = undefined;
        return true;
      case ':':
        if (frame?.kind !== 'map' || frame.key !== undefined || !endsKey(this.#text, at)) return false;
        frame.key = unquoted(this.#text.slice(this.#from, at).trim());
        return true;
      default:
        return false;
    }
  }
}

function stepOf({ kind, key, index }: Frame): string | number | undefined {
  return kind === 'list' ? index : key;
}

/** The offset behind a quoted string, or `end + 1` if the string goes on behind `end`. */
export function quotedEnd(text: string, start: number, end: number): number {
  const quote = text[start];
  for (let at = start + 1; at < end; at += 1) {
    const char = text[at];
    if (char === '\\' && quote === '"') at += 1;
    else if (char === quote) {
      if (quote === "'" && text[at + 1] === "'") at += 1;
      else return at + 1;
    }
  }
  return end + 1;
}

/** A colon ends a key where a space or a bracket follows; a quoted key also without. */
function endsKey(text: string, at: number): boolean {
  return /[\s,{}[\]]/.test(text[at + 1] ?? ' ') || /["']/.test(text[at - 1] ?? '');
}

/** What a plain or quoted scalar on one line says. */
export function unquoted(text: string): string {
  if (text.length >= 2 && text.startsWith("'") && text.endsWith("'")) {
    return text.slice(1, -1).replaceAll("''", "'");
  }
  if (text.length >= 2 && text.startsWith('"') && text.endsWith('"')) {
    return text.slice(1, -1).replace(/\\(.)/g, '$1');
  }
  return text;
}
