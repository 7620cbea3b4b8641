/** What one notifier knows of the index: as it was last read, and what it is to be told with the next write. */
import { type AlertIndex, type Told, withTold } from '../index-document.ts';

export class KnownIndex {
  /** As it was last read; undefined before, and where there is none. */
  last: AlertIndex | undefined;
  /** By document, entries that the index does not have yet. */
  readonly told: Told = new Map();

  /** An index with the entries that it is to be told. */
  completed(index: AlertIndex): AlertIndex {
    return withTold(index, this.told);
  }
}
