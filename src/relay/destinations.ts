/** Builds the destinations of relay.yaml. */
import type { RelayConfig } from '../config/schema.ts';
import { createDestination } from '../destinations/create.ts';
import type { DestinationDeps } from '../destinations/deps.ts';
import type { Destination } from '../destinations/port.ts';
import { postedPlaces } from '../destinations/posted-places.ts';
import { type PacesDeps, SharedPaces } from './alerts/place-paces.ts';

/** The part of relay.yaml that destinations are built from. */
export interface DestinationsConfig {
  readonly destinations: RelayConfig['destinations'];
  readonly delivery: Pick<RelayConfig['delivery'], 'retry_after_max'>;
  readonly links: RelayConfig['links'];
}

/** What a host supplies; the rest of what destinations need is in relay.yaml. */
export interface DestinationHost extends Omit<DestinationDeps, 'retryAfterMaxMs' | 'links' | 'paces'> {
  /** Absent where each destination keeps its own pace only. */
  readonly paces?: SharedPaces;
}

/** The pace of places that several destinations post to: one object for all changes of relay.yaml in a process. */
export function sharedPaces(deps: PacesDeps): SharedPaces {
  return new SharedPaces(deps);
}

/** Makes the destinations by name. The caller must close them. */
export function createDestinations(
  config: DestinationsConfig,
  host: DestinationHost,
): ReadonlyMap<string, Destination> {
  host.paces?.know(postedPlaces(config.destinations), config.delivery.retry_after_max);
  return made(config, host);
}

function made(
  { destinations, delivery, links }: DestinationsConfig,
  host: DestinationHost,
): ReadonlyMap<string, Destination> {
  const deps = { ...host, retryAfterMaxMs: delivery.retry_after_max, links };
  return new Map(
    Object.entries(destinations).map(([name, config]) => [name, createDestination(name, config, deps)]),
  );
}

/** The destinations of a changed relay.yaml. */
export interface ChangedDestinations {
  /** By name. Those that the change does not concern are the same objects as before. */
  readonly all: ReadonlyMap<string, Destination>;
  /** Those that were made. The caller must close them if they do not come into force. */
  readonly made: readonly Destination[];
}

/** Makes the destinations that a changed relay.yaml adds or changes. */
export function changedDestinations(
  next: DestinationsConfig,
  before: { readonly config: DestinationsConfig; readonly destinations: ReadonlyMap<string, Destination> },
  host: DestinationHost,
): ChangedDestinations {
  const isSameForAll =
    before.config.delivery.retry_after_max === next.delivery.retry_after_max &&
    isEqual(before.config.links, next.links);
  const kept = new Map(
    [...before.destinations].filter(([name]) => {
      const config = next.destinations[name];
      return isSameForAll && config !== undefined && isEqual(config, before.config.destinations[name]);
    }),
  );
  const others = Object.entries(next.destinations).filter(([name]) => !kept.has(name));
  // Those that are kept learn of new ones that post to their places, too.
  host.paces?.know(postedPlaces(next.destinations), next.delivery.retry_after_max);
  const added = made({ ...next, destinations: Object.fromEntries(others) }, host);
  const all = Object.keys(next.destinations).flatMap((name) => {
    const destination = kept.get(name) ?? added.get(name);
    return destination ? [[name, destination] as const] : [];
  });
  return { all: new Map(all), made: [...added.values()] };
}

/** Both are data from YAML, in the order that the schema gives their keys. */
function isEqual(one: unknown, other: unknown): boolean {
  return JSON.stringify(one) === JSON.stringify(other);
}
