/** Counts the rows of a minute by table and destination, so that no more of them are sent than the rules allow. */

/** How many minutes are remembered for each table and destination: blobs are read hours apart, each from its beginning. */
const MINUTES = 240;
/** Tables and destinations that are remembered. */
const MOST = 4_096;
/** Blobs whose decisions are remembered, by destination. */
const MOST_BLOBS = 16_384;
/** Stretches of refused rows that are remembered of a blob; the oldest is forgotten, and its rows are then sent if they are read again. */
const MOST_STRETCHES = 256;
const MINUTE_MS = 60_000;

/** A row that is to be sent, as far as limits depend on it. */
export interface LimitedRow {
  readonly table: string;
  readonly destination: string;
  /** The most rows of its minute. */
  readonly limit: number;
  /** When the row was written, ms since the epoch. */
  readonly time: number;
  readonly blob: string;
  /** Where it begins in the blob. */
  readonly offset: number;
}

/** What was decided about the rows of a blob. */
interface Decisions {
  /** The offset of the last row that was decided about. */
  last: number;
  isLastRefused: boolean;
  /** The offsets of the first and the last row of each stretch of refused rows, in order. */
  readonly refused: { readonly from: number; to: number }[];
}

/** The counts of one process. After a restart they begin anew. */
export class RowLimits {
  readonly #counts = new Map<string, Map<number, number>>();
  readonly #decisions = new Map<string, Decisions>();

  /**
   * Counts a row, and says whether it may be sent: `over` if as many rows as the limit allows were counted in its minute.
   *
   * A row that is read again, because it could not be delivered, is decided as before and not counted a second time: else a destination
   * that is down would use up its limit with rows that it never got. `over-before` is such a row that was over the limit.
   */
  take(row: LimitedRow): 'within' | 'over' | 'over-before' {
    const { offset } = row;
    const decisions = this.#decisionsOf(row);
    if (offset <= decisions.last) {
      const stretch = decisions.refused.findLast(({ from }) => from <= offset);
      return stretch && offset <= stretch.to ? 'over-before' : 'within';
    }
    const isRefused = !this.#count(row);
    const stretch = decisions.isLastRefused ? decisions.refused.at(-1) : undefined;
    if (isRefused && stretch) stretch.to = offset;
    else if (isRefused) {
      decisions.refused.push({ from: offset, to: offset });
      if (decisions.refused.length > MOST_STRETCHES) decisions.refused.shift();
    }
    decisions.last = offset;
    decisions.isLastRefused = isRefused;
    return isRefused ? 'over' : 'within';
  }

  #decisionsOf({ blob, destination }: LimitedRow): Decisions {
    const key = `${destination} ${blob}`;
    let decisions = this.#decisions.get(key);
    if (!decisions) {
      if (this.#decisions.size >= MOST_BLOBS) removeFirst(this.#decisions);
      decisions = { last: -1, isLastRefused: false, refused: [] };
      this.#decisions.set(key, decisions);
    }
    return decisions;
  }

  #count({ table, destination, limit, time }: LimitedRow): boolean {
    const key = `${table} ${destination}`;
    let minutes = this.#counts.get(key);
    if (!minutes) {
      if (this.#counts.size >= MOST) removeFirst(this.#counts);
      minutes = new Map();
      this.#counts.set(key, minutes);
    }
    const minute = Math.floor(time / MINUTE_MS);
    const count = minutes.get(minute) ?? 0;
    if (count >= limit) return false;
    if (count === 0 && minutes.size >= MINUTES) removeFirst(minutes);
    minutes.set(minute, count + 1);
    return true;
  }
}

function removeFirst<K>(map: Map<K, unknown>): void {
  const [first] = map.keys();
  if (first !== undefined) map.delete(first);
}
