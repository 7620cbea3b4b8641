/** Parses and matches Sigma strings with their wildcards. */
import type { TextMode, Token } from './expression.ts';

export const MANY: Token = { any: 'many' };
export const ONE: Token = { any: 'one' };

/** What stands for something else than itself; a backslash before any other character is one. */
const SPECIAL = /[*?]|\\\\/;

/** Whether a Sigma string has neither wildcards nor escapes. */
export function isLiteral(raw: string): boolean {
  return !SPECIAL.test(raw);
}

/**
 * Reads a Sigma string: `*` and `?` are wildcards, `\` escapes them and itself, any other `\` is a backslash.
 *
 * Source: Sigma rules specification 2.1, "String Wildcard" and "Escaping".
 */
export function parseText(raw: string): readonly Token[] {
  if (!SPECIAL.test(raw)) return raw === '' ? [] : [raw];
  const tokens: Token[] = [];
  let literal = '';
  /** Where the text begins that is not yet part of the literal. */
  let from = 0;
  for (let at = 0; at < raw.length; at++) {
    const character = raw.charAt(at);
    if (character === '\\') {
      const next = raw.charAt(at + 1);
      if (next !== '*' && next !== '?' && next !== '\\') continue;
      literal += raw.slice(from, at);
      from = ++at;
    } else if (character === '*' || character === '?') {
      literal += raw.slice(from, at);
      if (literal !== '') tokens.push(literal);
      literal = '';
      tokens.push(character === '*' ? MANY : ONE);
      from = at + 1;
    }
  }
  literal += raw.slice(from);
  if (literal !== '') tokens.push(literal);
  return tokens;
}

export function isMany(token: Token | undefined): boolean {
  return typeof token === 'object' && 'any' in token && token.any === 'many';
}

/** The string that tokens stand for; undefined if they contain wildcards. */
export function plainText(tokens: readonly Token[]): string | undefined {
  let text = '';
  for (const token of tokens) {
    if (typeof token !== 'string') return undefined;
    text += token;
  }
  return text;
}

/** Joins neighbouring literals, and reduces runs of `*` to one. */
export function normalise(tokens: readonly Token[]): readonly Token[] {
  const result: Token[] = [];
  for (const token of tokens) {
    const last = result.at(-1);
    if (typeof token === 'string') {
      if (token === '') continue;
      if (typeof last === 'string') result[result.length - 1] = last + token;
      else result.push(token);
    } else if (!(isMany(token) && isMany(last))) result.push(token);
  }
  return result;
}

/** The cost of trying a token at a position, and below, per UTF-16 unit, of searching for the next position. Nanoseconds. */
const TRY_COST = 50;
const PASS_COST = 0.5;

/**
 * Whether tokens match a whole string. `found` is undefined if the allowed nanoseconds, which are counted by measured costs and not
 * timed, do not suffice. The search backtracks only to the last `*`, which suffices for wildcards, so its time is at most the
 * product of both lengths.
 */
export function matchTokensWithin(
  tokens: readonly Token[],
  text: string,
  allowed: number,
): { readonly found: boolean | undefined; readonly spent: number } {
  let at = 0;
  let index = 0;
  let starIndex = -1;
  let starAt = 0;
  let tries = 0;
  const end = (found: boolean | undefined) => ({
    found,
    spent: tries * TRY_COST + Math.max(at, starAt, 0) * PASS_COST,
  });
  for (;;) {
    const token = tokens[index];
    // Comparing a literal takes time in proportion to its length.
    tries += typeof token === 'string' ? 1 + token.length / 16 : 1;
    if (tries * TRY_COST > allowed) return end(undefined);
    if (token === undefined) {
      if (at === text.length) return end(true);
    } else if (isMany(token)) {
      starIndex = index++;
      starAt = at;
      if (index === tokens.length) return end(true);
      continue;
    } else {
      const length = tokenLength(token, text, at);
      if (length > 0) {
        at += length;
        index++;
        continue;
      }
    }
    if (starIndex < 0) return end(false);
    const after = tokens[starIndex + 1];
    const next = typeof after === 'string' ? text.indexOf(after, starAt + 1) : starAt + 1;
    if (next < 0 || next > text.length) {
      starAt = text.length;
      return end(false);
    }
    starAt = next;
    at = next;
    index = starIndex + 1;
  }
}

/** How many UTF-16 units at `at` a token other than `*` matches; 0 if it does not match. `?` matches a whole code point. */
function tokenLength(token: Token, text: string, at: number): number {
  if (typeof token === 'string') return text.startsWith(token, at) ? token.length : 0;
  if (at >= text.length) return 0;
  if ('oneOf' in token) return token.oneOf.includes(text.charAt(at)) ? 1 : 0;
  return (text.codePointAt(at) ?? 0) > 0xffff ? 2 : 1;
}

/** Makes a test of whether a string has a literal at the place that `mode` says. */
export function compileText(mode: TextMode, literal: string): (text: string) => boolean {
  switch (mode) {
    case 'equals':
      return (text) => text === literal;
    case 'contains':
      return (text) => text.includes(literal);
    case 'startswith':
      return (text) => text.startsWith(literal);
    case 'endswith':
      return (text) => text.endsWith(literal);
  }
}
