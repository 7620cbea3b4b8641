/** Finds YAML that is nested too deeply to parse. */
import { Lexer } from 'yaml';

/** Deeper collections are refused: no rule needs them, and the YAML parser recurses until the process dies. */
const LIMIT = 100;

/** What {@link tooDeepAt} refuses nests at least this deep. */
export const LEAST_REFUSED_DEPTH = LIMIT / 2 + 1;

/** The lexer's own tokens (document, end of a flow, scalar): they stand for no text of the file. */
export const LEXER_MARKS: ReadonlySet<string> = new Set(['\u0002', '\u0018', '\u001f']);

/**
 * The offset at which a YAML text nests too deeply, or undefined: the parser recurses until the process dies.
 *
 * Reads tokens only, without recursion. Each indentation counts as two levels, for a list may stand at
 * its key's: what is refused nests at least 51 deep, what passes at most 100.
 */
export function tooDeepAt(text: string): number | undefined {
  if (!mayBeDeep(text)) return undefined;
  const nesting = new Nesting();
  let offset = 0;
  for (const token of new Lexer().lex(text)) {
    if (LEXER_MARKS.has(token)) continue;
    nesting.read(token);
    if (nesting.depth > LIMIT) return offset;
    offset += token.length;
  }
  return undefined;
}

/** How deep the text nests behind the tokens that were read. */
class Nesting {
  /** Columns of the blocks that are open. */
  readonly #indents: number[] = [];
  /** Open brackets and braces. */
  #flow = 0;
  /** Marks of blocks that begin on this line: `- - ? `. */
  #marks = 0;
  #isLineStart = true;

  get depth(): number {
    return this.#flow + this.#marks + 2 * (this.#indents.length - 1);
  }

  read(token: string): void {
    if (token === '\n' || token === '\r\n') {
      this.#isLineStart = true;
      this.#marks = 0;
      return;
    }
    if (this.#isLineStart) this.#indent(/^ +$/.test(token) ? token.length : 0);
    if (token === '[' || token === '{') this.#flow += 1;
    else if (token === ']' || token === '}') this.#flow = Math.max(0, this.#flow - 1);
    else if (this.#flow === 0 && (token === '-' || token === '?' || token === ':')) this.#marks += 1;
  }

  #indent(column: number): void {
    while ((this.#indents.at(-1) ?? -1) >= column) this.#indents.pop();
    this.#indents.push(column);
    this.#isLineStart = false;
  }
}

/** A quick look that spares nearly every file the second reading. */
function mayBeDeep(text: string): boolean {
  let openers = 0;
  for (let i = 0; i < text.length; i += 1) {
    const char = text.charCodeAt(i);
    if (char === 0x5b || char === 0x7b) openers += 1;
  }
  return openers > LIMIT / 2 || new RegExp(`^ {${LIMIT / 2}}`, 'm').test(text) || /(?:[-?:] ){16}/.test(text);
}
