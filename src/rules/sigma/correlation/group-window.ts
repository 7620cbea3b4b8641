/** The window of one group of a correlation: keeps its events, and decides whether they fulfil the correlation. */
import type { SigmaCorrelation } from '../types.ts';
import type { WindowEvent } from './state.ts';
import { averageOf, percentileOf, placeAmong, sumOf } from './statistics.ts';

/** What a window needs of its correlation. */
export type CorrelationDefinition = Pick<SigmaCorrelation, 'type' | 'timespan' | 'condition'>;

/** The events of one group of one correlation, in the order of their times. */
export class GroupWindow {
  #events: WindowEvent[];

  constructor(events: readonly WindowEvent[] = []) {
    this.#events = [...events].sort((a, b) => a.time - b.time);
  }

  get events(): readonly WindowEvent[] {
    return this.#events;
  }

  /** Adds an event. Returns false if the window has it already, used or not: Azure writes some rows twice. */
  add(event: WindowEvent): boolean {
    if (this.#events.some(({ id, rule }) => id === event.id && rule === event.rule)) return false;
    let at = this.#events.length;
    while (at > 0 && (this.#events[at - 1]?.time ?? 0) > event.time) at--;
    this.#events.splice(at, 0, event);
    return true;
  }

  /** Removes the earliest events until `most` are left, and returns how many it removed. */
  trim(most: number): number {
    return this.#events.splice(0, Math.max(0, this.#events.length - most)).length;
  }

  /** Removes the events that arrived before a moment, in seconds since the epoch. */
  expire(before: number): void {
    this.#events = this.#events.filter(({ arrived }) => arrived >= before);
  }

  /**
   * Finds a span of time that contains the given moment and fulfils the correlation. Returns the unused events in it and their
   * count; undefined if there is no such span.
   */
  fulfilled(
    { type, timespan, condition }: CorrelationDefinition,
    moment: number,
  ): { readonly span: readonly WindowEvent[]; readonly count: number } | undefined {
    const near = this.#events.filter(
      ({ time, used }) => !used && time >= moment - timespan && time <= moment + timespan,
    );
    const counter = counterOf(type, condition.percentile);
    let first = 0;
    for (const [last, event] of near.entries()) {
      counter.add(event);
      const end = event.time;
      for (let oldest = near[first]; oldest && oldest.time < end - timespan; oldest = near[++first]) {
        counter.remove(oldest);
      }
      // A span contains all events of one moment, or none of them.
      if (end < moment || near[last + 1]?.time === end) continue;
      const count = counter.count(() => near.slice(first, last + 1));
      if (condition.bounds.every(({ op, value }) => holds(op, count, value))) {
        return { span: near.slice(first, last + 1), count };
      }
    }
    return undefined;
  }

  /** Marks events as used. */
  use(span: readonly WindowEvent[]): void {
    const used = new Set(span);
    this.#events = this.#events.map((event) =>
      used.has(event) ? { ...event, value: '', used: true } : event,
    );
  }
}

/** Computes the number that the condition's bounds are compared with, while the span moves. */
interface Counter {
  add(event: WindowEvent): void;
  remove(event: WindowEvent): void;
  count(span: () => readonly WindowEvent[]): number;
}

function counterOf(type: SigmaCorrelation['type'], percentile: number | undefined): Counter {
  switch (type) {
    case 'event_count':
      return countDistinct(({ id }) => id);
    case 'value_count':
      return countDistinct(({ value }) => value);
    case 'temporal':
      return countDistinct(({ rule }) => rule);
    case 'temporal_ordered':
      return overSpan(longestOrder);
    case 'value_sum':
      return overSpan((span) => sumOf(numbersOf(span)));
    case 'value_avg':
      return overSpan((span) => averageOf(numbersOf(span)));
    case 'value_percentile':
      return inOrder((sorted) => percentileOf(sorted, percentile ?? 0));
  }
}

function overSpan(of: (span: readonly WindowEvent[]) => number): Counter {
  return { add() {}, remove() {}, count: (span) => of(span()) };
}

/** A counter over the sorted numbers of the span; it keeps them sorted while the span moves. */
function inOrder(of: (sorted: readonly number[]) => number): Counter {
  const sorted: number[] = [];
  return {
    add: ({ value }) => sorted.splice(placeAmong(sorted, Number(value)), 0, Number(value)),
    remove: ({ value }) => sorted.splice(placeAmong(sorted, Number(value)), 1),
    count: () => of(sorted),
  };
}

function numbersOf(span: readonly WindowEvent[]): readonly number[] {
  return span.map(({ value }) => Number(value));
}

function countDistinct(of: (event: WindowEvent) => string | number): Counter {
  const counts = new Map<string | number, number>();
  const change = (by: number) => (event: WindowEvent) => {
    const count = (counts.get(of(event)) ?? 0) + by;
    if (count > 0) counts.set(of(event), count);
    else counts.delete(of(event));
  };
  return { add: change(1), remove: change(-1), count: () => counts.size };
}

/** The largest number of rules that matched in the order of the correlation's list. */
function longestOrder(events: readonly WindowEvent[]): number {
  /** For each rule, the length of the longest ordered sequence that ends with it. */
  const longest: number[] = [];
  for (const { rule } of events) {
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
