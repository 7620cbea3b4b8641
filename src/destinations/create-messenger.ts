/** Builds the messenger of a destination for people from its entry in relay.yaml. */
import type { PeopleDescriptor } from './descriptor.ts';
import { type DestinationConfig, descriptorOf } from './list.ts';
import type { Messenger } from './messenger.ts';
import { type OpenHttpDeps, openHttp } from './open-http.ts';

/** A messenger with the connections that it keeps open. */
export interface OpenMessenger extends Messenger {
  close(): Promise<void>;
}

/** One message is said at a time; a second connection serves a reply that is still being read. */
const CONNECTIONS = 2;

/** The messenger of one entry of `destinations:`; undefined where the type is for machines. */
export function createMessenger(config: DestinationConfig, deps: OpenHttpDeps): OpenMessenger | undefined {
  const descriptor = descriptorOf(config.type);
  return descriptor.audience === 'people' ? openMessenger(config, descriptor, deps) : undefined;
}

/** The messenger of an entry whose type is for people. The caller closes it. */
export function openMessenger(
  config: DestinationConfig,
  descriptor: PeopleDescriptor,
  deps: OpenHttpDeps,
): OpenMessenger {
  const { client, deps: given } = openHttp(config, descriptor, CONNECTIONS, deps);
  return { ...descriptor.messenger(config, given), close: () => client.close() };
}
