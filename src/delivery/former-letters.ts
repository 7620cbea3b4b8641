/** Shows the dead letters of renamed destinations (`was`) under their new names. */
import type { FormerNames } from '../checkpoints/former-names.ts';
import { letterName } from './dead-letter-record.ts';
import type { DeadLetter, DeadLetterArchive } from './dead-letters.ts';

/**
 * Wraps an archive so that letters of an old name belong to the new one: listings by the new name include them, and they are sent to the
 * renamed destination. They keep their stored names, which contain the old destination. Storing such a letter again replaces the letter
 * under the old name.
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
      // In the order of their folders, so that all names of the listing are in order: who goes on behind one names it.
      const names =
        typeof destination === 'string'
          ? [destination, ...oldNamesOf(destination)].sort((a, b) => (`${a}/` < `${b}/` ? -1 : 1))
          : [destination];
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
