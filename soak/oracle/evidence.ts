/** What a destination did to rows, by its own log: the only proof that a row may be passed or given up. */
import { type RowKey, rowKey, type SoakLog } from './log.ts';

/** What one destination's own log says about its rows. */
export interface Evidence {
  /** How often it failed the row when it was sent alone, before `at`. */
  failuresBefore(row: RowKey, at: number): number;
  /** It failed a request with the row in it, and took another row after that. */
  livedAfter(row: RowKey): boolean;
}

/** Only from what the destination did, not from what the relay reports. */
export function evidenceOf(destination: string, { arrivals, failures }: SoakLog): Evidence {
  const first = new Map<RowKey, number>();
  const alone = new Map<RowKey, number[]>();
  for (const { at, destination: by, rows } of failures) {
    if (by !== destination) continue;
    for (const row of rows) first.set(row, Math.min(at, first.get(row) ?? at));
    const [only, ...more] = rows;
    if (only === undefined || more.length > 0) continue;
    const times = alone.get(only);
    if (times) times.push(at);
    else alone.set(only, [at]);
  }
  const taken = arrivals
    .filter((arrival) => arrival.destination === destination)
    .map(({ at, blob, offset, id }) => ({ at, row: rowKey(blob, offset, id) }))
    .sort((a, b) => a.at - b.at);

  return {
    failuresBefore: (row, at) => alone.get(row)?.filter((time) => time < at).length ?? 0,
    livedAfter(row) {
      const failed = first.get(row);
      if (failed === undefined) return false;
      let low = 0;
      let high = taken.length;
      while (low < high) {
        const middle = (low + high) >> 1;
        if ((taken[middle]?.at ?? 0) > failed) high = middle;
        else low = middle + 1;
      }
      return taken.slice(low).some((next) => next.row !== row);
    },
  };
}
