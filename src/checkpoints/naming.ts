/** The names of the blobs that hold checkpoints and claims. */
import { createHash } from 'node:crypto';
import type { BlobRef } from '../shared/blob-ref.ts';
import { type CursorRef, storedName } from '../shared/cursor-ref.ts';

/** The service's limits for a blob's name (Microsoft Learn, "Naming and referencing containers, blobs, and metadata"). */
const MAX_LENGTH = 1024;
const MAX_SEGMENTS = 254;

const HASHED_TAIL = 1 + 64;

/**
 * The source that a state's keys are of: the name of one of several sources. Undefined: the only source, or the one that keeps
 * the keys it had as the only one. It stands as `@<source>` behind the first folder: no container has such a name, and one
 * lifecycle rule covers the checkpoints of all sources.
 */
export type Scope = string | undefined;

/** Where the checkpoint of a source blob lies: `checkpoints/<container>/<name>`, of a named source in `checkpoints/@<source>/`. */
export function checkpointName(ref: BlobRef, scope?: Scope): string {
  const folder = checkpointFolder(ref.container, scope);
  return `${folder}${tame(ref.name, folder)}`;
}

/** Where the claims on a source blob lie: `claims/<container>/<name>`, a cursor's own with `@` and its {@link storedName} behind it. */
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

/** `@<source>/`; empty without a scope. */
export function scopeFolder(scope: Scope): string {
  return scope === undefined ? '' : `@${scope}/`;
}

/**
 * The name itself where it and `folder` make a name that every client and proxy leaves alone. Otherwise the segments
 * that do, then `~` and the SHA-256 of the whole name, so that a listing by prefix still finds it.
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

/** No empty or dot segment, none that ends with a dot, no backslash or control character, none that looks hashed. */
function isPlain(segment: string): boolean {
  return (
    segment.isWellFormed() &&
    // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
    !/^$|^~|\.$|[\\\u0000-\u001f\u007f-\u009f\ufffe\uffff]/.test(segment)
  );
}
