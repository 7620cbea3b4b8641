/** What consumers share about destinations that were renamed (`was`): it goes over to the new name. */
import type { StateDocuments } from '../checkpoints/documents.ts';
import type { FormerNames } from '../checkpoints/former-names.ts';
import { createDocument } from '../checkpoints/update-document.ts';
import { breakerDocument } from './breaker.ts';
import { HOLDS_FOLDER } from './table-holds.ts';

/**
 * Moves breakers and held tables of old names to the new ones; what the new name has already stays. Several consumers may do it at
 * once. Throws CheckpointError.
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
