/** The port to the small JSON documents that consumers share, and the names of their blobs. */
import { messageOf } from '../shared/errors.ts';
import type { JsonValue } from '../shared/json.ts';
import { CheckpointError } from './errors.ts';
import { type Scope, scopeFolder } from './naming.ts';

/** A document, with the ETag that a later write must match. */
export interface StoredDocument {
  /** Parsed JSON, not checked yet: the caller must parse it with a schema. */
  readonly value: JsonValue;
  readonly etag: string;
}

/**
 * Small JSON documents that all consumers share, such as breaker states or the progress of a backfill. They are stored beside the
 * checkpoints as `documents/<name>.json`, or `documents/@<source>/<name>.json` for a named source.
 *
 * Names are path segments of letters, digits, `-`, `_`, `.` and `=`, joined by `/`, 200 characters at most; other names throw a
 * RangeError. The methods throw {@link CheckpointError} with the codes of the checkpoint store.
 */
export interface StateDocuments {
  /** Creates the container if it does not exist. */
  ensure(): Promise<void>;
  /** Throws {@link UnreadableDocumentError} for what is no JSON or too long. */
  get(name: string, signal?: AbortSignal): Promise<StoredDocument | undefined>;
  /**
   * Writes with `If-Match: etag`, or `If-None-Match: *` if `etag` is undefined, and returns the new ETag. A document may have 1 MiB of
   * JSON. Throws `checkpoint_conflict` if another consumer wrote meanwhile.
   */
  put(name: string, value: JsonValue, etag: string | undefined): Promise<string>;
  /**
   * Copies a document as it is, whatever it holds, over another. Throws `checkpoint_conflict` if it is not as it was read, or is gone.
   * Of a document that is far too long, the beginning is copied.
   */
  copy(name: string, to: string, etag: string): Promise<void>;
  /** Removes a document if it exists. With `etag`, throws `checkpoint_conflict` if another consumer wrote meanwhile. */
  remove(name: string, etag?: string): Promise<void>;
  /** Lists the names that begin with `prefix`, in order. */
  list(prefix: string, signal?: AbortSignal): AsyncIterable<string>;
}

export const MAX_DOCUMENT_BYTES = 1_048_576;
/** What {@link StateDocuments.copy} copies at most. */
export const MAX_COPY_BYTES = 4 * MAX_DOCUMENT_BYTES;

/** A document is not JSON, or is longer than a document may be: something other than the relay wrote it. */
export class UnreadableDocumentError extends CheckpointError {
  /** Of what cannot be read. */
  readonly etag: string;
  /** Its content; empty where it is too long. */
  readonly text: string;

  constructor(message: string, { etag, text }: { readonly etag: string; readonly text: string }) {
    super('checkpoint_unreadable', message);
    this.etag = etag;
    this.text = text;
  }
}

const DOCUMENT_FOLDER = 'documents/';

const NAME = /^(?!.{201})[\w=-][\w.=-]*(?:\/[\w=-][\w.=-]*)*$/;

/** The prefix of documents: `documents/@<source>/` with a scope, `documents/` without. */
export function documentFolder(scope?: Scope): string {
  return DOCUMENT_FOLDER + scopeFolder(scope);
}

/** The blob name of a document, `documents/<name>.json`. Throws RangeError. */
export function documentPath(name: string, scope?: Scope): string {
  if (NAME.test(name)) return `${documentFolder(scope)}${name}.json`;
  throw new RangeError(`${JSON.stringify(name)} cannot be a document's name`);
}

export function encodeDocument(path: string, value: JsonValue): Buffer {
  const content = Buffer.from(JSON.stringify(value));
  if (content.length <= MAX_DOCUMENT_BYTES) return content;
  throw new CheckpointError(
    'checkpoint_unreadable',
    `${path}: ${content.length} bytes are more than the ${MAX_DOCUMENT_BYTES} it may have`,
  );
}

/** Throws {@link UnreadableDocumentError}. */
export function decodeDocument(path: string, content: Buffer, etag: string): JsonValue {
  const text = content.toString();
  try {
    return JSON.parse(text);
  } catch (thrown) {
    throw new UnreadableDocumentError(`${path} is not JSON: ${messageOf(thrown)}`, { etag, text });
  }
}
