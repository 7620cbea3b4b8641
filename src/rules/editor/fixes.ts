/** Changes of a file's text that mend what was found in it. */
import type { Diagnostic } from '../../diagnostics/diagnostic.ts';
import type { Edit } from '../lint/document.ts';
import { scalar } from './scalar.ts';
import { PositionedText } from './text-position.ts';

/** A change that a person can choose. */
export interface Fix {
  /** Imperative: `Change to "FileName"`. */
  readonly title: string;
  readonly edits: readonly Edit[];
  /** Whether it is the only sensible one. */
  readonly isPreferred: boolean;
}

const NAMES = /"((?:[^"\\]|\\.)*)"/g;

/** The changes that the hint of a finding proposes. Empty for hints that a person must follow. */
export function fixesFor(
  finding: Pick<Diagnostic, 'code' | 'message' | 'hint' | 'span'>,
  text: string,
): readonly Fix[] {
  const { hint = '' } = finding;
  const [from, to] = new PositionedText(text).offsetsOf(finding.span);
  const written = text.slice(from, to);
  const asked = /did you mean ("[^?]*)\?/.exec(hint)?.[1];
  if (asked !== undefined) {
    const names = quotedIn(asked);
    return names.flatMap((name) => {
      const edit = renamed(finding.message, { from, written }, name);
      return edit ? [{ title: `Change to "${name}"`, edits: [edit], isPreferred: names.length === 1 }] : [];
    });
  }
  if (hint.startsWith('in quotes it is a string') && isPlainScalar(written)) {
    return [{ title: 'Put it in quotes', edits: [{ from, to, text: `'${written}'` }], isPreferred: true }];
  }
  if (hint.startsWith('write it without quotes') && /^(["']).*\1$/.test(written)) {
    return [
      { title: 'Remove the quotes', edits: [{ from, to, text: written.slice(1, -1) }], isPreferred: true },
    ];
  }
  const level = /^write "(level: [a-z]+)"/.exec(hint)?.[1];
  if (finding.code === 'no-level' && level !== undefined) {
    const line = text.indexOf('\n', to);
    const at = line < 0 ? text.length : line + 1;
    const added = line < 0 ? `\n${level}` : `${level}\n`;
    return [{ title: `Add "${level}"`, edits: [{ from: at, to: at, text: added }], isPreferred: true }];
  }
  return [];
}

/** Replaces the name that the message quotes, or the whole of what is underlined. Undefined if neither is one scalar. */
function renamed(
  message: string,
  { from, written }: { readonly from: number; readonly written: string },
  name: string,
): Edit | undefined {
  const inner = unwrapped(written);
  const quote = inner === written ? '' : (written[0] ?? '');
  const wrong = quotedIn(message)
    .map((one) => one.replace(/^\|/, ''))
    .filter((one) => one !== '' && one !== name)
    .find((one) => written.split(one).length === 2);
  if (wrong !== undefined && isPart(written, wrong)) {
    const at = from + written.indexOf(wrong);
    const isWhole = wrong === written;
    return { from: at, to: at + wrong.length, text: isWhole ? scalar(name) : inQuotes(name, quote) };
  }
  if (inner === '' || !isPlainScalar(inner)) return undefined;
  const start = from + quote.length;
  return {
    from: start,
    to: start + inner.length,
    text: quote === '' ? scalar(name) : inQuotes(name, quote),
  };
}

/** A name as it is written between quotes; without quotes, as it is. */
function inQuotes(name: string, quote: string): string {
  if (quote === '"') return JSON.stringify(name).slice(1, -1);
  return quote === "'" ? name.replaceAll("'", "''") : name;
}

/** Whether a name stands in a text as a word of its own. */
function isPart(text: string, name: string): boolean {
  const at = text.indexOf(name);
  const isEdge = (char: string | undefined) => char === undefined || !/[\w-]/.test(char);
  return isEdge(text[at - 1]) && isEdge(text[at + name.length]);
}

function quotedIn(text: string): readonly string[] {
  return [...text.matchAll(NAMES)].flatMap(([quoted]) => {
    try {
      const name: unknown = JSON.parse(quoted);
      return typeof name === 'string' ? [name] : [];
    } catch {
      return [];
    }
  });
}

function unwrapped(text: string): string {
  return /^(["']).*\1$/s.test(text) && text.length > 1 ? text.slice(1, -1) : text;
}

/** One scalar on one line, and no collection. */
function isPlainScalar(text: string): boolean {
  return text !== '' && !/[\r\n{}[\]"']|:\s|\s#/.test(text);
}
