/** Knows, for the gauge, when the storage account deletes rows that are not delivered. */
import type { Clock } from '../../shared/clock.ts';
import type { Metrics, Reading } from '../../shared/metrics.ts';
import { tableLabel } from './table.ts';

/** When the first blob of a table with rows that are not delivered is deleted, ms since the epoch; infinite: none is; NaN: unknown. */
export type Deadlines = ReadonlyMap<string, number>;

/** The deadlines of each source. The gauge is computed when somebody looks. */
export class RiskBook {
  readonly #ofSources = new Map<string | undefined, Deadlines>();
  readonly #clock: Clock;

  private constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** An empty book that the gauge of `metrics` is read from. */
  static create(metrics: Pick<Metrics, 'gaugeFrom'>, clock: Clock): RiskBook {
    const book = new RiskBook(clock);
    metrics.gaugeFrom('xdr_relay_source_deleted_in_seconds', () => book.#readings());
    return book;
  }

  /** Replaces what is known of a source. */
  set(source: string | undefined, deadlines: Deadlines): void {
    this.#ofSources.set(source, deadlines);
  }

  *#readings(): Iterable<Reading> {
    const now = this.#clock.now();
    for (const [source, deadlines] of this.#ofSources) {
      for (const [name, deletedOn] of deadlines) {
        const labels = { table: tableLabel(name), ...(source !== undefined && { source }) };
        yield { value: Math.max(0, deletedOn - now) / 1000, labels };
      }
    }
  }
}
