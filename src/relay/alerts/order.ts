/** The order in which rules are served: the highest severity first, rules of equal severity in turn, and nobody waits for ever. */
import { type AlertIndex, dueOf, type Entry, isUpkeep } from './index-document.ts';

/** What has waited for so long counts as one severity higher, and so on. Milliseconds. */
const AGING_MS = 30_000;
/** Below the rank of anything that has something to say. */
const LAST = -2;
/** Rules of which the last turn is remembered. */
const REMEMBERED = 2_000;

export class Order {
  /** By document, the number of its last turn. */
  readonly #turns = new Map<string, number>();
  #turn = 0;

  /** The documents that have something due at `now`, ms since the epoch, the most urgent first. */
  due({ shards }: AlertIndex, now: number): readonly string[] {
    return Object.entries(shards)
      .filter(([, entry]) => dueOf(entry, now) <= now)
      .map(([name, entry]) => ({
        name,
        rank: rankOf(name, entry, now),
        turn: this.#turns.get(name) ?? 0,
        entry,
      }))
      .sort((one, other) => other.rank - one.rank || one.turn - other.turn || one.entry.due - other.entry.due)
      .map(({ name }) => name);
  }

  /** Records that a document had its turn. */
  served(name: string): void {
    this.#turn += 1;
    this.#turns.delete(name);
    this.#turns.set(name, this.#turn);
    const [oldest] = this.#turns.keys();
    if (this.#turns.size > REMEMBERED && oldest !== undefined) this.#turns.delete(oldest);
  }
}

function rankOf(name: string, entry: Entry, now: number): number {
  // However many documents are over, and for however long: alerts come first.
  if (isUpkeep(name, entry)) return LAST;
  return entry.severity + Math.floor((now - dueOf(entry, now)) / AGING_MS);
}
