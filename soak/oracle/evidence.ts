/** Looks up what a destination did to rows by its own log, the only proof that the relay may pass a row or give it up. */
import { type RowKey, rowKey, type SoakLog } from './log.ts';

/** The evidence of one destination's own log. */
export interface Evidence {
  /** How often the destination failed the row before `at` when it was sent alone. */
  failuresBefore(row: RowKey, at: number): number;
  /** Whether the destination failed a request that contained the row, and accepted another row after that. */
  livedAfter(row: RowKey): boolean;
}

/** Builds the evidence from what the destination did, not from what the relay reports. */
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
