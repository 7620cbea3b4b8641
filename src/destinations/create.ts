/** Builds a destination from its entry in relay.yaml. */
import { createDescribed } from './create-described.ts';
import type { DestinationDeps } from './deps.ts';
import { type DestinationConfig, descriptorOf } from './list.ts';
import type { Destination } from './port.ts';

/**
 * Builds the destination of one entry of `destinations:` in relay.yaml.
 * Throws a {@link DestinationRefusedError} `no_files` or `no_sockets` where the type needs files or connections of its own and the host has
 * none.
 * @param name the entry's key.
 */
export function createDestination(
  name: string,
  config: DestinationConfig,
  deps: DestinationDeps,
): Destination {
  return createDescribed({ name, config, descriptor: descriptorOf(config.type) }, deps);
}
