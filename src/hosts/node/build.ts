import type { RelayConfig } from '../../config/schema.ts';
import type { BreakerDeps } from '../../delivery/breaker.ts';
import { type ManagedDestination, manageDestination } from '../../delivery/managed-destination.ts';
import { createNodeDestination } from './destinations.ts';
import { nodeHttpClient } from './http.ts';

export function nodeDestinations(
  config: RelayConfig,
  deps: BreakerDeps,
): ReadonlyMap<string, ManagedDestination> {
  return new Map(
    Object.entries(config.destinations).map(([name, entry]) => {
      const destination = createNodeDestination(name, entry, {
        http: nodeHttpClient,
        clock: deps.clock,
        retryAfterMaxMs: config.delivery.retry_after_max,
      });
      return [name, manageDestination(destination, deps)];
    }),
  );
}
