/** Reads the groups of alerts that the state holds for a destination, for people who look: nothing is changed. */
import { type Group, shardSchema } from '../../alerts/groups/state.ts';
import { type StateDocuments, UnreadableDocumentError } from '../../checkpoints/documents.ts';
import { indexSchema } from './index-document.ts';
import { folderOf, indexDocument, RULES } from './names.ts';

/** A document with the groups of one rule. */
export interface GroupsDocument {
  readonly destination: string;
  /** Within the destination's folder. */
  readonly name: string;
  /** When its entry in the index was written, ms since the epoch. */
  readonly writtenOn: number;
}

/** The documents of a destination by its index, those that changed last in front. Throws CheckpointError. */
export async function groupsDocuments(
  documents: StateDocuments,
  destination: string,
  signal: AbortSignal,
): Promise<readonly GroupsDocument[]> {
  const stored = await documents.get(indexDocument(destination), signal);
  const index = indexSchema.safeParse(stored?.value).data;
  return Object.entries(index?.shards ?? {})
    .filter(([name]) => name.startsWith(RULES))
    .map(([name, { at }]) => ({ destination, name, writtenOn: at }))
    .sort((a, b) => b.writtenOn - a.writtenOn);
}

/** The groups in a document; none where it is gone, and undefined where it is damaged. Throws CheckpointError. */
export async function groupsIn(
  documents: StateDocuments,
  { destination, name }: GroupsDocument,
  signal: AbortSignal,
): Promise<readonly Group[] | undefined> {
  try {
    const stored = await documents.get(folderOf(destination) + name, signal);
    return stored === undefined ? [] : shardSchema.safeParse(stored.value).data?.groups;
  } catch (thrown) {
    if (thrown instanceof UnreadableDocumentError) return undefined;
    throw thrown;
  }
}
