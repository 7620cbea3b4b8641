/** Builds the messenger of a destination for people from its entry in relay.yaml. */
import type { DestinationDeps } from './deps.ts';
import { type DestinationConfig, descriptorOf } from './list.ts';
import type { Messenger } from './messenger.ts';
import { openHttp } from './open-http.ts';

/** A messenger with the connections that it keeps open. */
export interface OpenMessenger extends Messenger {
  close(): Promise<void>;
}

/** One message is said at a time; a second connection serves a reply that is still being read. */
const CONNECTIONS = 2;

/** The messenger of one entry of `destinations:`; undefined where the type is for machines. */
export function createMessenger(
  config: DestinationConfig,
  deps: Omit<DestinationDeps, 'files'>,
): OpenMessenger | undefined {
  const descriptor = descriptorOf(config.type);
  if (descriptor.needs !== 'http' || descriptor.audience !== 'people') return undefined;
  const { client, deps: given } = openHttp(config, descriptor, CONNECTIONS, deps);
  const made = descriptor.messenger?.(config, given);
  if (made === undefined) return undefined;
  return { ...made, close: () => client.close() };
}
