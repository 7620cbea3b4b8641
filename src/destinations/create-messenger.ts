/** Builds the messenger of a destination for people from its entry in relay.yaml. */
import { type DestinationConfig, descriptorOf } from './list.ts';
import type { OpenHttpDeps } from './open-http.ts';
import { type OpenMessenger, openMessenger } from './open-messenger.ts';

/** The messenger of one entry of `destinations:`; undefined where the type is for machines. */
export function createMessenger(config: DestinationConfig, deps: OpenHttpDeps): OpenMessenger | undefined {
  const descriptor = descriptorOf(config.type);
  return descriptor.audience === 'people' ? openMessenger(config, descriptor, deps) : undefined;
}
