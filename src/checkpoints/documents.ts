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
  get(name: string, signal?: AbortSignal): Promise<StoredDocument | undefined>;
  /**
   * Writes with `If-Match: etag`, or `If-None-Match: *` if `etag` is undefined, and returns the new ETag. A document may have 1 MiB of
   * JSON. Throws `checkpoint_conflict` if another consumer wrote meanwhile.
   */
  put(name: string, value: JsonValue, etag: string | undefined): Promise<string>;
  /** Removes a document if it exists. With `etag`, throws `checkpoint_conflict` if another consumer wrote meanwhile. */
  remove(name: string, etag?: string): Promise<void>;
  /** Lists the names that begin with `prefix`, in order. */
  list(prefix: string, signal?: AbortSignal): AsyncIterable<string>;
}

export const MAX_DOCUMENT_BYTES = 1_048_576;

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

export function decodeDocument(path: string, content: Buffer): JsonValue {
  try {
    return JSON.parse(content.toString());
  } catch (thrown) {
    throw new CheckpointError('checkpoint_unreadable', `${path} is not JSON: ${messageOf(thrown)}`);
  }
}
