/** Converts the values of rules into the form that a table's columns hold: hashes, file names, replaced words. */
import type { Token } from './expression.ts';
import { normalise } from './text.ts';
import { ValueError } from './values.ts';

const ALGORITHMS: Readonly<Record<number, string>> = { 32: 'MD5', 40: 'SHA1', 64: 'SHA256', 128: 'SHA512' };
/** How many spellings `replace` may turn one value into. */
const SPELLINGS_LIMIT = 64;

/** Converts `SHA256=ab..`, or a bare hash recognized by its length, and finds the column of its algorithm; undefined if there is none. */
export function convertHash(
  raw: string,
  columns: readonly string[],
): { readonly column: string; readonly value: string } | undefined {
  const match = /^\**\s*([A-Za-z0-9]+)[=|](.*)$/.exec(raw);
  const value = match?.[2] ?? raw;
  const algorithm = match?.[1] ?? ALGORITHMS[value.replaceAll('*', '').length];
  if (algorithm === undefined) return undefined;
  const column = columns.find((name) => name.toUpperCase().endsWith(algorithm.toUpperCase()));
  return column === undefined ? undefined : { column, value };
}

/**
 * Reduces a pattern of a path to the path's last part. `folder` says whether the pattern also restricts the folder.
 * Undefined if the pattern does not restrict the last part.
 */
export function convertFileName(
  tokens: readonly Token[],
): { readonly tokens: readonly Token[]; readonly folder: boolean } | undefined {
  let cut = -1;
  for (const [index, token] of tokens.entries()) {
    if (typeof token === 'string' && /[\\/]/.test(token)) cut = index;
  }
  if (cut < 0) return { tokens, folder: false };
  const literal = tokens[cut];
  if (typeof literal !== 'string') return undefined;
  const at = Math.max(literal.lastIndexOf('\\'), literal.lastIndexOf('/'));
  const rest = normalise([literal.slice(at + 1), ...tokens.slice(cut + 1)]);
  if (!rest.some((token) => typeof token === 'string')) return undefined;
  return { tokens: rest, folder: at > 0 || cut > 1 };
}

type Replace = Readonly<Record<string, readonly string[]>>;

/** Replaces the words of `replace` by the spellings that the columns hold. */
export function replaceInTokens(tokens: readonly Token[], replace: Replace): readonly (readonly Token[])[] {
  let results: (readonly Token[])[] = [[]];
  for (const token of tokens) {
    const spellings = typeof token === 'string' ? spell(token, replace) : [token];
    results = results.flatMap((result) => spellings.map((spelling) => [...result, spelling]));
    checkSpellings(results.length);
  }
  return results;
}

/** Replaces the words of `replace` in a regular expression. */
export function replaceInPattern(pattern: string, replace: Replace): string {
  return pattern.replace(wordsOf(replace), (word) => {
    const spellings = replace[word.toLowerCase()] ?? [word];
    return `(?:${spellings.join('|')})`;
  });
}

function spell(text: string, replace: Replace): readonly string[] {
  let results = [''];
  let last = 0;
  for (const match of text.matchAll(wordsOf(replace))) {
    const before = text.slice(last, match.index);
    const spellings = replace[match[0].toLowerCase()] ?? [match[0]];
    results = results.flatMap((result) => spellings.map((spelling) => result + before + spelling));
    checkSpellings(results.length);
    last = match.index + match[0].length;
  }
  return results.map((result) => result + text.slice(last));
}

function checkSpellings(count: number): void {
  if (count <= SPELLINGS_LIMIT) return;
  throw new ValueError(
    'too-many-values',
    `the columns may spell this value in more than ${SPELLINGS_LIMIT} ways`,
  );
}

function wordsOf(replace: Replace): RegExp {
  const words = Object.keys(replace).map((word) => word.replace(/[^A-Za-z0-9]/g, '\\$&'));
  return new RegExp(`(?<![A-Za-z0-9_])(?:${words.join('|')})(?![A-Za-z0-9_])`, 'gi');
}
