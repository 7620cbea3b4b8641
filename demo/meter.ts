/** Rates of counters, smoothed over a few seconds. */
export interface Meter {
  /** Takes the counter's value now and gives its growth per second. */
  rate(name: string, value: number): number;
}

const SMOOTHING_SECONDS = 3;

/** @param now Milliseconds; never steps back. */
export function createMeter(now: () => number): Meter {
  const known = new Map<string, { at: number; value: number; rate: number | undefined }>();
  return {
    rate(name, value) {
      const at = now();
      const before = known.get(name);
      if (!before) {
        known.set(name, { at, value, rate: undefined });
        return 0;
      }
      const seconds = (at - before.at) / 1000;
      if (seconds <= 0) return before.rate ?? 0;
      const weight = 1 - Math.exp(-seconds / SMOOTHING_SECONDS);
      const latest = (value - before.value) / seconds;
      // A counter that has only begun has no past to smooth with.
      const rate = before.rate === undefined ? latest : before.rate + (latest - before.rate) * weight;
      known.set(name, { at, value, rate });
      return rate;
    },
  };
}
