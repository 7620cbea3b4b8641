/** An archive of dead letters in memory. */
import {
  decodeLetter,
  encodeLetter,
  letterName,
  passes,
  summaryOfLetter,
} from '../../src/delivery/dead-letter-record.ts';
import type { DeadLetterArchive, DeadLetterSummary } from '../../src/delivery/dead-letters.ts';
import { type Clock, systemClock } from '../../src/shared/clock.ts';

interface Stored {
  readonly content: Buffer;
  readonly summary: DeadLetterSummary;
  readonly etag: string;
}

/** Makes an archive of dead letters in memory. */
export function createMemoryDeadLetters(options: { readonly clock?: Clock } = {}): DeadLetterArchive {
  const { clock = systemClock } = options;
  const letters = new Map<string, Stored>();
  let writes = 0;

  return {
    async ensure() {},

    async put(letter) {
      const name = letterName(letter);
      const storedOn = clock.now();
      writes += 1;
      letters.set(name, {
        content: encodeLetter(letter, storedOn),
        summary: summaryOfLetter(name, letter, storedOn),
        etag: `"${writes}"`,
      });
    },

    async *list(filter = {}, signal) {
      for (const name of [...letters.keys()].sort()) {
        signal?.throwIfAborted();
        const summary = letters.get(name)?.summary;
        if (summary && passes(summary, filter)) yield summary;
      }
    },

    async get(name, signal) {
      signal?.throwIfAborted();
      const stored = letters.get(name);
      return stored && { ...decodeLetter(stored.content, name, stored.etag), etag: stored.etag };
    },

    async remove(name, etag) {
      const stored = letters.get(name);
      if (!stored) return 'gone';
      if (stored.etag !== etag) return 'changed';
      letters.delete(name);
      return 'removed';
    },
  };
}
