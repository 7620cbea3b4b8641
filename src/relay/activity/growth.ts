/** Tells by how much counters grew from one sample to the next. */
import { LABEL_NAMES } from '../../shared/metrics.ts';

/**
 * Counters by name and labels. A counter that fell has restarted, as when a thread was replaced, and may be a sum of several of which only one
 * did: then nothing is counted and the new value is the one to grow from, because too few is better than rows that were never read.
 */
export class Growth {
  readonly #last = new Map<string, number>();

  /** By how much a counter grew since the call before; the first time, from 0. Never negative. */
  of(name: string, labels: Readonly<Record<string, string>>, value: number): number {
    const key = keyOf(name, labels);
    const grown = value - (this.#last.get(key) ?? 0);
    this.#last.set(key, value);
    return grown > 0 ? grown : 0;
  }
}

/** As labels come in any order. There are thousands of series in a sample, so nothing is sorted. */
function keyOf(name: string, labels: Readonly<Record<string, string>>): string {
  let key = name;
  for (const label of LABEL_NAMES) {
    const value = labels[label];
    if (value !== undefined) key += `\0${label}\0${value}`;
  }
  return key;
}
