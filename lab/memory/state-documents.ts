/** Shared documents in memory. */
import { randomUUID } from 'node:crypto';
import { conflict } from '../../src/checkpoints/attempt.ts';
import {
  decodeDocument,
  documentFolder,
  documentPath,
  encodeDocument,
  MAX_COPY_BYTES,
  MAX_DOCUMENT_BYTES,
  type StateDocuments,
  UnreadableDocumentError,
} from '../../src/checkpoints/documents.ts';

/** What is stored, by path. */
export type StoredDocuments = Map<string, { readonly content: Buffer; readonly etag: string }>;

/** Writes anything at all in place of a document, as something other than the relay would. */
export function damageDocument(documents: StoredDocuments, name: string, content: string): void {
  documents.set(documentPath(name), { content: Buffer.from(content), etag: `"damaged-${randomUUID()}"` });
}

/** {@link StateDocuments} in this process's memory. */
export function createMemoryStateDocuments(documents: StoredDocuments = new Map()): StateDocuments {
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
      if (stored === undefined) return undefined;
      const { content, etag } = stored;
      if (content.length > MAX_DOCUMENT_BYTES) {
        throw new UnreadableDocumentError(`${path}: ${content.length} bytes are too many`, {
          etag,
          text: '',
        });
      }
      return { value: decodeDocument(path, content, etag), etag };
    },

    async put(name, value, etag) {
      const path = documentPath(name);
      const content = encodeDocument(path, value);
      guard(path, etag);
      writes += 1;
      documents.set(path, { content, etag: `"${writes}"` });
      return `"${writes}"`;
    },

    async copy(name, to, etag) {
      const path = documentPath(name);
      guard(path, etag);
      const { content } = documents.get(path) ?? { content: Buffer.alloc(0) };
      writes += 1;
      documents.set(documentPath(to), { content: content.subarray(0, MAX_COPY_BYTES), etag: `"${writes}"` });
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
