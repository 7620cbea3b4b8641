/** How often rules matched: counted on rows, or read from the counters of relays. */
import { increment } from '../../shared/counts.ts';

/** A rule, as far as its hits are told apart by it. */
interface Named {
  readonly title: string;
  readonly id?: string;
}

/** The hits of rules, and how many rows there were. Adding is the only change. */
export class HitCounts {
  /** The number of rows by table, in lower case. */
  readonly rows = new Map<string, number>();
  readonly #hits = new Map<string, number>();

  addRows(table: string, count = 1): void {
    increment(this.rows, table.toLowerCase(), count);
  }

  /** Counts a match of a rule by its id; by its title if it has none. */
  addHit({ id, title }: Named, count = 1): void {
    increment(this.#hits, id ?? title, count);
  }

  of({ id, title }: Named): number {
    return this.#hits.get(id ?? title) ?? 0;
  }
}
