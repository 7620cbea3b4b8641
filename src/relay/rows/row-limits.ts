/** Counts the rows of a minute by table and destination, so that no more of them are sent than the rules allow. */

/** How many minutes are remembered for each table and destination: blobs are read hours apart, each from its beginning. */
const MINUTES = 240;
/** Tables and destinations that are remembered. */
const MOST = 4_096;
const MINUTE_MS = 60_000;

/** The counts of one process. After a restart they begin anew. */
export class RowLimits {
  readonly #counts = new Map<string, Map<number, number>>();

  /** Counts a row. False if as many rows as the limit allows were counted in its minute. @param time milliseconds since the epoch. */
  take(
    table: string,
    destination: string,
    { limit, time }: { readonly limit: number; readonly time: number },
  ): boolean {
    const key = `${table} ${destination}`;
    let minutes = this.#counts.get(key);
    if (!minutes) {
      if (this.#counts.size >= MOST) this.#counts.clear();
      minutes = new Map();
      this.#counts.set(key, minutes);
    }
    const minute = Math.floor(time / MINUTE_MS);
    const count = minutes.get(minute) ?? 0;
    if (count >= limit) return false;
    if (count === 0 && minutes.size >= MINUTES) {
      const [oldest] = minutes.keys();
      if (oldest !== undefined) minutes.delete(oldest);
    }
    minutes.set(minute, count + 1);
    return true;
  }
}
