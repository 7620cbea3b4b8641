/** Checks the values of fields: wildcards where a modifier says it, values that others cover, values that match everything. */
import type { YAMLMap } from 'yaml';
import { isMany, parseText } from '../sigma/index.ts';
import { type Edit, findingAt, type LintDocument, type LintFinding } from './document.ts';
import { isOnOneLine, removeLine, replaceScalar, singleQuoted } from './edits.ts';
import { type LintField, type LintValue, selectionsOf } from './fields.ts';

type Place = 'contains' | 'startswith' | 'endswith' | 'equals';

const PLACES: readonly string[] = ['contains', 'startswith', 'endswith'];
/** Modifiers beside which a value is still compared as it is written. */
const PLAIN: readonly string[] = ['all', 'cased', 'neq', ...PLACES];

export function valueFindings(document: LintDocument, detection: YAMLMap): readonly LintFinding[] {
  return selectionsOf(detection).flatMap((fields) => [
    ...fields.flatMap((field) => fieldFindings(document, field)),
    ...deadFindings(document, fields),
  ]);
}

function fieldFindings(document: LintDocument, field: LintField): readonly LintFinding[] {
  const repeats = repeatedValues(document, field);
  if (field.modifiers.some((name) => !PLAIN.includes(name)) || field.field === '') return repeats;
  const place = placeOf(field);
  const wide = place === 'equals' ? [] : wideValues(document, field);
  if (wide.length > 0) return [...repeats, ...wide];
  return [...repeats, ...wildcardFindings(document, field), ...coveredValues(document, field, place)];
}

function placeOf({ modifiers }: Pick<LintField, 'modifiers'>): Place {
  return (modifiers.find((name) => PLACES.includes(name)) as Place | undefined) ?? 'equals';
}

function repeatedValues(document: LintDocument, field: LintField): readonly LintFinding[] {
  // Encoded values, such as those of |base64offset, and regular expressions differ by letter case.
  const isExact = !field.modifiers.every((name) => name !== 'cased' && PLAIN.includes(name));
  const seen = new Set<string>();
  return field.values.flatMap(({ node, raw, isText }) => {
    const key = `${isText} ${isExact ? raw : raw.toLowerCase()}`;
    if (!seen.has(key)) {
      seen.add(key);
      return [];
    }
    const edit = removeLine(node, document.text);
    const message = `the value is there twice${isExact ? '' : ' (letter case does not count)'}`;
    return [findingAt(document, node, { code: 'repeated-entry', message, ...(edit && { edits: [edit] }) })];
  });
}

/** Values that are found in every text: `contains: ''`, `endswith: '*'`. */
function wideValues(document: LintDocument, { values, field, modifiers }: LintField): readonly LintFinding[] {
  return values.flatMap(({ node, raw, isText }) => {
    if (!isText || !parseText(raw).every(isMany)) return [];
    const message = `"${[field, ...modifiers].join('|')}" with "${raw}" is found in every text`;
    const hint = values.length > 1 ? 'remove the value' : `write "${field}|exists: true" where that is meant`;
    return [findingAt(document, node, { code: 'matches-everything', message, hint })];
  });
}

/** Values such as `*\cmd.exe` at a field without a place: `|endswith` says it better. */
function wildcardFindings(document: LintDocument, field: LintField): readonly LintFinding[] {
  const { values, key, modifiers } = field;
  if (placeOf(field) !== 'equals' || values.length === 0) return [];
  const read = values.map(placedValue);
  const [first] = read;
  if (!first || read.some((one) => one?.place !== first.place)) return [];
  const label = [field.field, first.place, ...modifiers].join('|');
  const edits = editsOf(
    document,
    field,
    label,
    read.flatMap((one) => one?.text ?? []),
  );
  const message = `the wildcards say what "|${first.place}" says`;
  const finding = { code: 'wildcards-for-modifier', message, hint: `write "${label}"` } as const;
  return [findingAt(document, key, { ...finding, ...(edits && { edits }) })];
}

/** A value whose only wildcards are `*` at its ends, without them. */
function placedValue({
  raw,
  isText,
}: LintValue): { readonly place: Place; readonly text: string } | undefined {
  if (!isText) return undefined;
  const tokens = parseText(raw);
  const literals = tokens.filter((token) => typeof token === 'string');
  const [begins, ends] = [isMany(tokens[0]), isMany(tokens.at(-1))];
  const stars = Number(begins) + Number(ends);
  if (literals.length !== 1 || stars === 0 || tokens.length !== 1 + stars) return undefined;
  const text = raw.slice(begins ? 1 : 0, ends ? -1 : undefined);
  // What is left must still be read as the same literal: `\` before a removed wildcard could escape something else.
  const [left, ...more] = parseText(text);
  if (left !== literals[0] || more.length > 0) return undefined;
  return { place: begins && ends ? 'contains' : begins ? 'endswith' : 'startswith', text };
}

function editsOf(
  { text }: LintDocument,
  { key, values }: LintField,
  label: string,
  texts: readonly string[],
): readonly Edit[] | undefined {
  if (!isOnOneLine(key, text) || key.type !== 'PLAIN') return undefined;
  const edits = values.map(({ node }, index) => {
    const quoted = singleQuoted(texts[index] ?? '');
    return quoted === undefined ? undefined : replaceScalar(node, text, quoted);
  });
  const keyEdit = replaceScalar(key, text, label);
  const found = [keyEdit, ...edits].filter((edit) => edit !== undefined);
  return found.length === edits.length + 1 ? found : undefined;
}

/** Values that match only what another value of the list matches too. */
function coveredValues(document: LintDocument, field: LintField, place: Place): readonly LintFinding[] {
  const isAll = field.modifiers.includes('all');
  if (place === 'equals' || field.modifiers.includes('neq')) return [];
  const texts = field.values.map((value) => literalOf(value, field));
  // Long lists are of names and hashes: comparing all with all would take too long for what it finds.
  if (texts.length > 500) return [];
  return field.values.flatMap(({ node, raw }, index) => {
    const own = texts[index];
    if (own === undefined) return [];
    const other = texts.findIndex((text) => {
      if (text === undefined || text === own) return false;
      return isAll ? holds(place, text, own) : holds(place, own, text);
    });
    const cover = field.values[other];
    if (!cover) return [];
    const message = isAll
      ? `"${raw}" says nothing beside "${cover.raw}", which holds it`
      : `"${raw}" matches nothing that "${cover.raw}" does not match`;
    return [findingAt(document, node, { code: 'covered-value', message })];
  });
}

function holds(place: Place, text: string, part: string): boolean {
  if (place === 'contains') return text.includes(part);
  if (place === 'startswith') return text.startsWith(part);
  return place === 'endswith' ? text.endsWith(part) : text === part;
}

/** The only text of a value; undefined if it has wildcards or is no text. */
function literalOf({ raw, isText }: LintValue, { modifiers }: LintField): string | undefined {
  const [token, ...more] = parseText(raw);
  if (!isText || typeof token !== 'string' || more.length > 0) return undefined;
  return modifiers.includes('cased') ? token : token.toLowerCase();
}

/** Two lines of one selection that ask a field for what no text can be at once: `FileName: a.exe` and `FileName|endswith: b.exe`. */
function deadFindings(document: LintDocument, fields: readonly LintField[]): readonly LintFinding[] {
  const plain = fields.filter(({ modifiers }) => modifiers.every((name) => PLACES.includes(name)));
  return plain.flatMap((exact) => {
    const wholes = literalsOf(exact);
    if (placeOf(exact) !== 'equals' || wholes === undefined) return [];
    return plain.flatMap((other) => {
      const parts = other.field === exact.field && other !== exact ? literalsOf(other) : undefined;
      if (parts === undefined) return [];
      const canBe = wholes.some((whole) => parts.some((part) => holds(placeOf(other), whole, part)));
      if (canBe) return [];
      const message = `no value of "${exact.field}" is what this line and the line "${exact.key.value}" ask for`;
      const hint = 'write a list of two selections where one of them is enough';
      return [findingAt(document, other.key, { code: 'dead-selection', message, hint })];
    });
  });
}

/** All values of a field as texts; undefined if one of them is none. */
function literalsOf(field: LintField): readonly string[] | undefined {
  const texts = field.values.map((value) => literalOf(value, field));
  const found = texts.filter((text) => text !== undefined);
  return found.length === texts.length && found.length > 0 ? found : undefined;
}
