/** The port of the small JSON documents that consumers share, and how the documents are named and encoded. */
import { messageOf } from '../shared/errors.ts';
import type { JsonValue } from '../shared/json.ts';
import { CheckpointError } from './errors.ts';
import { type Scope, scopeFolder } from './naming.ts';

/** A document as it was read, with what a later write must match. */
export interface StoredDocument {
  /** Parsed JSON, not yet checked: parse it with a schema of your own. */
  readonly value: JsonValue;
  readonly etag: string;
}

/**
 * Small JSON documents that all consumers share: breaker states, progress of a backfill.
 * They lie beside the checkpoints, as `documents/<name>.json`, those of a named source as `documents/@<source>/<name>.json`.
 *
 * Names are path segments of letters, digits, `-`, `_`, `.` and `=`, joined by `/`, 200 characters at most; another
 * one is a RangeError. Throws {@link CheckpointError} with the codes of the checkpoint store.
 */
export interface StateDocuments {
  /** Creates the container where it does not exist. */
  ensure(): Promise<void>;
  get(name: string, signal?: AbortSignal): Promise<StoredDocument | undefined>;
  /**
   * Writes with `If-Match: etag`, or `If-None-Match: *` when `etag` is undefined, and returns the new ETag.
   * At most 1 MiB of JSON. Throws `checkpoint_conflict` when somebody else wrote meanwhile.
   */
  put(name: string, value: JsonValue, etag: string | undefined): Promise<string>;
  /** Removes it if it is there; with `etag`, throws `checkpoint_conflict` when somebody else wrote meanwhile. */
  remove(name: string, etag?: string): Promise<void>;
  /** Names that begin with `prefix`, in order. */
  list(prefix: string, signal?: AbortSignal): AsyncIterable<string>;
}

export const MAX_DOCUMENT_BYTES = 1_048_576;

const DOCUMENT_FOLDER = 'documents/';

const NAME = /^(?!.{201})[\w=-][\w.=-]*(?:\/[\w=-][\w.=-]*)*$/;

/** The prefix of a source's documents, `documents/@<source>/`; without a scope that of all consumers' own, `documents/`. */
export function documentFolder(scope?: Scope): string {
  return DOCUMENT_FOLDER + scopeFolder(scope);
}

/** `documents/<name>.json`; throws RangeError. */
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
