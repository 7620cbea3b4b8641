/** Encodes and decodes checkpoints as JSON. */
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

/** The stored form: all cursors in one object by their {@link storedName}; the cursor of a replay has `to`. */
const storedSchema = z.lazy(() =>
  z.strictObject({
    ...blobRecordSchema.shape,
    destinations: z.record(
      z.string(),
      z.strictObject({ ...cursorSchema.shape, to: z.number().int().nonnegative().optional() }),
    ),
  }),
);

/** A checkpoint as it is stored in `xdr-relay-state`, and in the lines of an exported state. */
export type CheckpointJson = z.infer<typeof storedSchema>;

/** The schema that parses {@link CheckpointJson} into a checkpoint. */
export const checkpointSchema = storedSchema.transform(fromJson);

/** Converts a checkpoint into its stored form. */
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
    // No version of the relay has stored a replay without `to`. If there were one, it would end at once.
    if (replay) replays.push([destination, { ...cursor, to: to ?? cursor.offset }]);
    else destinations.push([destination, cursor]);
  }
  return { ...record, destinations: Object.fromEntries(destinations), replays: Object.fromEntries(replays) };
}

/** The size limit of a checkpoint, which usually has a few hundred bytes; the rest is room for many destinations. */
export const MAX_CHECKPOINT_BYTES = 65_536;

export function encodeCheckpoint(checkpoint: Checkpoint): Buffer {
  const content = Buffer.from(JSON.stringify(checkpointJson(checkpoint)));
  if (content.length <= MAX_CHECKPOINT_BYTES) return content;
  throw new CheckpointError(
    'checkpoint_unreadable',
    `A checkpoint of ${content.length} bytes is more than the ${MAX_CHECKPOINT_BYTES} it may have`,
  );
}

/** Decodes a checkpoint. Throws `checkpoint_unreadable` if it is not JSON, has another shape, or is of a newer version. */
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
