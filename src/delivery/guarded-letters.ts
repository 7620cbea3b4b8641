/** Wraps the dead letters so that no request reaches a state that a newer relay has written. */
import type { StateVersion } from '../checkpoints/state-version.ts';
import type { DeadLetterArchive } from './dead-letters.ts';

/** Dead letters behind the version of the state. The methods also throw the CheckpointErrors of {@link StateVersion}. */
export function guardedLetters(letters: DeadLetterArchive, version: StateVersion): DeadLetterArchive {
  return {
    async ensure() {
      await version.mayWrite();
      await letters.ensure();
    },
    async put(letter) {
      await version.mayWrite();
      await letters.put(letter);
    },
    async get(name, signal) {
      await version.mayRead(signal);
      return await letters.get(name, signal);
    },
    async remove(name, etag) {
      await version.mayWrite();
      return await letters.remove(name, etag);
    },
    async *list(filter, signal) {
      await version.mayRead(signal);
      yield* letters.list(filter, signal);
    },
  };
}
