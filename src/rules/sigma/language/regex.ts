/** Implements `|re`: compiles patterns for RE2's engine, and finds the literals that an index can use. */
import { RE2JS } from 're2js';
import { messageOf } from '../../../shared/errors.ts';
import { type CostFinding, classEnd, estimateCost, judgeCost, TOO_COSTLY } from '../../regex/cost.ts';
import { Regex } from '../../regex/engine.ts';
import type { RegexFlags, TextMode } from './expression.ts';
import { fold } from './fold.ts';

/** The length limit of a pattern, in UTF-16 units. */
const PATTERN_LIMIT = 8192;

export interface CompiledRegex {
  readonly regex: Regex;
  /** A warning about the pattern's cost; never an error. */
  readonly finding: CostFinding | undefined;
  /** A string, case-folded, that every match contains; empty if none is known. */
  readonly literal: string;
  /** Present if the pattern is only a literal, perhaps anchored, so that no engine is needed. Not folded. */
  readonly plain: { readonly mode: TextMode; readonly literal: string } | undefined;
}

/**
 * Compiles a pattern for RE2's engine, which never backtracks.
 *
 * Returns a sentence for the rule's author if the pattern is not valid in RE2, and an error finding if it is too costly.
 */
export function compileRegex(source: string, flags: RegexFlags): CompiledRegex | CostFinding | string {
  if (source.length > PATTERN_LIMIT) return `it is longer than ${PATTERN_LIMIT} characters`;
  // Compiling such a pattern alone would take a second and a hundred megabytes.
  const estimate = estimateCost(source);
  const hopeless = estimate > 4 * TOO_COSTLY ? judgeCost(estimate) : undefined;
  if (hopeless) return hopeless;
  try {
    const bits =
      (flags.i ? RE2JS.CASE_INSENSITIVE : 0) | (flags.m ? RE2JS.MULTILINE : 0) | (flags.s ? RE2JS.DOTALL : 0);
    const engine = RE2JS.compile(source, bits);
    const plain = flags.m ? undefined : plainPattern(source);
    const finding = plain ? undefined : judgeCost(engine.programSize());
    if (finding?.severity === 'error') return finding;
    return {
      regex: new Regex(engine, { isEndBeforeNewline: hasEnd(source) }),
      finding,
      literal: fold(requiredLiteral(source)),
      plain,
    };
  } catch (error) {
    return explainRegexError(messageOf(error));
  }
}

/** Whether a pattern contains `$` as an anchor. */
function hasEnd(source: string): boolean {
  for (let at = 0; at < source.length; at++) {
    const character = source.charAt(at);
    if (character === '$') return true;
    if (character === '\\') at++;
    else if (character === '[') at = classEnd(source, at);
  }
  return false;
}

function explainRegexError(message: string): string {
  if (/\(\?<?[=!]/.test(message)) {
    return 'lookahead and lookbehind take more than linear time and are not supported; use "and not" with a second part';
  }
  if (/invalid escape sequence: `\\[1-9k]/.test(message))
    return 'back-references take more than linear time and are not supported';
  if (/nested repetition|\(\?>/.test(message))
    return 'possessive quantifiers and atomic groups are not supported (and not needed: the engine never backtracks)';
  if (/invalid repeat count/.test(message)) return 'a repeat count goes up to 1000';
  return message.replace(/^error parsing regexp: /, '');
}

/** The literal that a pattern consists of; undefined if it has metacharacters other than anchors and escapes. */
function plainPattern(source: string): CompiledRegex['plain'] {
  const start = source.startsWith('^') ? 1 : 0;
  let literal = '';
  for (let at = start; at < source.length; at++) {
    const character = source.charAt(at);
    if (character === '$' && at === source.length - 1) {
      return { mode: start === 1 ? 'equals' : 'endswith', literal };
    }
    if (character === '\\') {
      const next = source.charAt(++at);
      if (/[A-Za-z0-9_]/.test(next)) return undefined;
      literal += next;
    } else if (/[.^$*+?()[\]{}|]/.test(character)) return undefined;
    else literal += character;
  }
  return { mode: start === 1 ? 'startswith' : 'contains', literal };
}

/**
 * The longest run of plain characters that every match must contain. It may find none although there is one: groups, classes
 * and optional characters end a run.
 */
export function requiredLiteral(source: string): string {
  let best = '';
  let run = '';
  const endRun = (): void => {
    if (run.length > best.length) best = run;
    run = '';
  };
  let depth = 0;
  for (let at = 0; at < source.length; ) {
    const { kind, text, end } = pieceAt(source, at);
    at = end;
    if (kind === 'unknown' || (kind === 'or' && depth === 0)) return '';
    if (kind === 'open') depth++;
    if (kind === 'close') depth--;
    const next = source.charAt(end);
    if (kind !== 'text' || next === '*' || next === '?' || next === '{') endRun();
    else if (depth === 0) {
      run += text;
      if (next === '+') endRun();
    }
  }
  endRun();
  return best;
}

/** A piece of a pattern, as far as {@link requiredLiteral} tells pieces apart. */
interface Piece {
  readonly kind: 'text' | 'open' | 'close' | 'or' | 'other' | 'unknown';
  /** For a piece of kind `text`, the character that it stands for. */
  readonly text: string;
  /** The position at which the next piece begins. */
  readonly end: number;
}

function pieceAt(source: string, at: number): Piece {
  const character = source.charAt(at);
  const piece = (kind: Piece['kind'], end = at + 1): Piece => ({ kind, text: character, end });
  switch (character) {
    case '\\':
      return escapeAt(source, at);
    case '[':
      return piece('other', classEnd(source, at) + 1);
    case '(':
      return piece('open');
    case ')':
      return piece('close');
    case '|':
      return piece('or');
    case '{':
      // A `{` without bounds is literal, and a group may follow it, so only the `{` itself is skipped.
      return piece('other', at + (/^\{\d+(?:,\d*)?\}/.exec(source.slice(at, at + 16))?.[0].length ?? 1));
    default:
      return piece(/[.^$*+?}\]]/.test(character) ? 'other' : 'text');
  }
}

function escapeAt(source: string, at: number): Piece {
  const text = source.charAt(at + 1);
  const end = at + 2;
  // These escapes include the characters after them, which are not literal.
  if (/[pPxQEuUkC0-9]/.test(text)) return { kind: 'unknown', text, end };
  return { kind: /[A-Za-z0-9_]/.test(text) ? 'other' : 'text', text, end };
}
