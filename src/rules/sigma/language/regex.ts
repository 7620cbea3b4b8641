/** `|re`: patterns for RE2's engine, and what an index can know of them. */
import { RE2JS } from 're2js';
import { messageOf } from '../../../shared/errors.ts';
import { type CostFinding, classEnd, estimateCost, judgeCost, TOO_COSTLY } from '../../regex/cost.ts';
import { Regex } from '../../regex/engine.ts';
import type { TextMode } from './expression.ts';
import { fold } from './fold.ts';

/** The longest pattern taken, UTF-16 units. */
const PATTERN_LIMIT = 8192;

export interface RegexFlags {
  /** Case-insensitive. */
  readonly i: boolean;
  /** `^` and `$` at lines. */
  readonly m: boolean;
  /** `.` takes line breaks. */
  readonly s: boolean;
}

export interface CompiledRegex {
  readonly regex: Regex;
  /** What there is to say of its cost; never an error. */
  readonly finding: CostFinding | undefined;
  /** A string, case-folded, that every match holds; empty when none is known. */
  readonly literal: string;
  /** Set when the pattern is only text, perhaps anchored: no engine is needed then. Not folded. */
  readonly plain: { readonly mode: TextMode; readonly literal: string } | undefined;
}

/**
 * Compiles a pattern for RE2's engine, which never backtracks.
 *
 * Returns a sentence for the rule's author when the pattern is not RE2's, and an error when it is too costly.
 */
export function compileRegex(source: string, flags: RegexFlags): CompiledRegex | CostFinding | string {
  if (source.length > PATTERN_LIMIT) return `it is longer than ${PATTERN_LIMIT} characters`;
  // Compiling alone would take a second and a hundred megabytes.
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

/** Whether there is a `$` that is an anchor. */
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

/** The string a pattern stands for when it has no metacharacters but anchors and escapes. */
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
 * The longest run of plain characters that every match must hold. Errs on the side of none: groups, classes and
 * whatever a quantifier makes optional end a run.
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
  /** Of `text`: the character that it stands for. */
  readonly text: string;
  /** Where the next piece begins. */
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
      // Without bounds it is text, and what follows it may be a group: nothing may be passed over then.
      return piece('other', at + (/^\{\d+(?:,\d*)?\}/.exec(source.slice(at, at + 16))?.[0].length ?? 1));
    default:
      return piece(/[.^$*+?}\]]/.test(character) ? 'other' : 'text');
  }
}

function escapeAt(source: string, at: number): Piece {
  const text = source.charAt(at + 1);
  const end = at + 2;
  // These escapes take further characters, which are not literal.
  if (/[pPxQEuUkC0-9]/.test(text)) return { kind: 'unknown', text, end };
  return { kind: /[A-Za-z0-9_]/.test(text) ? 'other' : 'text', text, end };
}
