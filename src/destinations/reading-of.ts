/** What one destination makes of rows, as far as columns are concerned. */
import type { MappedShape } from '../shared/event.ts';
import type { Descriptor } from './descriptor.ts';

export interface Reading {
  readonly audience: 'machines' | 'people';
  /** The shape whose mapping reads columns; absent for those that pass all of them on, and for people. */
  readonly shape?: MappedShape;
  /** The columns that its encoding reads of every row. */
  readonly columns: readonly string[];
}

/** @param entry of `destinations:` in relay.yaml; it need not have been checked. */
export function readingOf(descriptor: Descriptor, entry: object): Reading {
  const { audience, reads = [] } = descriptor;
  const columns = typeof reads === 'function' ? reads(entry) : reads;
  const given = 'shape' in entry ? entry.shape : undefined;
  const shape = descriptor.audience === 'machines' ? (given ?? descriptor.shape) : undefined;
  return { audience, columns, ...((shape === 'ecs' || shape === 'ocsf') && { shape }) };
}
