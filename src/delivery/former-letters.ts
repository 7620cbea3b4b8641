/** Dead letters of destinations that were renamed (`was`): they are those of the new name. */
import type { FormerNames } from '../checkpoints/former-names.ts';
import { letterName } from './dead-letter-record.ts';
import type { DeadLetter, DeadLetterArchive } from './dead-letters.ts';

/**
 * Shows letters of old names as letters of the new ones: a listing by the new name has them, and they are sent to it. They keep the
 * names they are stored under, which have the old destination in them. A letter that is put again replaces what lies under an old name.
 */
export function withFormerLetters(archive: DeadLetterArchive, former: FormerNames): DeadLetterArchive {
  if (former.size === 0) return archive;
  const current = (name: string | undefined) => (name === undefined ? name : (former.get(name) ?? name));
  const oldNamesOf = (name: string) => [...former].filter(([, to]) => to === name).map(([old]) => old);

  async function removeOld(letter: DeadLetter): Promise<void> {
    if (letter.destination === undefined) return;
    for (const destination of oldNamesOf(letter.destination)) {
      const name = letterName({ ...letter, destination });
      const stored = await archive.get(name);
      if (stored) await archive.remove(name, stored.etag);
    }
  }

  return {
    ensure: () => archive.ensure(),

    async put(letter) {
      await archive.put(letter);
      await removeOld(letter);
    },

    async *list(filter = {}, signal) {
      const { destination } = filter;
      const names =
        typeof destination === 'string' ? [destination, ...oldNamesOf(destination)] : [destination];
      for (const name of names) {
        const one = name === undefined ? filter : { ...filter, destination: name };
        for await (const summary of archive.list(one, signal)) {
          yield { ...summary, destination: current(summary.destination) };
        }
      }
    },

    async get(name, signal) {
      const stored = await archive.get(name, signal);
      return (
        stored && {
          ...stored,
          letter: { ...stored.letter, destination: current(stored.letter.destination) },
        }
      );
    },

    remove: (name, etag) => archive.remove(name, etag),
  };
}
