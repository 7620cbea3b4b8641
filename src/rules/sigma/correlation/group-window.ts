import type { SigmaCorrelation } from '../types.ts';
import type { CorrelationEntry } from './state.ts';

/** What a window has to know of its correlation. */
export type CorrelationDefinition = Pick<SigmaCorrelation, 'type' | 'timespan' | 'condition'>;

/** The events of one group of one correlation, by time. */
export class Window {
  #entries: CorrelationEntry[];

  constructor(entries: readonly CorrelationEntry[] = []) {
    this.#entries = [...entries].sort((a, b) => a[0] - b[0]);
  }

  get entries(): readonly CorrelationEntry[] {
    return this.#entries;
  }

  /** Takes an event in. False when it is there already: Azure writes some rows twice. */
  add(entry: CorrelationEntry): boolean {
    const [time, position, id] = entry;
    if (this.#entries.some(([, rule, other]) => other === id && (rule === position || rule === ~position))) {
      return false;
    }
    let at = this.#entries.length;
    while (at > 0 && (this.#entries[at - 1]?.[0] ?? 0) > time) at--;
    this.#entries.splice(at, 0, entry);
    return true;
  }

  /** Forgets the earliest events beyond `most`; how many. */
  trim(most: number): number {
    return this.#entries.splice(0, Math.max(0, this.#entries.length - most)).length;
  }

  /** Forgets what arrived before a moment, seconds since the epoch. */
  expire(before: number): void {
    this.#entries = this.#entries.filter(([, , , , arrived]) => arrived >= before);
  }

  /**
   * The unused events of a span of time that holds a given moment and fulfils the correlation, and their count; undefined
   * when none does.
   */
  fulfilled(
    { type, timespan, condition }: CorrelationDefinition,
    moment: number,
  ): { readonly span: readonly CorrelationEntry[]; readonly count: number } | undefined {
    const near = this.#entries.filter(
      ([time, rule]) => rule >= 0 && time >= moment - timespan && time <= moment + timespan,
    );
    const counter = counterOf(type);
    let first = 0;
    for (const [last, entry] of near.entries()) {
      counter.add(entry);
      const [end] = entry;
      for (let oldest = near[first]; oldest && oldest[0] < end - timespan; oldest = near[++first]) {
        counter.remove(oldest);
      }
      if (end < moment || near[last + 1]?.[0] === end) continue;
      const count = counter.count(() => near.slice(first, last + 1));
      if (condition.bounds.every(({ op, value }) => holds(op, count, value))) {
        return { span: near.slice(first, last + 1), count };
      }
    }
    return undefined;
  }

  /** These events count as used from now on. */
  use(span: readonly CorrelationEntry[]): void {
    const used = new Set(span);
    this.#entries = this.#entries.map((entry) => {
      const [time, rule, id, , arrived] = entry;
      return used.has(entry) ? [time, ~rule, id, '', arrived] : entry;
    });
  }
}

/** What the condition's bounds are held against, over a span that moves. */
interface Counter {
  add(entry: CorrelationEntry): void;
  remove(entry: CorrelationEntry): void;
  count(span: () => readonly CorrelationEntry[]): number;
}

function counterOf(type: SigmaCorrelation['type']): Counter {
  switch (type) {
    case 'event_count':
      return countDistinct(([, , id]) => id);
    case 'value_count':
      return countDistinct(([, , , value]) => value);
    case 'temporal':
      return countDistinct(([, rule]) => rule);
    case 'temporal_ordered':
      return { add() {}, remove() {}, count: (span) => longestOrder(span()) };
  }
}

function countDistinct(of: (entry: CorrelationEntry) => string | number): Counter {
  const counts = new Map<string | number, number>();
  const change = (by: number) => (entry: CorrelationEntry) => {
    const count = (counts.get(of(entry)) ?? 0) + by;
    if (count > 0) counts.set(of(entry), count);
    else counts.delete(of(entry));
  };
  return { add: change(1), remove: change(-1), count: () => counts.size };
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
