/** What an editor is told at a place of a text, as the editor server tells it. Loaded when an editor first asks. */
import { folderModel, type ModelSource } from '../../../src/rules/editor/build-model.ts';
import { completionsAt } from '../../../src/rules/editor/completion.ts';
import type { EditedFile } from '../../../src/rules/editor/document.ts';
import { fileKindOf } from '../../../src/rules/editor/file-kinds.ts';
import { hoverAt } from '../../../src/rules/editor/hover.ts';
import { EMPTY_MODEL, type FolderModel } from '../../../src/rules/editor/model.ts';
import { type Asks, RELAY_FILE } from './messages.ts';
import type { ReadRelay } from './relay.ts';

/** What the files hold that were checked last. */
export interface Known {
  readonly source: ModelSource;
  readonly relay: ReadRelay;
}

/** Models are made when an editor asks: a person who only looks at rows needs none. */
const models = new WeakMap<Known, FolderModel>();

/** @param known undefined before anything was checked. */
export function completions(
  { file, text, offset }: Asks['complete']['of'],
  known: Known | undefined,
): Asks['complete']['answer'] {
  const edited = editedFile(file, text, known);
  if (!edited) return [];
  return completionsAt(edited, offset, modelOf(known)).map(({ rank: _, detail, about, ...item }) => ({
    ...item,
    ...(detail !== undefined && { detail }),
    ...(about !== undefined && { about }),
  }));
}

/** @param known undefined before anything was checked. */
export function hover(
  { file, text, offset }: Asks['hover']['of'],
  known: Known | undefined,
): Asks['hover']['answer'] {
  const edited = editedFile(file, text, known);
  return edited && hoverAt(edited, offset, modelOf(known));
}

function modelOf(known: Known | undefined): FolderModel {
  if (!known) return EMPTY_MODEL;
  let model = models.get(known);
  if (!model) {
    model = folderModel(known.source);
    models.set(known, model);
  }
  return model;
}

function editedFile(path: string, text: string, known: Known | undefined): EditedFile | undefined {
  if (path === RELAY_FILE) return { kind: 'relay', path, text, relaySchema: known?.relay.schema };
  const kind = fileKindOf(path);
  return kind && { kind, path, text };
}
