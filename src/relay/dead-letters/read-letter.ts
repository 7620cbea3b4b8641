/** Reads a dead letter whatever is in it: something else may have damaged it, and it must not stand in the way of the others. */
import {
  type DeadLetterArchive,
  type StoredDeadLetter,
  UnreadableLetterError,
} from '../../delivery/dead-letters.ts';

/** Undefined where it is gone; of what cannot be read, the error says why and has the ETag. Throws the other DeadLetterErrors. */
export async function readLetter(
  deadLetters: Pick<DeadLetterArchive, 'get'>,
  name: string,
  signal?: AbortSignal,
): Promise<StoredDeadLetter | UnreadableLetterError | undefined> {
  try {
    return await deadLetters.get(name, signal);
  } catch (error) {
    if (error instanceof UnreadableLetterError) return error;
    throw error;
  }
}
