/**
 * Rewrites a regular expression of RE2's syntax into one that means the same in Kusto.
 *
 * Kusto's documentation names RE2 on older pages and the syntax of Rust's `regex` on newer ones, so the result keeps to what means the
 * same in both. Where they differ: `\d`, `\w`, `\s` and `\b` are ASCII in RE2 and Unicode in Rust; `{` alone, octal escapes and `\Q` are
 * no Rust; `[`, `&&`, `--` and `~~` in a class, `\<` and `\>` mean something else there.
 */
import type { RegexFlags } from '../sigma/language/expression.ts';

export interface PortableRegex {
  readonly pattern: string;
  /** In which respect the pattern may find something else; undefined: in none. */
  readonly differs?: string;
}

const CLASSES: Readonly<Record<string, string>> = { d: '0-9', w: '0-9A-Za-z_', s: '\\t\\n\\f\\r ' };
const WORD_EDGE = '"\\b" and "\\B" may take letters beyond ASCII for letters of a word';
const CLASS_IN_CLASS = '"\\D", "\\W" and "\\S" within brackets may be of Unicode instead of ASCII';
const FOLDED_CLASS = 'a class such as "\\w" within brackets may also take "\u017f" and "\u212a" for letters';

/** Rewrites a pattern that RE2 accepts. Returns a sentence, without a subject, if that is not possible. */
export function portableRegex(source: string, flags: RegexFlags): PortableRegex | string {
  return new Rewriter(source, flags).rewrite();
}

/** A pattern that matches the text itself. */
export function escapeRegex(text: string): string {
  return text.replace(/[\\^$.|?*+()[\]{}]/g, '\\$&');
}

class Rewriter {
  readonly #source: string;
  readonly #flags: RegexFlags;
  readonly #folds: boolean;
  #at = 0;
  #differs: string | undefined;

  constructor(source: string, flags: RegexFlags) {
    this.#source = source;
    this.#flags = flags;
    this.#folds = flags.i || /\(\?[a-zA-Z]*i/.test(source);
  }

  rewrite(): PortableRegex | string {
    if (!this.#source.isWellFormed()) return 'has half of a surrogate pair';
    if (/\(\?[a-zA-Z]*m/.test(this.#source) && this.#source.includes('$')) {
      return 'switches "m" on within the pattern, which changes what "$" means';
    }
    let pattern = '';
    while (this.#at < this.#source.length) {
      const piece = this.#piece();
      if (piece === undefined) return 'has an escape that Kusto does not know';
      pattern += piece;
    }
    const given = (['i', 'm', 's'] as const).filter((flag) => this.#flags[flag]).join('');
    const whole = given === '' ? pattern : `(?${given})${pattern}`;
    return this.#differs === undefined ? { pattern: whole } : { pattern: whole, differs: this.#differs };
  }

  #take(): string {
    const character = String.fromCodePoint(this.#source.codePointAt(this.#at) ?? 0);
    this.#at += character.length;
    return character;
  }

  #piece(): string | undefined {
    const rest = this.#source.slice(this.#at, this.#at + 16);
    const repeat = /^\{\d+(?:,\d*)?\}/.exec(rest)?.[0];
    if (repeat !== undefined) {
      this.#at += repeat.length;
      return repeat;
    }
    const character = this.#take();
    switch (character) {
      case '\\':
        return this.#escape();
      case '[':
        return this.#class();
      case '{':
      case '}':
      case ']':
        return `\\${character}`;
      case '$':
        return this.#end();
      default:
        return character;
    }
  }

  /** `$` also matches before a newline at the end of the string, as in PCRE and Python. */
  #end(): string {
    if (this.#flags.m) return '$';
    return /[*+?{]/.test(this.#source.charAt(this.#at)) ? '(?:\\n?\\z)' : '\\n?\\z';
  }

  #escape(): string | undefined {
    const character = this.#take();
    const set = CLASSES[character.toLowerCase()];
    if (set !== undefined) {
      const isNegated = character !== character.toLowerCase();
      const text = `[${isNegated ? '^' : ''}${set}]`;
      return this.#folds && character.toLowerCase() === 'w' ? `(?-i:${text})` : text;
    }
    if (character === 'b' || character === 'B') this.#differs ??= WORD_EDGE;
    if (character === 'Q') return this.#quoted();
    if (/[bBAz]/.test(character)) return `\\${character}`;
    return this.#character(character);
  }

  /** `\Q...\E`, the text between them as it is. */
  #quoted(): string {
    const end = this.#source.indexOf('\\E', this.#at);
    const text = this.#source.slice(this.#at, end < 0 ? undefined : end);
    this.#at = end < 0 ? this.#source.length : end + 2;
    return escapeRegex(text);
  }

  /** An escape that means the same in and outside of classes. */
  #character(character: string): string | undefined {
    if (/[pP]/.test(character)) return this.#property(character === 'P');
    if (character === 'x') return `\\x${this.#matching(/^(?:\{[0-9A-Fa-f]+\}|[0-9A-Fa-f]{2})/)}`;
    if (/[0-7]/.test(character)) {
      const digits = character + this.#matching(/^[0-7]{0,2}/);
      return `\\x{${Number.parseInt(digits, 8).toString(16)}}`;
    }
    if (/[afnrtv]/.test(character)) return `\\${character}`;
    if (/[A-Za-z0-9]/.test(character)) return undefined;
    return character === '<' || character === '>' || character > '\u007f' ? character : `\\${character}`;
  }

  /** A property of Unicode, after `\p` or `\P`. RE2 also negates it by `^`, for which Rust has no syntax. */
  #property(isNegated: boolean): string {
    const text = this.#matching(/^(?:\{\^?\w+\}|\w)/);
    const letter = isNegated === text.startsWith('{^') ? 'p' : 'P';
    return `\\${letter}${text.replace('^', '')}`;
  }

  #matching(pattern: RegExp): string {
    const found = pattern.exec(this.#source.slice(this.#at, this.#at + 64))?.[0] ?? '';
    this.#at += found.length;
    return found;
  }

  /** A class in brackets, after its `[`. */
  #class(): string | undefined {
    let text = `[${this.#matching(/^\^/)}`;
    let isFirst = true;
    while (this.#at < this.#source.length) {
      if (this.#source.charAt(this.#at) === ']' && !isFirst) {
        this.#at += 1;
        return `${text}]`;
      }
      isFirst = false;
      const member = this.#member();
      if (member === undefined) return undefined;
      text += member;
    }
    return undefined;
  }

  /** One character, range or class within brackets. */
  #member(): string | undefined {
    const named = this.#matching(/^\[:\^?[a-z]+:\]/);
    if (named !== '') return named;
    const from = this.#single();
    if (from === undefined) return undefined;
    const isRange = !from.isSet && /^-[^\]]/.test(this.#source.slice(this.#at, this.#at + 2));
    if (!isRange) return from.text;
    this.#at += 1;
    const to = this.#single();
    return to && `${from.text}-${to.text}`;
  }

  /** One character within brackets, or a class such as `\w`, which ends no range. */
  #single(): { readonly text: string; readonly isSet: boolean } | undefined {
    const character = this.#take();
    if (character !== '\\') {
      return { text: /[[\]&~^-]/.test(character) ? `\\${character}` : character, isSet: false };
    }
    const escaped = this.#take();
    const set = CLASSES[escaped];
    if (set !== undefined) {
      if (this.#folds && escaped === 'w') this.#differs ??= FOLDED_CLASS;
      return { text: set, isSet: true };
    }
    if (/[DWS]/.test(escaped)) {
      this.#differs ??= CLASS_IN_CLASS;
      return { text: `\\${escaped}`, isSet: true };
    }
    const text = this.#character(escaped);
    return text === undefined ? undefined : { text, isSet: /[pP]/.test(escaped) };
  }
}
