/** What can be written at a place of a rule file or of relay.yaml. */
import { valueAt } from '../../diagnostics/path.ts';
import { aboutColumn, aboutField, aboutKey, aboutModifier, MODIFIER_NAMES } from './about.ts';
import { type EditedFile, fieldsAt, type Place, placeAt } from './document.ts';
import { grouped } from './fields.ts';
import type { FolderModel } from './model.ts';
import { type Named, namesFor } from './names.ts';
import { keyReference, referenceAt } from './references.ts';
import { scalar } from './scalar.ts';
import { keyOptions, valueOptions } from './schema-options.ts';

/** One thing that can be written. */
export interface Completion {
  readonly label: string;
  readonly kind: 'column' | 'field' | 'key' | 'modifier' | 'name' | 'value';
  /** A few words behind the label: a type, a title. */
  readonly detail: string | undefined;
  /** Markdown. */
  readonly about: string | undefined;
  /** What replaces the text between the two offsets. */
  readonly insert: string;
  readonly from: number;
  readonly to: number;
  /** Those with a lower rank come first. */
  readonly rank: number;
}

/** So many are offered; who types on gets others. */
export const MOST_COMPLETIONS = 2_000;

/** What can be written at an offset, best first. Empty where nothing is known. */
export function completionsAt(file: EditedFile, offset: number, model: FolderModel): readonly Completion[] {
  const place = placeAt(file, offset);
  if (!place) return [];
  const found = place.inDetection
    ? inDetection(file, place, place.inDetection, model)
    : [...keys(file, place, model), ...values(file, place, model)];
  const seen = new Set<string>();
  return found
    .filter(({ label }) => !seen.has(label) && seen.add(label))
    .toSorted((a, b) => a.rank - b.rank)
    .slice(0, MOST_COMPLETIONS);
}

/** Where the text that is replaced begins and ends: of a key with modifiers, the part around the cursor. */
function extent(
  { cursor }: Place,
  { text }: EditedFile,
  part: 'all' | 'segment' | 'word',
): readonly [number, number] {
  const { typed, from } = cursor;
  const last = part === 'all' ? 0 : typed.search(part === 'segment' ? /[^|]*$/ : /[^\s()]*$/);
  const offset = from + typed.length;
  const rest = part === 'all' && cursor.quote ? /[^\r\n"']*/y : /[^\s|:,"'[\]{}()]*/y;
  rest.lastIndex = offset;
  return [from + last, offset + (rest.exec(text)?.[0].length ?? 0)];
}

function keys(file: EditedFile, place: Place, model: FolderModel): readonly Completion[] {
  const { cursor, data, schema } = place;
  if (cursor.role === 'value' || schema === undefined) return [];
  const [from, to] = extent(place, file, 'all');
  const there = valueAt(data, cursor.path);
  const isTaken = (name: string) =>
    typeof there === 'object' && there !== null && Object.hasOwn(there, name) && name !== cursor.typed;
  const colon = /^["']?\s*:/.test(file.text.slice(to, to + 80)) ? '' : ': ';
  const options = keyOptions(schema, data, cursor.path)
    .filter(({ name }) => !isTaken(name))
    .map((option, at): Completion => {
      const insert = cursor.quote ? option.name : option.name + colon;
      return {
        label: option.name,
        kind: 'key',
        detail: option.takes,
        about: aboutKey(option),
        insert,
        from,
        to,
        rank: (option.isRequired ? 0 : 1000) + at,
      };
    });
  const reference = keyReference(file.kind, cursor.path);
  const named = reference === undefined ? [] : namesFor(reference, { file, place, model });
  return [
    ...options,
    ...named
      .filter(({ name }) => !isTaken(name))
      .map((one) => completionOf(one, { from, to, rank: 2000, suffix: colon })),
  ];
}

function values(file: EditedFile, place: Place, model: FolderModel): readonly Completion[] {
  const { cursor, data, schema } = place;
  if (cursor.role === 'key') return [];
  const [from, to] = extent(place, file, 'all');
  const words = schema === undefined ? [] : valueOptions(schema, data, cursor.path);
  const reference = referenceAt(file.kind, { ...place, cursor: { ...cursor, role: 'value' } });
  const named = reference === undefined ? [] : namesFor(reference, { file, place, model });
  return [
    ...words.map(({ name }, at) => completionOf({ name, kind: 'value' }, { from, to, rank: at })),
    ...named.map((one) => completionOf(one, { from, to, rank: 500, isQuoted: cursor.quote !== undefined })),
  ];
}

interface Target {
  readonly from: number;
  readonly to: number;
  readonly rank: number;
  readonly suffix?: string;
  readonly isQuoted?: boolean;
}

function completionOf(named: Named, { from, to, rank, suffix = '', isQuoted = false }: Target): Completion {
  const { name, kind = 'name', detail, about, rank: own = 0 } = named;
  const insert = (isQuoted ? name : scalar(name)) + suffix;
  return { label: name, kind, detail, about, insert, from, to, rank: rank + own };
}

const CONDITION_WORDS = ['and', 'or', 'not', '1 of', 'all of', '1 of them', 'all of them'];

function inDetection(
  file: EditedFile,
  place: Place,
  inner: readonly (string | number)[],
  model: FolderModel,
): readonly Completion[] {
  const { cursor } = place;
  const names = searchNames(place, inner.length);
  if (inner.length === 0) {
    if (cursor.role === 'value') return [];
    const [from, to] = extent(place, file, 'all');
    const free = ['selection', 'filter_main', 'condition'].filter((name) => !names.all.includes(name));
    return free.map((name, at) =>
      completionOf(
        { name, kind: 'key', detail: name === 'condition' ? 'how the searches go together' : 'a search' },
        { from, to, rank: at, suffix: ':' },
      ),
    );
  }
  if (inner[0] === 'condition') {
    const [from, to] = extent(place, file, 'word');
    const words = [
      ...names.searches.map((name) => ({ name, kind: 'name' as const })),
      ...CONDITION_WORDS.map((name) => ({ name, kind: 'value' as const })),
    ];
    return words.map((word, at) => completionOf(word, { from, to, rank: at, isQuoted: true }));
  }
  return [
    ...(cursor.role === 'value' ? [] : fieldKeys(file, place, model)),
    ...(cursor.role === 'key' ? [] : fieldValues(file, place, inner, model)),
  ];
}

/** The keys of the detection around the cursor, and those that are searches. */
function searchNames(
  { cursor, data }: Place,
  depth: number,
): { readonly all: readonly string[]; readonly searches: readonly string[] } {
  const detection = valueAt(data, cursor.path.slice(0, cursor.path.length - depth));
  const all = typeof detection === 'object' && detection !== null ? Object.keys(detection) : [];
  return {
    all,
    searches: all.filter((name) => name !== 'condition' && name !== 'rules' && name !== 'timeframe'),
  };
}

/** A field's name, or behind `|` a modifier. */
function fieldKeys(file: EditedFile, place: Place, model: FolderModel): readonly Completion[] {
  const { typed, quote } = place.cursor;
  const [from, to] = extent(place, file, 'segment');
  const [, ...modifiers] = typed.split('|');
  if (modifiers.length > 0) {
    const used = new Set(modifiers.slice(0, -1));
    return MODIFIER_NAMES.filter((name) => !used.has(name)).map((name) =>
      completionOf({ name, kind: 'modifier', about: aboutModifier(name) }, { from, to, rank: 0 }),
    );
  }
  const { fields, columns } = fieldsAt(file, place, model);
  return [
    ...grouped(fields).map((group) =>
      completionOf(
        { name: group[0].name, kind: 'field', detail: group[0].columns.join(', '), about: aboutField(group) },
        { from, to, rank: 0, isQuoted: quote !== undefined },
      ),
    ),
    ...grouped(columns).map((group) =>
      completionOf(
        { name: group[0].name, kind: 'column', detail: group[0].type, about: aboutColumn(group) },
        { from, to, rank: 100, isQuoted: quote !== undefined },
      ),
    ),
  ];
}

function fieldValues(
  file: EditedFile,
  place: Place,
  inner: readonly (string | number)[],
  model: FolderModel,
): readonly Completion[] {
  const { cursor } = place;
  const [from, to] = extent(place, file, 'all');
  const key = inner.findLast((step): step is string => typeof step === 'string') ?? '';
  const [field = '', ...modifiers] = key.split('|');
  const reference = referenceAt(file.kind, { ...place, cursor: { ...cursor, role: 'value' } });
  if (reference !== undefined) {
    return namesFor(reference, { file, place, model }).map((one) =>
      completionOf(one, { from, to, rank: 0, isQuoted: cursor.quote !== undefined }),
    );
  }
  const isBoolean =
    modifiers.includes('exists') ||
    fieldsAt(file, place, model).columns.some(({ name, type }) => name === field && type === 'bool');
  return isBoolean && inner.length > 1
    ? ['true', 'false'].map((name) =>
        completionOf({ name, kind: 'value' }, { from, to, rank: 0, isQuoted: true }),
      )
    : [];
}
