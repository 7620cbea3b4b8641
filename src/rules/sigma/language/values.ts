/** Applies the modifiers that change a value: placeholders, places and encodings. */
import type { DiagnosticCode } from '../../../diagnostics/codes.ts';
import type { Variables } from '../types.ts';
import { base64, base64Offsets, utf8, utf16 } from './encodings.ts';
import type { TextMode, Token, ValueTest } from './expression.ts';
import { fold } from './fold.ts';
import type { ModifierPlan } from './modifiers.ts';
import { isLiteral, isMany, MANY, normalise, parseText, plainText } from './text.ts';

/** The characters that `|windash` treats as equal (modifiers appendix 2.1). */
const DASHES = '-/\u2013\u2014\u2015';
/** How many strings the placeholders of one value may expand to. */
const EXPANSION_LIMIT = 100_000;

/** An invalid value; the message says why. */
export class ValueError extends Error {
  readonly code: DiagnosticCode;
  readonly hint: string | undefined;

  constructor(code: DiagnosticCode, message: string, hint?: string) {
    super(message);
    this.code = code;
    this.hint = hint;
  }
}

/**
 * Replaces each `%name%` in a value by the values of that variable, and returns one string per combination. `\%` is a plain percent sign.
 *
 * Source: Sigma rules specification 2.1, "Placeholders".
 */
export function expandPlaceholders(raw: string, variables: Variables): readonly string[] {
  let texts = [''];
  let last = 0;
  const append = (parts: readonly string[]): void => {
    texts = texts.flatMap((text) => parts.map((part) => text + part));
    if (texts.length > EXPANSION_LIMIT) {
      throw new ValueError(
        'too-many-values',
        `the placeholders come to more than ${EXPANSION_LIMIT.toLocaleString('en-US')} values`,
      );
    }
  };
  const plain = (text: string): readonly string[] => [text.replaceAll('\\%', '%')];
  for (const match of raw.matchAll(/\\%|%([^%\s]+)%/g)) {
    const name = match[1];
    if (name === undefined) continue;
    if (!Object.hasOwn(variables, name)) {
      const known = Object.keys(variables);
      throw new ValueError(
        'unknown-placeholder',
        `no variable stands behind the placeholder %${name}%`,
        known.length === 0
          ? `add "${name}" under "variables" in relay.yaml`
          : `relay.yaml has: ${known.slice(0, 10).join(', ')}`,
      );
    }
    append(plain(raw.slice(last, match.index)));
    const value = variables[name];
    const list = typeof value === 'string' ? [value] : (value ?? []);
    if (list.length === 0)
      throw new ValueError(
        'empty-placeholder',
        `the variable behind the placeholder %${name}% is an empty list`,
      );
    append(list);
    last = match.index + match[0].length;
  }
  append(plain(raw.slice(last)));
  return texts;
}

/** Applies the modifiers to a string value. Each list of tokens in the result is one alternative. */
export function textAlternatives(raw: string, plan: ModifierPlan): readonly (readonly Token[])[] {
  const [only] = plan.steps;
  if (plan.steps.length <= 1 && (only === undefined || PLACES.has(only))) {
    const tokens = placedAt(parseText(raw), only);
    return [raw !== '' && isLiteral(raw) ? tokens : normalise(tokens)];
  }
  let alternatives: { readonly tokens: readonly Token[]; readonly bytes: boolean }[] = [
    { tokens: parseText(raw), bytes: false },
  ];
  for (const step of plan.steps) {
    alternatives = alternatives.flatMap(({ tokens, bytes }) => {
      switch (step) {
        case 'contains':
        case 'startswith':
        case 'endswith':
          return { tokens: placedAt(tokens, step), bytes };
        case 'windash':
          return { tokens: dashes(tokens), bytes };
        case 'base64':
          return { tokens: [base64(bytesOf(tokens, bytes, step))], bytes: false };
        case 'base64offset':
          return base64Offsets(bytesOf(tokens, bytes, step)).map((text) => ({
            tokens: [text],
            bytes: false,
          }));
        default: {
          const text = mustBePlain(tokens, step);
          return { tokens: [utf16(text, step === 'utf16be' ? 'be' : 'le', step === 'utf16')], bytes: true };
        }
      }
    });
  }
  return alternatives.map(({ tokens }) => normalise(tokens));
}

const PLACES: ReadonlySet<string> = new Set(['contains', 'startswith', 'endswith']);

/** Whether a step only says where in the column the value stands. */
export function isPlace(step: string): boolean {
  return PLACES.has(step);
}

/** A string with the wildcards that a modifier puts before and behind it. */
function placedAt(tokens: readonly Token[], place: string | undefined): readonly Token[] {
  if (place === 'contains') return [MANY, ...tokens, MANY];
  if (place === 'startswith') return [...tokens, MANY];
  return place === 'endswith' ? [MANY, ...tokens] : tokens;
}

/** The tests of one alternative; several if testing each dash of a `|windash` separately is cheaper. */
export function textTests(tokens: readonly Token[], cased: boolean): readonly ValueTest[] {
  const only = tokens.filter((token) => typeof token === 'object' && 'oneOf' in token);
  const dash = only[0];
  if (only.length === 1 && typeof dash === 'object' && 'oneOf' in dash) {
    return [...dash.oneOf].map((character) =>
      textTest(normalise(tokens.map((token) => (token === dash ? character : token))), cased),
    );
  }
  return [textTest(tokens, cased)];
}

function textTest(given: readonly Token[], cased: boolean): ValueTest {
  const tokens = cased ? given : given.map((token) => (typeof token === 'string' ? fold(token) : token));
  const start = isMany(tokens[0]) ? 1 : 0;
  const end = tokens.length > start && isMany(tokens.at(-1)) ? tokens.length - 1 : tokens.length;
  const literal = plainText(tokens.slice(start, end));
  if (literal === undefined) return { kind: 'wildcard', tokens, cased };
  return { kind: 'text', mode: MODES[start + (end < tokens.length ? 2 : 0)] ?? 'equals', literal, cased };
}

/** The test of a value without encodings that has no wildcards but those of `place`; undefined for any other. */
export function literalTest(raw: string, place: string | undefined, cased: boolean): ValueTest | undefined {
  if (raw === '' || !isLiteral(raw)) return undefined;
  const mode = place === undefined ? 'equals' : (place as TextMode);
  return { kind: 'text', mode, literal: cased ? raw : fold(raw), cased };
}

/** Indexed by whether a `*` stands before (1) and after (2) the literal. A lone `*` counts as standing before an empty literal. */
const MODES: readonly TextMode[] = ['equals', 'endswith', 'startswith', 'contains'];

/** Makes dashes that begin a parameter match any dash: dashes that are not within a word and that a word follows. */
function dashes(tokens: readonly Token[]): readonly Token[] {
  return tokens.flatMap((token) => {
    if (typeof token !== 'string') return [token];
    const parts: Token[] = [];
    let last = 0;
    for (const match of token.matchAll(/(?<![A-Za-z0-9_])[-/\u2013\u2014\u2015](?=[A-Za-z0-9_])/g)) {
      parts.push(token.slice(last, match.index), { oneOf: DASHES });
      last = match.index + 1;
    }
    parts.push(token.slice(last));
    return parts.filter((part) => part !== '');
  });
}

/** The bytes of a value as a binary string: unchanged if a step before produced bytes, UTF-8 otherwise. */
function bytesOf(tokens: readonly Token[], bytes: boolean, step: string): string {
  const text = mustBePlain(tokens, step);
  return bytes ? text : utf8(text);
}

function mustBePlain(tokens: readonly Token[], step: string): string {
  const text = plainText(tokens);
  if (text !== undefined) return text;
  throw new ValueError(
    'bad-modifier',
    `"|${step}" can't encode wildcards`,
    `put "|contains", "|startswith" or "|endswith" after "|${step}", and escape * and ? that are meant as they are`,
  );
}
