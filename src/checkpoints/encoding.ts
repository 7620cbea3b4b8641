/** A checkpoint as JSON, and back. */
import { z } from 'zod';
import { cursorNamed, storedName } from '../shared/cursor-ref.ts';
import { messageOf } from '../shared/errors.ts';
import {
  blobRecordSchema,
  type Checkpoint,
  type Cursor,
  cursorSchema,
  type ReplayCursor,
} from './checkpoint.ts';
import { cursorsOf } from './cursors.ts';
import { CheckpointError } from './errors.ts';

/** What is stored: all cursors stand together, each by its {@link storedName}, and a replay's has `to`. */
const storedSchema = z.strictObject({
  ...blobRecordSchema.shape,
  destinations: z.record(
    z.string(),
    z.strictObject({ ...cursorSchema.shape, to: z.number().int().nonnegative().optional() }),
  ),
});

/** A checkpoint as it is stored in `xdr-relay-state`, and in the lines of an exported state. */
export type CheckpointJson = z.infer<typeof storedSchema>;

/** Reads {@link CheckpointJson}. */
export const checkpointSchema = storedSchema.transform(fromJson);

/** The form that is stored. */
export function checkpointJson(checkpoint: Checkpoint): CheckpointJson {
  const { replays: _, ...record } = checkpoint;
  const cursors = cursorsOf(checkpoint).map(({ ref, cursor }) => [storedName(ref), cursor]);
  return { ...record, destinations: Object.fromEntries(cursors) };
}

function fromJson({ destinations: cursors, ...record }: CheckpointJson): Checkpoint {
  const destinations: [string, Cursor][] = [];
  const replays: [string, ReplayCursor][] = [];
  for (const [name, { to, ...cursor }] of Object.entries(cursors)) {
    const { destination, replay } = cursorNamed(name);
    // No version has stored a replay without an end; one that were there ends at once.
    if (replay) replays.push([destination, { ...cursor, to: to ?? cursor.offset }]);
    else destinations.push([destination, cursor]);
  }
  return { ...record, destinations: Object.fromEntries(destinations), replays: Object.fromEntries(replays) };
}

/** A checkpoint's JSON is some hundred bytes; this leaves room for many destinations. */
export const MAX_CHECKPOINT_BYTES = 65_536;

export function encodeCheckpoint(checkpoint: Checkpoint): Buffer {
  const content = Buffer.from(JSON.stringify(checkpointJson(checkpoint)));
  if (content.length <= MAX_CHECKPOINT_BYTES) return content;
  throw new CheckpointError(
    'checkpoint_unreadable',
    `A checkpoint of ${content.length} bytes is more than the ${MAX_CHECKPOINT_BYTES} it may have`,
  );
}

/** Throws `checkpoint_unreadable`: not JSON, of another shape, or of a newer version. */
export function decodeCheckpoint(content: Buffer, name: string): Checkpoint {
  let value: unknown;
  try {
    value = JSON.parse(content.toString());
  } catch (thrown) {
    throw new CheckpointError('checkpoint_unreadable', `${name} is not JSON: ${messageOf(thrown)}`);
  }
  const parsed = checkpointSchema.safeParse(value);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  throw new CheckpointError(
    'checkpoint_unreadable',
    `${name} is not a checkpoint this version can read: ${issue?.path.join('.')}: ${issue?.message}`,
  );
}
