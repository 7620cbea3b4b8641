/** Runs all correlations of a rule set over rows in memory, for tests and dry runs. */
import type { CorrelationEvent } from '../../../shared/event.ts';
import type { CorrelationDefinition } from './group-window.ts';
import { type CorrelationLimits, CorrelationWindows, type Fulfilled, type PlacedRow } from './windows.ts';

/** What counting needs of a correlation. */
export interface Countable {
  readonly fingerprint: string;
  readonly definition: CorrelationDefinition;
}

/** A correlation that a row fulfilled. */
export interface CorrelationAlert<C extends Countable> extends Fulfilled {
  readonly by: C;
}

/** Correlates rows in memory, in one pass. No event expires, so the rows may come in any order. */
export class Correlator<C extends Countable> {
  readonly #correlations: readonly C[];
  readonly #windows: ReadonlyMap<string, CorrelationWindows>;

  /** @param correlations each after the correlations that it watches. */
  constructor(correlations: readonly C[], limits?: Partial<CorrelationLimits>) {
    this.#correlations = correlations;
    this.#windows = new Map(
      correlations.map(({ definition, fingerprint }) => [
        fingerprint,
        new CorrelationWindows(definition, undefined, limits),
      ]),
    );
  }

  /** Counts everything that a row contributes, and returns what it fulfils, correlations of correlations included. */
  observe(row: PlacedRow, events: readonly CorrelationEvent[]): readonly CorrelationAlert<C>[] {
    if (events.length === 0) return [];
    const waiting = [...events];
    return this.#correlations.flatMap((by) => {
      const own = waiting.filter(({ correlation }) => correlation === by.fingerprint);
      if (own.length === 0) return [];
      const fulfilled = this.#windows.get(by.fingerprint)?.observe(row, own, 0) ?? [];
      for (const { event } of fulfilled) waiting.push(...event.next);
      return fulfilled.map((one) => ({ by, ...one }));
    });
  }
}
