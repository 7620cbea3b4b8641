/** Reads shared documents for people who look: one that is damaged must not hide the others. */
import { type StateDocuments, UnreadableDocumentError } from './documents.ts';

/**
 * The same documents, of which one that is no JSON, or too long, counts as missing and is told. For readers alone: a writer would take it
 * for a new one.
 *
 * @param onUnreadable called with the document's name at each read.
 */
export function readableOnly(
  documents: StateDocuments,
  onUnreadable: (name: string) => void,
): StateDocuments {
  return {
    ...documents,
    async get(name, signal) {
      try {
        return await documents.get(name, signal);
      } catch (error) {
        if (!(error instanceof UnreadableDocumentError)) throw error;
        onUnreadable(name);
        return undefined;
      }
    },
  };
}

/** Documents as {@link readableOnly}, and the names of those that could not be read. */
export function readableDocuments(documents: StateDocuments): {
  readonly readable: StateDocuments;
  readonly unreadable: ReadonlySet<string>;
} {
  const unreadable = new Set<string>();
  return { readable: readableOnly(documents, (name) => unreadable.add(name)), unreadable };
}

/** What a page or a report says of them. */
export function unreadableText(name: string): string {
  return `The document ${name} of the state is damaged, so what is in it is unknown`;
}
