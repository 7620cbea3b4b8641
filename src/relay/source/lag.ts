/** Sums up, for the gauges, how many bytes each destination has not received of the blobs that this process has visited. */
import { type BlobRef, blobPath } from '../../shared/blob-ref.ts';
import type { Clock } from '../../shared/clock.ts';
import { type Metrics, metricsOf } from '../../shared/metrics.ts';

/** A blob that this process has not visited for so long is forgotten: another consumer visits it now, or it is gone. Milliseconds. */
const FORGET_MS = 60 * 60_000;

interface Entry {
  readonly table: string;
  readonly bytes: number;
  /** When the entry was set, in milliseconds of the monotonic clock. */
  readonly toldAt: number;
}

/** How many bytes each destination has not received, by blob. The gauges are sums over the blobs. */
export class LagBook {
  readonly #metrics: Metrics;
  readonly #clock: Clock;
  /** By destination and blob, the bytes that are left, the entry that was set longest ago first. A blob without unread bytes has no entry. */
  readonly #entries = new Map<string, Map<string, Entry>>();
  /** By destination, the tables that have a gauge. */
  readonly #tables = new Map<string, Set<string>>();

  readonly #ofSources = new Map<string, LagBook>();

  constructor(metrics: Metrics, clock: Clock) {
    this.#metrics = metrics;
    this.#clock = clock;
  }

  /** The book of one source, whose gauges have its name as a label. Returns the same book for the same name. */
  of(source: string): LagBook {
    const book =
      this.#ofSources.get(source) ?? new LagBook(metricsOf(this.#metrics, { source }), this.#clock);
    this.#ofSources.set(source, book);
    return book;
  }

  /**
   * @param bytes the bytes that are written and not delivered yet; 0 if there are none.
   * @param table undefined to keep the known table; a blob that was never read counts under its container's name.
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
