/** The part of a checkpoint that is stored in its blob's metadata, so that listings show it. */
import { z } from 'zod';
import type { ErrorCode } from '../shared/error-codes.ts';
import { storedCode } from '../shared/stored-code.ts';
import { type Checkpoint, etagSchema } from './checkpoint.ts';
import { cursorsOf } from './cursors.ts';
import { checkpointFolder, checkpointName, type Scope } from './naming.ts';

/** What a listing shows of a checkpoint without reading it. From this the sweep decides whether the blob needs a visit. */
export interface CheckpointSummary {
  /** The source blob's name. */
  readonly name: string;
  /** The source's length in stored bytes, and its creation time (ms since the epoch), at the last check. */
  readonly length: number;
  readonly createdOn: number;
  readonly closed: boolean;
  /** The lowest logical offset over all destinations, without replays; 0 if there is none. */
  readonly offset: number;
  /** The logical end at `length`, if a reader has reached it. */
  readonly end?: number;
  /** When the blob's live task is due, ms since the epoch. */
  readonly due?: number;
  /** When the earliest live task of a cursor that is behind, or of a replay, is due, ms since the epoch. */
  readonly behindDue?: number;
  /** Present if the blob cannot be read: the code of the BlobError, and the time of the next try (ms since the epoch). */
  readonly hold?: { readonly code: ErrorCode; readonly until: number };
  /** The source's ETag at the last check. */
  readonly etag?: string;
}

export function summaryOf(name: string, checkpoint: Checkpoint): CheckpointSummary {
  const { length, createdOn, closed, end, next, hold, etag } = checkpoint;
  const offsets = Object.values(checkpoint.destinations).map((cursor) => cursor.offset);
  const offset = offsets.length === 0 ? 0 : Math.min(...offsets);
  const behind = cursorsOf(checkpoint).flatMap(({ cursor }) => cursor.behind?.due ?? []);
  return {
    name,
    length,
    createdOn,
    closed,
    offset,
    ...(end?.length === length && { end: end.offset }),
    ...(next && { due: next.due }),
    ...(behind.length > 0 && { behindDue: Math.min(...behind) }),
    ...(hold && { hold: { code: hold.code, until: hold.until } }),
    ...(etag !== undefined && { etag }),
  };
}

const integer = z
  .string()
  .regex(/^\d{1,16}$/)
  .transform(Number);

/** The schema of the metadata. Keys must be C# identifiers and values printable ASCII, so a name that had to be hashed is in base64url. */
const metadataSchema = z.lazy(() =>
  z.object({
    length: integer,
    created: integer,
    closed: z.enum(['true', 'false']).transform((text) => text === 'true'),
    offset: integer,
    end: integer.optional(),
    due: integer.optional(),
    behind: integer.optional(),
    held: storedCode.optional(),
    helduntil: integer.optional(),
    etag: etagSchema.optional(),
    source: z.base64url().optional(),
  }),
);

/** Encodes a summary as blob metadata. @param container the source's container. */
export function toMetadata(
  container: string,
  summary: CheckpointSummary,
  scope?: Scope,
): Record<string, string> {
  const { name, length, createdOn, closed, offset, end, due, behindDue, hold, etag } = summary;
  const path = checkpointName({ account: '', container, name }, scope);
  return {
    length: String(length),
    created: String(createdOn),
    closed: String(closed),
    offset: String(offset),
    ...(end !== undefined && { end: String(end) }),
    ...(due !== undefined && { due: String(due) }),
    ...(behindDue !== undefined && { behind: String(behindDue) }),
    ...(hold && { held: hold.code, helduntil: String(hold.until) }),
    ...(etag !== undefined && { etag }),
    ...(path !== checkpointFolder(container, scope) + name && {
      source: Buffer.from(name).toString('base64url'),
    }),
  };
}

/**
 * Decodes what {@link toMetadata} wrote; undefined for a blob that is not a checkpoint of the relay. `path` is the checkpoint's own name,
 * which begins with the `folder` of its container's checkpoints.
 */
export function fromMetadata(
  folder: string,
  path: string,
  metadata: Readonly<Record<string, string>> | undefined,
): CheckpointSummary | undefined {
  const parsed = metadataSchema.safeParse(metadata);
  if (!parsed.success || !path.startsWith(folder)) return undefined;
  const { length, created, closed, offset, end, due, behind, source, held, helduntil, etag } = parsed.data;
  return {
    name: source === undefined ? path.slice(folder.length) : Buffer.from(source, 'base64url').toString(),
    length,
    createdOn: created,
    closed,
    offset,
    ...(end !== undefined && { end }),
    ...(due !== undefined && { due }),
    ...(behind !== undefined && { behindDue: behind }),
    ...(held !== undefined && helduntil !== undefined && { hold: { code: held, until: helduntil } }),
    ...(etag !== undefined && { etag }),
  };
}
