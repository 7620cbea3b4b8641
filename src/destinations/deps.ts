import type { Clock } from '../shared/clock.ts';
import type { HttpClientFactory } from './http.ts';

/** What a host supplies to its network destinations. */
export interface DestinationDeps {
  readonly http: HttpClientFactory;
  readonly clock: Clock;
  /** A wait that a reply names is obeyed up to here: `delivery.retry_after_max`, milliseconds. */
  readonly retryAfterMaxMs: number;
}
