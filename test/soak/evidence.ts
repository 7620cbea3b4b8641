import { type RowKey, rowKey, type SoakLog } from './log.ts';

/** What one destination's own log says of its rows. */
export interface Evidence {
  /** How often it failed the row when it was sent alone, before `at`. */
  failuresBefore(row: RowKey, at: number): number;
  /** It failed the row alone, and took another row after that and before `at`. */
  livedBefore(row: RowKey, at: number): boolean;
}

/** Only from what the destination did: not from what the relay says of it. */
export function evidenceOf(destination: string, { arrivals, loneFailures }: SoakLog): Evidence {
  const failures = new Map<RowKey, number[]>();
  for (const { at, destination: by, row } of loneFailures) {
    if (by !== destination) continue;
    const times = failures.get(row);
    if (times) times.push(at);
    else failures.set(row, [at]);
  }
  for (const times of failures.values()) times.sort((a, b) => a - b);
  const taken = arrivals
    .filter((arrival) => arrival.destination === destination)
    .map(({ at, blob, offset, id }) => ({ at, row: rowKey(blob, offset, id) }))
    .sort((a, b) => a.at - b.at);

  return {
    failuresBefore: (row, at) => failures.get(row)?.filter((time) => time < at).length ?? 0,
    livedBefore(row, at) {
      const [first] = failures.get(row) ?? [];
      if (first === undefined) return false;
      let low = 0;
      let high = taken.length;
      while (low < high) {
        const middle = (low + high) >> 1;
        if ((taken[middle]?.at ?? 0) > first) high = middle;
        else low = middle + 1;
      }
      for (let next = taken[low]; next && next.at < at; next = taken[++low]) {
        if (next.row !== row) return true;
      }
      return false;
    },
  };
}
