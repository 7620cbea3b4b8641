import type { Metrics } from '../shared/metrics.ts';

/** How far behind each destination is in the blobs this process has seen; the gauges are sums over them. */
export class LagBook {
  readonly #metrics: Metrics;
  /** table -> destination -> blob -> bytes; a blob that is caught up has no entry. */
  readonly #bytes = new Map<string, Map<string, Map<string, number>>>();

  constructor(metrics: Metrics) {
    this.#metrics = metrics;
  }

  /** @param bytes written and not yet delivered, 0 when caught up. */
  set(table: string, destination: string, blob: string, bytes: number): void {
    const byDestination = this.#bytes.get(table) ?? new Map<string, Map<string, number>>();
    this.#bytes.set(table, byDestination);
    const byBlob = byDestination.get(destination) ?? new Map<string, number>();
    byDestination.set(destination, byBlob);
    if (bytes > 0) byBlob.set(blob, bytes);
    else byBlob.delete(blob);
    let sum = 0;
    for (const value of byBlob.values()) sum += value;
    this.#metrics.gauge('xdr_relay_lag_bytes', sum, { table, destination });
  }
}
