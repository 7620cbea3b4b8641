/** Node's destinations: every type there is, since Node has files. */
import { createDestination } from '../../destinations/create.ts';
import type { DestinationDeps } from '../../destinations/deps.ts';
import type { DestinationConfig } from '../../destinations/list.ts';
import type { Destination } from '../../destinations/port.ts';
import { nodeFiles } from './files.ts';

/** Builds the destination of one entry of `destinations:` in relay.yaml. @param name the entry's key. */
export function createNodeDestination(
  name: string,
  config: DestinationConfig,
  deps: DestinationDeps,
): Destination {
  return createDestination(name, config, { files: nodeFiles, ...deps });
}
