/** Checks the name of a destination that an act is about. */
import { z } from 'zod';
import type { RelayConfig } from '../../config/schema.ts';
import { RelayError } from '../../shared/errors.ts';

export const destinationName = z.string().regex(/^[a-z0-9-]{1,63}$/, 'the name of a destination');

/** Throws `unknown_destination`. */
export function knownDestination(config: Pick<RelayConfig, 'destinations'>, name: string): void {
  if (Object.hasOwn(config.destinations, name)) return;
  throw new RelayError('unknown_destination', `relay.yaml has no destination "${name}"`);
}
