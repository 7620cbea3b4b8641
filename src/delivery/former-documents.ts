/** Moves the shared documents of renamed destinations (`was`) to their new names. */
import type { StateDocuments } from '../checkpoints/documents.ts';
import type { FormerNames } from '../checkpoints/former-names.ts';
import { createDocument } from '../checkpoints/update-document.ts';
import { breakerDocument } from './breaker.ts';
import { HOLDS_FOLDER } from './table-holds.ts';

/**
 * Moves breakers and held tables from old names to new ones. Records that the new name already has stay. Several consumers may do this
 * at the same time. Throws CheckpointError.
 */
export async function takeOverDocuments(documents: StateDocuments, former: FormerNames): Promise<void> {
  for (const [old, name] of former) {
    await move(documents, breakerDocument(old), breakerDocument(name));
    await move(documents, HOLDS_FOLDER + old, HOLDS_FOLDER + name);
  }
}

async function move(documents: StateDocuments, from: string, to: string): Promise<void> {
  const stored = await documents.get(from);
  if (!stored) return;
  await createDocument(documents, to, stored.value);
  await documents.remove(from);
}
