/** A checkpoint as JSON, and back. */
import { messageOf } from '../shared/errors.ts';
import { type Checkpoint, checkpointSchema } from './checkpoint.ts';
import { CheckpointError } from './errors.ts';

/** A checkpoint's JSON is some hundred bytes; this leaves room for many destinations. */
export const MAX_CHECKPOINT_BYTES = 65_536;

export function encodeCheckpoint(checkpoint: Checkpoint): Buffer {
  const content = Buffer.from(JSON.stringify(checkpoint));
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
