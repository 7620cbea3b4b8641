/** Shared documents in memory. */
import { conflict } from '../../src/checkpoints/attempt.ts';
import {
  decodeDocument,
  documentFolder,
  documentPath,
  encodeDocument,
  type StateDocuments,
} from '../../src/checkpoints/documents.ts';

/** {@link StateDocuments} in this process's memory. */
export function createMemoryStateDocuments(): StateDocuments {
  const documents = new Map<string, { readonly content: Buffer; readonly etag: string }>();
  let writes = 0;

  function guard(path: string, etag: string | undefined): void {
    if (documents.get(path)?.etag !== etag) throw conflict(path);
  }

  return {
    async ensure() {},

    async get(name, signal) {
      signal?.throwIfAborted();
      const path = documentPath(name);
      const stored = documents.get(path);
      return stored && { value: decodeDocument(path, stored.content), etag: stored.etag };
    },

    async put(name, value, etag) {
      const path = documentPath(name);
      const content = encodeDocument(path, value);
      guard(path, etag);
      writes += 1;
      documents.set(path, { content, etag: `"${writes}"` });
      return `"${writes}"`;
    },

    async remove(name, etag) {
      const path = documentPath(name);
      if (etag !== undefined) guard(path, etag);
      documents.delete(path);
    },

    async *list(prefix, signal) {
      for (const path of [...documents.keys()].sort()) {
        signal?.throwIfAborted();
        const name = path.slice(documentFolder().length, -'.json'.length);
        if (name.startsWith(prefix)) yield name;
      }
    },
  };
}
