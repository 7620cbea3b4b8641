/** What a destination makes of rows, as far as columns are concerned: for the question which columns anything reads. */
import type { MappedShape } from '../shared/event.ts';
import type { Descriptor } from './descriptor.ts';
import { DESTINATIONS } from './list.ts';

export interface Reading {
  readonly audience: 'machines' | 'people';
  /** The shape whose mapping reads columns; absent for those that pass all of them on, and for people. */
  readonly shape?: MappedShape;
  /** The columns that its encoding reads of every row. */
  readonly columns: readonly string[];
}

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

function readingOf(descriptor: Descriptor, entry: object): Reading {
  const { audience, reads = [] } = descriptor;
  const columns = typeof reads === 'function' ? reads(entry) : reads;
  const given = 'shape' in entry ? entry.shape : undefined;
  const shape = descriptor.audience === 'machines' ? (given ?? descriptor.shape) : undefined;
  return { audience, columns, ...((shape === 'ecs' || shape === 'ocsf') && { shape }) };
}
