/** Where what is under the pointer is defined: a rule, a list, a destination, a variable. */
import { type Span, START } from '../../diagnostics/diagnostic.ts';
import type { EditedFile } from './document.ts';
import type { FolderModel } from './model.ts';
import { pointedAt } from './pointed.ts';
import { keyReference, valueReference } from './references.ts';
import { rulesNamed } from './rule-names.ts';

/** A place in a file of the set of rule files, or in relay.yaml. */
export interface Definition {
  /** Undefined for relay.yaml. */
  readonly file: string | undefined;
  readonly span: Span;
}

export function definitionsAt(file: EditedFile, offset: number, model: FolderModel): readonly Definition[] {
  const pointed = pointedAt(file, offset);
  if (!pointed) return [];
  const { place, role, word } = pointed;
  const { path } = place.cursor;
  const reference =
    role === 'key'
      ? place.inDetection
        ? undefined
        : keyReference(file.kind, path)
      : (pointed.reference ?? valueReference(file.kind, path));
  switch (reference) {
    case 'rule':
      return rulesNamed(word, model).map(({ file: where, span }) => ({ file: where, span }));
    case 'list':
      return model.lists.flatMap(({ name, file: where }) =>
        name === word && where !== undefined ? [{ file: where, span: START }] : [],
      );
    case 'destination':
      return (model.destinations ?? []).flatMap(({ name, span }) =>
        name === word ? [{ file: undefined, span }] : [],
      );
    default:
      return [];
  }
}
