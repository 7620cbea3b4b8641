import type { DestinationConfig } from '../../config/schema.ts';
import { createDestination } from '../../destinations/create.ts';
import type { DestinationDeps } from '../../destinations/deps.ts';
import type { Destination } from '../../destinations/port.ts';
import { createFileDestination } from './file-destination.ts';

/** Node's destinations: those of every host, and files. */
export function createNodeDestination(
  name: string,
  config: DestinationConfig,
  deps: DestinationDeps,
): Destination {
  return config.type === 'file' ? createFileDestination(name, config) : createDestination(name, config, deps);
}
