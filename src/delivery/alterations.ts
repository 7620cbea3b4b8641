/** Counts what encodings altered in accepted deliveries, and logs it at most once a minute for each destination. */
import { ALTERATIONS, type Alteration } from '../destinations/alteration.ts';
import type { Clock } from '../shared/clock.ts';
import type { Logger } from '../shared/logger.ts';
import type { Metrics } from '../shared/metrics.ts';

/** How often it is logged. Milliseconds. */
const LOG_MS = 60_000;

export interface AlterationsDeps {
  readonly clock: Pick<Clock, 'monotonic'>;
  readonly logger: Pick<Logger, 'warn'>;
  readonly metrics: Pick<Metrics, 'count'>;
}

/** A delivery as far as it is looked at here. */
export interface Alterable {
  readonly head: { readonly table: string };
  readonly alterations: readonly Alteration[] | undefined;
}

/** Makes the function that is told of the deliveries that a destination has accepted; those without alterations cost a look each. */
export function alterationsOf(
  destination: string,
  { clock, logger, metrics }: AlterationsDeps,
): (accepted: readonly Alterable[]) => void {
  let quietUntil = Number.NEGATIVE_INFINITY;
  let values = 0;
  return (accepted) => {
    let last: (Alteration & { readonly table: string }) | undefined;
    for (const { head, alterations } of accepted) {
      if (alterations === undefined) continue;
      for (const alteration of alterations) {
        metrics.count('xdr_relay_altered_total', { destination, type: alteration.kind });
        values += 1;
        last = { ...alteration, table: head.table };
      }
    }
    if (last === undefined || clock.monotonic() < quietUntil) return;
    quietUntil = clock.monotonic() + LOG_MS;
    const { table, field, kind } = last;
    logger.warn('Values of accepted events do not arrive whole', {
      destination,
      table,
      field,
      values,
      reason: ALTERATIONS[kind],
    });
    values = 0;
  };
}
