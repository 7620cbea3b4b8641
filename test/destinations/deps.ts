import { FakeClock } from '../../lab/clock/fake-clock.ts';
import type { DestinationDeps } from '../../src/destinations/deps.ts';
import type { HttpClientFactory } from '../../src/destinations/http.ts';
import { type Clock, systemClock } from '../../src/shared/clock.ts';

/** The longest wait that destinations in tests obey, milliseconds: the default of `delivery.retry_after_max`. */
export const RETRY_AFTER_MAX_MS = 15 * 60_000;

/** What a host would supply, with time that can be stepped; requests go over real sockets, and are cut off in real time. */
export function depsOf(
  http: HttpClientFactory,
  clock: Clock = new FakeClock(Date.now(), { sleepPasses: true }),
): DestinationDeps {
  const inRealTime: HttpClientFactory = (options) => http({ ...options, clock: systemClock });
  return { http: inRealTime, clock, retryAfterMaxMs: RETRY_AFTER_MAX_MS };
}
