import type { CorrelationEvent } from '../../shared/event.ts';
import type { CompiledCorrelation } from './correlation.ts';
import {
  type CorrelationLimits,
  CorrelationWindows,
  type Fulfilled,
  type PlacedRow,
} from './correlation-windows.ts';

/** A correlation that a row has fulfilled. */
export interface CorrelationAlert extends Fulfilled {
  readonly by: CompiledCorrelation;
}

/** Correlates rows in memory, in one pass: for dry runs and tests. Nothing grows too old, whatever order the rows come in. */
export class Correlator {
  readonly #correlations: readonly CompiledCorrelation[];
  readonly #windows: ReadonlyMap<string, CorrelationWindows>;

  /** @param correlations each after those that it waits for. */
  constructor(correlations: readonly CompiledCorrelation[], limits?: Partial<CorrelationLimits>) {
    this.#correlations = correlations;
    this.#windows = new Map(
      correlations.map(({ correlation, fingerprint }) => [
        fingerprint,
        new CorrelationWindows(correlation, undefined, limits),
      ]),
    );
  }

  /** Takes in all that a row contributes; what it fulfils, correlations of correlations included. */
  observe(row: PlacedRow, events: readonly CorrelationEvent[]): readonly CorrelationAlert[] {
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
