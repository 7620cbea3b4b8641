import type { CorrelationEntry } from './correlation-state.ts';
import type { SigmaCorrelation } from './types.ts';

/** How far a correlator remembers. Past a limit the oldest is forgotten, and counted. */
export interface CorrelationLimits {
  /** Groups (hosts, users, ...) per correlation. */
  readonly groups: number;
  /** Events per group. */
  readonly entries: number;
  /** How late an event may arrive and still join its window, milliseconds. */
  readonly lateness: number;
}

export const DEFAULT_LIMITS: CorrelationLimits = { groups: 10_000, entries: 2_000, lateness: 900_000 };

/** The events of one group of one correlation, by time. */
export class Window {
  #entries: CorrelationEntry[];

  constructor(entries: readonly CorrelationEntry[] = []) {
    this.#entries = [...entries].sort((a, b) => a[0] - b[0]);
  }

  get entries(): readonly CorrelationEntry[] {
    return this.#entries;
  }

  /**
   * Takes an event in; how many were forgotten to make room. An event already there changes nothing (undefined): Azure
   * writes some rows twice.
   */
  add(entry: CorrelationEntry, timespan: number, limits: CorrelationLimits): number | undefined {
    const known = this.#entries.some(
      ([, rule, id]) => id === entry[2] && (rule === entry[1] || rule === ~entry[1]),
    );
    if (known) return undefined;
    let at = this.#entries.length;
    while (at > 0 && (this.#entries[at - 1]?.[0] ?? 0) > entry[0]) at--;
    this.#entries.splice(at, 0, entry);
    const newest = this.#entries.at(-1)?.[0] ?? 0;
    const oldest = newest - timespan - limits.lateness;
    const kept = this.#entries.findIndex(([time]) => time >= oldest);
    const dropped = Math.max(0, this.#entries.length - kept - limits.entries);
    if (kept + dropped > 0) this.#entries.splice(0, kept + dropped);
    return dropped;
  }

  /** The unused events of a span of time that hold a given moment and fulfil the correlation; undefined when none does. */
  fulfilled(correlation: SigmaCorrelation, moment: number): readonly CorrelationEntry[] | undefined {
    const unused = this.#entries.filter(([, rule]) => rule >= 0);
    for (const [end] of unused) {
      if (end < moment || end > moment + correlation.timespan) continue;
      const span = unused.filter(([time]) => time <= end && time >= end - correlation.timespan);
      const count = countOf(correlation, span);
      if (correlation.condition.bounds.every(({ op, value }) => holds(op, count, value))) return span;
    }
    return undefined;
  }

  /** All events count as used from now on. */
  use(): void {
    this.#entries = this.#entries.map(([time, rule, id]) => [time, rule < 0 ? rule : ~rule, id, '']);
  }
}

/** What the condition's bounds are held against. */
export function countOf({ type }: SigmaCorrelation, entries: readonly CorrelationEntry[]): number {
  switch (type) {
    case 'event_count':
      return entries.length;
    case 'value_count':
      return new Set(entries.map(([, , , value]) => value)).size;
    case 'temporal':
      return new Set(entries.map(([, rule]) => rule)).size;
    case 'temporal_ordered':
      return longestOrder(entries);
  }
}

/** How many rules were seen in the order the correlation gives them. */
function longestOrder(entries: readonly CorrelationEntry[]): number {
  /** By rule: the most rules seen in order that end with it. */
  const longest: number[] = [];
  for (const [, rule] of entries) {
    let before = 0;
    for (let earlier = 0; earlier < rule; earlier++) before = Math.max(before, longest[earlier] ?? 0);
    longest[rule] = Math.max(longest[rule] ?? 0, before + 1);
  }
  return longest.reduce((most, length) => Math.max(most, length ?? 0), 0);
}

function holds(op: 'gt' | 'gte' | 'lt' | 'lte' | 'eq' | 'neq', count: number, value: number): boolean {
  switch (op) {
    case 'gt':
      return count > value;
    case 'gte':
      return count >= value;
    case 'lt':
      return count < value;
    case 'lte':
      return count <= value;
    case 'eq':
      return count === value;
    case 'neq':
      return count !== value;
  }
}
