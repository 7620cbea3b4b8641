/** Builds the destinations of relay.yaml. */
import type { RelayConfig } from '../config/schema.ts';
import { createDestination } from '../destinations/create.ts';
import type { DestinationDeps } from '../destinations/deps.ts';
import type { Destination } from '../destinations/port.ts';

/** The part of relay.yaml that destinations are built from. */
export interface DestinationsConfig {
  readonly destinations: RelayConfig['destinations'];
  readonly delivery: Pick<RelayConfig['delivery'], 'retry_after_max'>;
}

/** Makes the destinations by name. The caller must close them. */
export function createDestinations(
  { destinations, delivery }: DestinationsConfig,
  host: Omit<DestinationDeps, 'retryAfterMaxMs'>,
): ReadonlyMap<string, Destination> {
  const deps = { ...host, retryAfterMaxMs: delivery.retry_after_max };
  return new Map(
    Object.entries(destinations).map(([name, config]) => [name, createDestination(name, config, deps)]),
  );
}
