/** What is said of the name under the pointer. */
import {
  aboutColumn,
  aboutDestination,
  aboutField,
  aboutKey,
  aboutList,
  aboutModifier,
  aboutRule,
  aboutTag,
} from './about.ts';
import { type EditedFile, fieldsAt, type Place } from './document.ts';
import { grouped } from './fields.ts';
import type { FolderModel } from './model.ts';
import { type Pointed, pointedAt } from './pointed.ts';
import { keyReference, type Reference, valueReference } from './references.ts';
import { rulesNamed } from './rule-names.ts';
import { aboutPath } from './schema-options.ts';

/** A text about the part of the file between two offsets. */
export interface Hover {
  /** Markdown. */
  readonly about: string;
  readonly from: number;
  readonly to: number;
}

/** Undefined where nothing is known about what stands at the offset. */
export function hoverAt(file: EditedFile, offset: number, model: FolderModel): Hover | undefined {
  const pointed = pointedAt(file, offset);
  if (!pointed) return undefined;
  const about = aboutPointed(file, pointed, model);
  return about === undefined || about === '' ? undefined : { about, from: pointed.from, to: pointed.to };
}

function aboutPointed(file: EditedFile, pointed: Pointed, model: FolderModel): string | undefined {
  const { place, word, role } = pointed;
  const { path } = place.cursor;
  if (place.inDetection && role === 'key') {
    if (pointed.isModifier) return aboutModifier(word);
    if (place.inDetection.length > 0) return aboutFieldOrColumn(file, place, word, model);
    return word === 'condition'
      ? 'How the searches go together: `selection and not 1 of filter_*`'
      : undefined;
  }
  if (role === 'value') {
    const reference = place.inDetection ? pointed.reference : valueReference(file.kind, path);
    return reference === undefined ? undefined : aboutReference(reference, file, { place, word, model });
  }
  const reference = keyReference(file.kind, path);
  const named = reference === undefined ? undefined : aboutReference(reference, file, { place, word, model });
  if (named !== undefined && named !== '') return named;
  const key = place.schema && aboutPath(place.schema, place.data, [...path, word]);
  return key && aboutKey(key);
}

interface Asked {
  readonly place: Place;
  readonly word: string;
  readonly model: FolderModel;
}

function aboutReference(
  reference: Reference,
  file: EditedFile,
  { place, word, model }: Asked,
): string | undefined {
  switch (reference) {
    case 'column':
      return aboutFieldOrColumn(file, place, word, model);
    case 'destination': {
      const found = model.destinations?.find(({ name }) => name === word);
      return found && aboutDestination(found);
    }
    case 'list': {
      const found = model.lists.find(({ name }) => name === word);
      return found && aboutList(found);
    }
    case 'rule': {
      const found = rulesNamed(word, model).slice(0, 3);
      return found.map(aboutRule).join('\n\n');
    }
    case 'tag':
      return aboutTag(word);
    default:
      return undefined;
  }
}

function aboutFieldOrColumn(file: EditedFile, place: Place, word: string, model: FolderModel): string {
  const { fields, columns } = fieldsAt(file, place, model);
  const [name = ''] = word.split('.');
  const field = grouped(fields).find(([first]) => first.name === name);
  if (field) return aboutField(field);
  const column = grouped(columns).find(([first]) => first.name === name);
  return column ? aboutColumn(column) : '';
}
