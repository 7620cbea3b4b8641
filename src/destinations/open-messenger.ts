/** Opens the messenger of a destination for people, whose descriptor is known. */
import type { PeopleDescriptor } from './descriptor.ts';
import type { DestinationConfig } from './list.ts';
import type { Messenger } from './messenger.ts';
import { type OpenHttpDeps, openHttp } from './open-http.ts';

/** A messenger with the connections that it keeps open. */
export interface OpenMessenger extends Messenger {
  close(): Promise<void>;
}

/** One message is said at a time; a second connection serves a reply that is still being read. */
const CONNECTIONS = 2;

/** The messenger of an entry whose type is for people. The caller closes it. */
export function openMessenger(
  config: DestinationConfig,
  descriptor: PeopleDescriptor,
  deps: OpenHttpDeps,
): OpenMessenger {
  const { client, deps: given } = openHttp(config, descriptor, CONNECTIONS, deps);
  return { ...descriptor.messenger(config, given), close: () => client.close() };
}
