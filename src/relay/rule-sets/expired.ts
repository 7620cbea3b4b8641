/** Tells in log and metrics which exceptions of the rules in force have expired, when they do. */
import { exceptionState, type ListedException } from '../../rules/index.ts';
import type { Logger } from '../../shared/logger.ts';
import type { Metrics } from '../../shared/metrics.ts';

/** Watches the exceptions of the rule sets that come into force. Each end is logged once. */
export class ExpiryWatch {
  readonly #metrics: Metrics;
  readonly #logger: Logger;
  readonly #told = new Set<string>();

  constructor({ metrics, logger }: { readonly metrics: Metrics; readonly logger: Logger }) {
    this.#metrics = metrics;
    this.#logger = logger;
  }

  /** @param now milliseconds since the epoch. */
  look(exceptions: readonly ListedException[], now: number): void {
    const counts = { expired: 0, 'ends-soon': 0, 'in-force': 0 };
    const expired = new Set<string>();
    for (const one of exceptions) {
      const state = exceptionState(one, now);
      counts[state] += 1;
      if (state !== 'expired') continue;
      const { title, file, owner, ticket, expires } = one;
      const key = JSON.stringify([file, title, expires]);
      expired.add(key);
      if (this.#told.has(key)) continue;
      this.#logger.warn('An exception has expired: the alerts that it suppressed are raised again', {
        exception: title,
        file,
        expires,
        ...(owner !== undefined && { owner }),
        ...(ticket !== undefined && { ticket }),
      });
    }
    this.#told.clear();
    for (const key of expired) this.#told.add(key);
    this.#metrics.gauge('xdr_relay_exceptions_expired', counts.expired);
    this.#metrics.gauge('xdr_relay_exceptions_ending', counts['ends-soon']);
  }
}
