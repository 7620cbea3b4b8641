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
  const indents: number[] = [];
  let offset = 0;
  let flow = 0;
  let marks = 0;
  let lineStart = true;
  for (const token of new Lexer().lex(text)) {
    if (LEXER_MARKS.has(token)) continue;
    if (token === '\n' || token === '\r\n') {
      lineStart = true;
      marks = 0;
    } else {
      if (lineStart) {
        const indent = /^ +$/.test(token) ? token.length : 0;
        while ((indents.at(-1) ?? -1) >= indent) indents.pop();
        indents.push(indent);
        lineStart = false;
      }
      if (token === '[' || token === '{') flow += 1;
      else if (token === ']' || token === '}') flow = Math.max(0, flow - 1);
      else if (flow === 0 && (token === '-' || token === '?' || token === ':')) marks += 1;
      if (flow + marks + 2 * (indents.length - 1) > LIMIT) return offset;
    }
    offset += token.length;
  }
  return undefined;
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
