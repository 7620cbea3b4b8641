/** Parses the conditions of detections: `selection and not 1 of filter_*`. */
import type { DiagnosticCode } from '../../../diagnostics/codes.ts';

/** The syntax tree of a condition. `start` and `length` are in UTF-16 units of the condition's text. */
export type Condition = { readonly start: number; readonly length: number } & (
  | { readonly kind: 'and' | 'or'; readonly items: readonly Condition[] }
  | { readonly kind: 'not'; readonly item: Condition }
  | { readonly kind: 'identifier'; readonly name: string }
  | { readonly kind: 'of'; readonly quantifier: 'one' | 'all'; readonly pattern: string }
);

/** A syntax error in a condition, and its position. */
export interface ConditionError {
  readonly code: DiagnosticCode;
  readonly start: number;
  readonly length: number;
  readonly message: string;
  readonly hint?: string;
}

const LENGTH_LIMIT = 65_536;
const DEPTH_LIMIT = 64;

interface Lexeme {
  readonly text: string;
  readonly start: number;
}

/**
 * Parses `selection and not 1 of filter_*`.
 *
 * Precedence, from the weakest: or, and, not, x of y, parentheses. Source: Sigma rules specification 2.1, "Condition".
 */
export function parseCondition(text: string): Condition | ConditionError {
  if (text.length > LENGTH_LIMIT) {
    return {
      code: 'bad-condition',
      start: 0,
      length: 0,
      message: `the condition is longer than ${LENGTH_LIMIT.toLocaleString('en-US')} characters`,
    };
  }
  const lexemes: Lexeme[] = [];
  for (const match of text.matchAll(/[()|]|[^\s()|]+/g)) lexemes.push({ text: match[0], start: match.index });
  try {
    return new Parser(text, lexemes).parse();
  } catch (error) {
    if (error instanceof Stop) return error.reason;
    throw error;
  }
}

export function isConditionError(result: Condition | ConditionError): result is ConditionError {
  return 'code' in result;
}

class Stop extends Error {
  readonly reason: ConditionError;

  constructor(reason: ConditionError) {
    super(reason.message);
    this.reason = reason;
  }
}

class Parser {
  readonly #text: string;
  readonly #lexemes: readonly Lexeme[];
  #next = 0;

  constructor(text: string, lexemes: readonly Lexeme[]) {
    this.#text = text;
    this.#lexemes = lexemes;
  }

  parse(): Condition {
    if (this.#lexemes.length === 0) {
      throw new Stop({ code: 'bad-condition', start: 0, length: 0, message: 'the condition is empty' });
    }
    const condition = this.#or(0);
    const rest = this.#lexemes[this.#next];
    if (rest) throw this.#unexpected(rest);
    return condition;
  }

  #or(depth: number): Condition {
    return this.#chain('or', () => this.#and(depth));
  }

  #and(depth: number): Condition {
    return this.#chain('and', () => this.#not(depth));
  }

  #chain(operator: 'and' | 'or', operand: () => Condition): Condition {
    const first = operand();
    if (!this.#isKeyword(operator)) return first;
    const items = [first];
    let last = first;
    while (this.#isKeyword(operator)) {
      this.#next++;
      last = operand();
      items.push(last);
    }
    return { kind: operator, items, start: first.start, length: last.start + last.length - first.start };
  }

  #not(depth: number): Condition {
    const lexeme = this.#lexemes[this.#next];
    if (!lexeme || !this.#isKeyword('not')) return this.#operand(depth);
    this.#checkDepth(lexeme, depth);
    this.#next++;
    const item = this.#not(depth + 1);
    return { kind: 'not', item, start: lexeme.start, length: item.start + item.length - lexeme.start };
  }

  #operand(depth: number): Condition {
    const lexeme = this.#lexemes[this.#next];
    if (!lexeme) {
      throw new Stop({
        code: 'bad-condition',
        start: this.#text.trimEnd().length,
        length: 0,
        message: 'the condition ends where a part is expected',
      });
    }
    if (lexeme.text === '(') {
      this.#checkDepth(lexeme, depth);
      this.#next++;
      const inner = this.#or(depth + 1);
      const close = this.#lexemes[this.#next];
      if (close?.text !== ')') {
        if (close && close.text !== ')') throw this.#unexpected(close);
        throw new Stop({
          code: 'bad-condition',
          start: lexeme.start,
          length: 1,
          message: 'this parenthesis is never closed',
        });
      }
      this.#next++;
      return { ...inner, start: lexeme.start, length: close.start + 1 - lexeme.start };
    }
    const following = this.#lexemes[this.#next + 1];
    if (following && following.text.toLowerCase() === 'of') return this.#of(lexeme, following);
    if (lexeme.text === ')' || lexeme.text === '|' || /^(?:and|or|not|of)$/i.test(lexeme.text)) {
      throw this.#unexpected(lexeme);
    }
    if (lexeme.text.includes('*')) {
      throw new Stop({
        code: 'bad-condition',
        start: lexeme.start,
        length: lexeme.text.length,
        message: `"${lexeme.text}" is a pattern of parts`,
        hint: `say how many must match: "1 of ${lexeme.text}" or "all of ${lexeme.text}"`,
      });
    }
    this.#next++;
    return { kind: 'identifier', name: lexeme.text, start: lexeme.start, length: lexeme.text.length };
  }

  #of(count: Lexeme, of: Lexeme): Condition {
    const quantifier = /^(?:1|any)$/i.test(count.text)
      ? 'one'
      : /^all$/i.test(count.text)
        ? 'all'
        : undefined;
    if (quantifier === undefined) {
      throw new Stop({
        code: 'bad-condition',
        start: count.start,
        length: count.text.length,
        message: `"${count.text} of" is not Sigma`,
        hint: 'use "1 of", "any of" or "all of"',
      });
    }
    const pattern = this.#lexemes[this.#next + 2];
    if (!pattern || /^[()|]$/.test(pattern.text)) {
      throw new Stop({
        code: 'bad-condition',
        start: of.start,
        length: 2,
        message: `"${count.text} of" needs "them" or a pattern such as "selection_*" after it`,
      });
    }
    this.#next += 3;
    const length = pattern.start + pattern.text.length - count.start;
    return { kind: 'of', quantifier, pattern: pattern.text, start: count.start, length };
  }

  #isKeyword(word: string): boolean {
    return this.#lexemes[this.#next]?.text.toLowerCase() === word;
  }

  #checkDepth(lexeme: Lexeme, depth: number): void {
    if (depth < DEPTH_LIMIT) return;
    throw new Stop({
      code: 'bad-condition',
      start: lexeme.start,
      length: 1,
      message: `the condition nests more than ${DEPTH_LIMIT} deep`,
    });
  }

  #unexpected(lexeme: Lexeme): Stop {
    const at = { start: lexeme.start, length: lexeme.text.length };
    if (lexeme.text === '|') {
      const rest = this.#text.slice(lexeme.start + 1).trim();
      const near = /^near\b/i.test(rest);
      return new Stop({
        code: 'unsupported-aggregation',
        start: lexeme.start,
        length: this.#text.trimEnd().length - lexeme.start,
        message: near
          ? '"| near" was removed from Sigma and is not supported'
          : 'aggregation after "|" was removed from Sigma and is not supported',
        hint: near
          ? 'write a correlation rule of type temporal'
          : 'write a correlation rule of type event_count or value_count',
      });
    }
    if (lexeme.text === ')') {
      return new Stop({ code: 'bad-condition', ...at, message: 'this parenthesis closes nothing' });
    }
    return new Stop({
      code: 'bad-condition',
      ...at,
      message: `"${lexeme.text}" is not expected here`,
      hint: 'parts are joined with "and" or "or"',
    });
  }
}
