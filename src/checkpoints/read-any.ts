/** Reads a shared document whatever is in it: something else may have damaged it. */
import type { JsonValue } from '../shared/json.ts';
import { type StateDocuments, UnreadableDocumentError } from './documents.ts';

/** Undefined where it is gone; what is no JSON has no value. Throws the other CheckpointErrors. */
export async function readAny(
  documents: StateDocuments,
  name: string,
  signal?: AbortSignal,
): Promise<{ readonly value: JsonValue | undefined; readonly etag: string } | undefined> {
  try {
    return await documents.get(name, signal);
  } catch (error) {
    if (!(error instanceof UnreadableDocumentError)) throw error;
    return { value: undefined, etag: error.etag };
  }
}
