/** Indents JSON without changing any of it: numbers, escapes and repeated keys stay as they were written. */

/** Levels that are indented: what is deeper stands below the last of them. */
const DEEPEST = 30;

/** The text itself where it is not JSON. */
export function indented(text: string): string {
  try {
    JSON.parse(text);
  } catch {
    return text;
  }
  let made = '';
  let depth = 0;
  const line = () => `\n${'  '.repeat(Math.min(depth, DEEPEST))}`;
  // A string, a run of blanks, a mark, or a number or word.
  for (const [token] of text.matchAll(/"(?:[^"\\]|\\.)*"|\s+|[[\]{},:]|[^\s[\]{},:"]+/g)) {
    if (/^\s/.test(token)) continue;
    if (token === '{' || token === '[') {
      depth += 1;
      made += token + line();
    } else if (token === '}' || token === ']') {
      depth -= 1;
      made = made.trimEnd();
      made += /[[{]$/.test(made) ? token : line() + token;
    } else if (token === ',') made += token + line();
    else made += token === ':' ? ': ' : token;
  }
  return made;
}
