/** JSON with templates in its strings: the record of an event, and what stands around the records of a request. */
import { placeholdersOf } from './template.ts';

export type JsonTemplate =
  | string
  | number
  | boolean
  | null
  | readonly JsonTemplate[]
  | { readonly [name: string]: JsonTemplate };

/** Deeper templates are refused. */
export const DEEPEST = 12;

/** Every string in a template, with its path; keys are no templates. Stops at {@link DEEPEST}. */
export function stringsIn(
  template: JsonTemplate,
  path: readonly PropertyKey[] = [],
): readonly (readonly [path: readonly PropertyKey[], text: string])[] {
  if (typeof template === 'string') return [[path, template]];
  if (typeof template !== 'object' || template === null || path.length > DEEPEST) return [];
  const entries: readonly (readonly [PropertyKey, JsonTemplate])[] = Array.isArray(template)
    ? [...template.entries()]
    : Object.entries(template);
  return entries.flatMap(([key, value]) => stringsIn(value, [...path, key]));
}

/** How deep a template is: 0 for a string. At most {@link DEEPEST} + 1. */
export function depthOf(template: JsonTemplate, depth = 0): number {
  if (typeof template !== 'object' || template === null || depth > DEEPEST) return depth;
  return Math.max(depth, ...Object.values(template).map((value: JsonTemplate) => depthOf(value, depth + 1)));
}

/** The only placeholder of a string that has nothing else; undefined for other strings. */
export function placeholderAlone(text: string) {
  const [first, ...others] = placeholdersOf(text);
  if (first === undefined || others.length > 0) return undefined;
  const { name, filter } = first;
  return text === `{${name}${filter === undefined ? '' : `|${filter}`}}` ? first : undefined;
}

/**
 * The JSON text of a template in pieces: text that is finished, and what `put` made of strings. A string that `put` has nothing for is
 * left out with its key, and so is a mapping or list that has nothing left.
 *
 * @param put text as a string, anything else as it stands; undefined where it has no value.
 */
export function piecesOf<T>(
  template: JsonTemplate,
  put: (text: string) => string | number | { readonly piece: T } | undefined,
): readonly (string | T)[] | undefined {
  if (typeof template === 'string') {
    const value = put(template);
    if (value === undefined) return undefined;
    return typeof value === 'object' ? [value.piece] : [JSON.stringify(value)];
  }
  if (typeof template !== 'object' || template === null) return [JSON.stringify(template)];
  const isList = Array.isArray(template);
  const pieces: (string | T)[] = [isList ? '[' : '{'];
  let count = 0;
  const entries = Object.entries(template);
  for (const [key, value] of entries) {
    const inner = piecesOf(value, put);
    if (inner === undefined) continue;
    if (count++ > 0) pieces.push(',');
    if (!isList) pieces.push(`${JSON.stringify(key)}:`);
    pieces.push(...inner);
  }
  if (count === 0 && entries.length > 0) return undefined;
  pieces.push(isList ? ']' : '}');
  return pieces;
}
