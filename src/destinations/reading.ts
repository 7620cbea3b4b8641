/** What a destination makes of rows, as far as columns are concerned: for the question which columns anything reads. */
import type { Descriptor } from './descriptor.ts';
import { DESTINATIONS } from './list.ts';
import { type Reading, readingOf } from './reading-of.ts';

/**
 * By name, what the destinations of a relay.yaml make of rows. Entries need not have been checked: what is no destination is left out.
 *
 * @param entries `destinations:` of relay.yaml.
 */
export function readingsOf(entries: Readonly<Record<string, unknown>>): Readonly<Record<string, Reading>> {
  return Object.fromEntries(
    Object.entries(entries).flatMap(([name, entry]) => {
      if (typeof entry !== 'object' || entry === null || !('type' in entry)) return [];
      const descriptor: Descriptor | undefined = DESTINATIONS.find(({ type }) => type === entry.type);
      return descriptor ? [[name, readingOf(descriptor, entry)]] : [];
    }),
  );
}
