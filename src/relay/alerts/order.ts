/** The order in which rules are served: the highest severity first, no rule again and again before the others, and nobody waits for ever. */
import { type AlertIndex, dueOf, type Entry, isUpkeep } from './index-document.ts';

/** What has waited for so long counts as one severity higher, and so on. Milliseconds. */
const AGING_MS = 30_000;
/** Each turn of a rule within this time counts as one severity lower: many messages of one rule keep no other waiting. Milliseconds. */
const RECENT_MS = 10_000;
/** Below the rank of anything that has something to say. */
const LAST = Number.NEGATIVE_INFINITY;
/** Rules of which the last turn is remembered. */
const REMEMBERED = 2_000;

export class Order {
  /** By document, the number of its last turn, and when its latest ones were, ms since the epoch. */
  readonly #turns = new Map<string, { readonly turn: number; readonly times: readonly number[] }>();
  /** Documents whose message failed since the destination last took one. */
  readonly #failed = new Set<string>();
  #turn = 0;

  /** The documents that have something due at `now`, ms since the epoch, the most urgent first. */
  due({ shards }: AlertIndex, now: number): readonly string[] {
    return Object.entries(shards)
      .filter(([, entry]) => dueOf(entry, now) <= now)
      .map(([name, entry]) => ({
        name,
        rank: rankOf(name, entry, now) - this.#recent(name, now).length,
        isBehind: this.#failed.has(name),
        turn: this.#turns.get(name)?.turn ?? 0,
        entry,
      }))
      .sort(
        (one, other) =>
          behind(one) - behind(other) ||
          other.rank - one.rank ||
          one.turn - other.turn ||
          one.entry.due - other.entry.due,
      )
      .map(({ name }) => name);
  }

  /** Records that a document had its turn at `now`, ms since the epoch. */
  served(name: string, now: number): void {
    this.#turn += 1;
    const times = [...this.#recent(name, now), now];
    this.#turns.delete(name);
    this.#turns.set(name, { turn: this.#turn, times });
    const [oldest] = this.#turns.keys();
    if (this.#turns.size > REMEMBERED && oldest !== undefined) this.#turns.delete(oldest);
  }

  /**
   * Records that the message of a document failed, or was taken. What failed comes behind what was not tried since: the next try of a destination
   * that took nothing is with another message, which may be for another of its places.
   */
  answered(name: string, isTaken: boolean): void {
    if (isTaken || this.#failed.size >= REMEMBERED) this.#failed.clear();
    if (!isTaken) this.#failed.add(name);
  }

  #recent(name: string, now: number): readonly number[] {
    return this.#turns.get(name)?.times.filter((at) => at > now - RECENT_MS && at <= now) ?? [];
  }
}

/** Documents that are only looked at are behind those that failed, too. */
function behind({ rank, isBehind }: { readonly rank: number; readonly isBehind: boolean }): number {
  return isBehind && rank !== LAST ? 1 : rank === LAST ? 2 : 0;
}

function rankOf(name: string, entry: Entry, now: number): number {
  // However many documents are over, and for however long: alerts come first.
  if (isUpkeep(name, entry)) return LAST;
  return entry.severity + Math.floor((now - dueOf(entry, now)) / AGING_MS);
}
