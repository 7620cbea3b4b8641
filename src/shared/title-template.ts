/** Titles of alerts with placeholders for columns: `{DeviceName}: shadow copies deleted`. Reads, checks and renders them. */
import type { JsonValue } from './json.ts';

/** The longest title, as written and as rendered. UTF-16 units. */
export const TITLE_LIMIT = 256;
/** The longest value in a title. UTF-16 units. */
const VALUE_LIMIT = 96;
const PLACEHOLDERS_LIMIT = 16;
/** Of a list, the values that a title names. */
const LISTED = 3;
/** The templates that are kept parsed: rule files have a few hundred. */
const KEPT = 1_000;

/** A column or a dotted path; the aliases of a correlation may contain hyphens. */
const NAME = /^[\p{L}_][\p{L}\p{N}_.-]{0,127}$/u;
/** What no reader can see, or what turns text around. */
const INVISIBLE = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}]+/gu;

export type TitlePart = string | { readonly column: string };

export interface TitleTemplate {
  readonly parts: readonly TitlePart[];
  /** What is wrong with the braces, each with the place in the text. Empty: it can be rendered. */
  readonly problems: readonly { readonly at: number; readonly length: number; readonly message: string }[];
}

/** Reads a template. `{{` and `}}` stand for braces. Never throws. */
export function readTitle(text: string): TitleTemplate {
  const parts: TitlePart[] = [];
  const problems: { at: number; length: number; message: string }[] = [];
  let literal = '';
  let placeholders = 0;
  for (const { 0: token, index: at } of text.matchAll(/\{\{|\}\}|\{[^{}]*\}|[{}]|[^{}]+/g)) {
    const problem = (message: string) => problems.push({ at, length: token.length, message });
    if (token === '{{' || token === '}}') literal += token[0];
    else if (token === '{') problem('a "{" without its "}": "{{" stands for a brace');
    else if (token === '}') problem('a "}" without its "{": "}}" stands for a brace');
    else if (token.startsWith('{')) {
      const column = token.slice(1, -1).trim();
      if (!NAME.test(column)) problem(`${JSON.stringify(token)} names no column: "{{" stands for a brace`);
      placeholders += 1;
      if (placeholders === PLACEHOLDERS_LIMIT + 1) problem(`more than ${PLACEHOLDERS_LIMIT} placeholders`);
      if (literal !== '') parts.push(literal);
      literal = '';
      parts.push({ column });
    } else literal += token;
  }
  if (literal !== '') parts.push(literal);
  return { parts, problems };
}

/** The columns that a template names, without duplicates. */
export function columnsOfTitle(text: string): readonly string[] {
  return [...new Set(kept(text).parts.flatMap((part) => (typeof part === 'string' ? [] : part.column)))];
}

/** Whether a title may come out of a template: its fixed parts are there, in order. */
export function mayBeTitle(template: string, title: string): boolean {
  // Where a title was cut, its end says nothing.
  const isCut = title.endsWith('…');
  const { parts } = kept(template);
  let from = 0;
  for (const [index, part] of parts.entries()) {
    if (typeof part !== 'string') continue;
    const text = clean(part);
    const isLast = index === parts.length - 1;
    const at = isLast ? title.lastIndexOf(text) : title.indexOf(text, from);
    if (at < from || (index === 0 && at > 0)) return isCut && index > 0;
    if (isLast) return isCut || at + text.length === title.length;
    from = at + text.length;
  }
  return true;
}

/**
 * The title that a template gives: one line of at most {@link TITLE_LIMIT} UTF-16 units. Values are cut, and what cannot be seen is
 * taken out of them; a value that is missing is named, as in `(no DeviceName)`. Never throws.
 */
export function renderTitle(template: string, read: (column: string) => JsonValue | undefined): string {
  const rendered = kept(template)
    .parts.map((part) => {
      if (typeof part === 'string') return part;
      const text = clean(cut(textOf(read(part.column)), 2 * VALUE_LIMIT));
      return text === '' ? `(no ${part.column})` : cut(text, VALUE_LIMIT);
    })
    .join('');
  return cut(clean(rendered), TITLE_LIMIT);
}

const parsed = new Map<string, TitleTemplate>();

function kept(text: string): TitleTemplate {
  const known = parsed.get(text);
  if (known) return known;
  const made = readTitle(text);
  if (parsed.size >= KEPT) parsed.clear();
  parsed.set(text, made);
  return made;
}

function textOf(value: JsonValue | undefined): string {
  if (value === undefined || value === null) return '';
  if (typeof value === 'string') return value;
  if (Array.isArray(value)) {
    const more = value.length - LISTED;
    const texts = value.slice(0, LISTED).map((one: JsonValue) => cut(textOf(one), VALUE_LIMIT));
    const listed = texts.filter((text) => text !== '').join(', ');
    return more > 0 ? `${cut(listed, VALUE_LIMIT - 16)} and ${more} more` : listed;
  }
  if (typeof value === 'object') return JSON.stringify(value);
  return String(value);
}

function clean(text: string): string {
  return text.toWellFormed().replace(INVISIBLE, ' ').replace(/\s+/g, ' ').trim();
}

/** At most so many UTF-16 units, with an ellipsis where something was cut. No pair of surrogates is cut in two. */
function cut(text: string, limit: number): string {
  if (text.length <= limit) return text;
  return `${text.slice(0, limit - 1).replace(/[\uD800-\uDBFF]$/, '')}…`;
}
