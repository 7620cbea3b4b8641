/** Names the blobs that hold checkpoints and claims. */
import { createHash } from 'node:crypto';
import type { BlobRef } from '../shared/blob-ref.ts';
import { type CursorRef, storedName } from '../shared/cursor-ref.ts';

/** The service's length limit for a blob's name (Microsoft Learn, "Naming and referencing containers, blobs, and metadata"). */
const MAX_LENGTH = 1024;
const MAX_SEGMENTS = 254;

const HASHED_TAIL = 1 + 64;

/**
 * The source whose name is part of its state's keys. Undefined for a single source, and for a source that keeps the keys from the time
 * when it was the only one. The key contains it as `@<source>` after the first folder: no container can have such a name, and one
 * lifecycle rule covers the checkpoints of all sources.
 */
export type Scope = string | undefined;

/** The blob name of a checkpoint: `checkpoints/<container>/<name>`, for a named source under `checkpoints/@<source>/`. */
export function checkpointName(ref: BlobRef, scope?: Scope): string {
  const folder = checkpointFolder(ref.container, scope);
  return `${folder}${tame(ref.name, folder)}`;
}

/** The blob name of a claim: `claims/<container>/<name>`, for a claim on one cursor followed by `@` and its {@link storedName}. */
export function claimName(ref: BlobRef, cursor?: CursorRef, scope?: Scope): string {
  const folder = claimFolder(ref.container, scope);
  return `${folder}${tame(cursor ? `${ref.name}@${storedName(cursor)}` : ref.name, folder)}`;
}

/** The prefix of all claims on blobs of one source container. */
export function claimFolder(container: string, scope?: Scope): string {
  return `claims/${scopeFolder(scope)}${container}/`;
}

/** The prefix of all checkpoints of one source container. */
export function checkpointFolder(container: string, scope?: Scope): string {
  return `checkpoints/${scopeFolder(scope)}${container}/`;
}

/** The folder of a scope, `@<source>/`; empty without a scope. */
export function scopeFolder(scope: Scope): string {
  return scope === undefined ? '' : `@${scope}/`;
}

/**
 * Returns the name unchanged if it is a name that no client or proxy changes. Otherwise returns its leading segments that are safe, then
 * `~` and the SHA-256 of the whole name, so that a listing by prefix still finds it.
 */
function tame(name: string, folder: string): string {
  const segments = name.split('/');
  const plain = segments.findIndex((segment) => !isPlain(segment));
  const tooMany = segments.length + folder.split('/').length > MAX_SEGMENTS;
  if (plain < 0 && !tooMany && folder.length + name.length <= MAX_LENGTH) return name;

  let kept = '';
  const usable = Math.min(plain < 0 ? segments.length : plain, MAX_SEGMENTS / 2);
  for (const segment of segments.slice(0, usable)) {
    if (folder.length + kept.length + segment.length + 1 + HASHED_TAIL > MAX_LENGTH) break;
    kept += `${segment}/`;
  }
  return `${kept}~${createHash('sha256').update(name).digest('hex')}`;
}

/** Whether a segment is safe: not empty, not a dot segment, without a dot at its end, without backslashes and control characters, and not like a hashed one. */
function isPlain(segment: string): boolean {
  return (
    segment.isWellFormed() &&
    // biome-ignore lint/suspicious/noControlCharactersInRegex: the pattern searches for control characters
    !/^$|^~|\.$|[\\\u0000-\u001f\u007f-\u009f\ufffe\uffff]/.test(segment)
  );
}
