/** How far behind each destination is, in the blobs that this process has seen. */
import { type BlobRef, blobPath } from '../../shared/blob-ref.ts';
import type { Clock } from '../../shared/clock.ts';
import { type Metrics, metricsOf } from '../../shared/metrics.ts';

/** A blob that this process has not visited for this long belongs to another consumer now, or is gone. Milliseconds. */
const FORGET_MS = 60 * 60_000;

interface Entry {
  readonly table: string;
  readonly bytes: number;
  /** Monotonic, milliseconds. */
  readonly toldAt: number;
}

/** How far behind each destination is in the blobs this process has seen; the gauges are sums over them. */
export class LagBook {
  readonly #metrics: Metrics;
  readonly #clock: Clock;
  /** destination -> blob -> what is left, that told longest ago first; a blob that is caught up has no entry. */
  readonly #entries = new Map<string, Map<string, Entry>>();
  /** destination -> tables that have a gauge. */
  readonly #tables = new Map<string, Set<string>>();

  readonly #ofSources = new Map<string, LagBook>();

  constructor(metrics: Metrics, clock: Clock) {
    this.#metrics = metrics;
    this.#clock = clock;
  }

  /** The book of one source, whose gauges carry its name: always the same for the same name. */
  of(source: string): LagBook {
    const book =
      this.#ofSources.get(source) ?? new LagBook(metricsOf(this.#metrics, { source }), this.#clock);
    this.#ofSources.set(source, book);
    return book;
  }

  /**
   * @param bytes written and not yet delivered, 0 when caught up.
   * @param table undefined: as told before; a blob that nobody has read yet counts under its container's name.
   */
  set(destination: string, ref: BlobRef, table: string | undefined, bytes: number): void {
    const entries = this.#entries.get(destination) ?? new Map<string, Entry>();
    const tables = this.#tables.get(destination) ?? new Set<string>();
    this.#entries.set(destination, entries);
    this.#tables.set(destination, tables);
    const blob = blobPath(ref);
    const now = this.#clock.monotonic();
    const label = table ?? entries.get(blob)?.table ?? ref.container;
    entries.delete(blob);
    if (bytes > 0) entries.set(blob, { table: label, bytes, toldAt: now });
    if (bytes > 0 || table !== undefined) tables.add(label);

    const sums = new Map([...tables].map((each) => [each, 0]));
    for (const [key, entry] of entries) {
      if (now - entry.toldAt > FORGET_MS) entries.delete(key);
      else sums.set(entry.table, (sums.get(entry.table) ?? 0) + entry.bytes);
    }
    for (const [each, sum] of sums)
      this.#metrics.gauge('xdr_relay_lag_bytes', sum, { table: each, destination });
  }
}
