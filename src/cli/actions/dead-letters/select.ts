/** Selects the dead letters that a command works on. */

import type {
  DeadLetterArchive,
  DeadLetterFilter,
  DeadLetterSummary,
} from '../../../delivery/dead-letters.ts';
import { selectLetters } from '../../../relay/dead-letters/select.ts';
import { systemClock } from '../../../shared/clock.ts';
import { UsageError } from '../../usage-error.ts';
import { instantOf } from '../../when.ts';
import { checkDestinations, type Opened } from '../open.ts';

export interface DeadLetterFilterOptions {
  readonly config: string;
  readonly source: string | undefined;
  readonly destination: string | undefined;
  readonly unreadable: boolean;
  readonly isolating: boolean;
  readonly reason: string | undefined;
  readonly from: string | undefined;
  readonly to: string | undefined;
  readonly limit: number | undefined;
}

/** Shown in place of the destination of a row that could not be read, which has none. */
export const UNREADABLE = '(unreadable)';

/** The letters with the given names or, without names, the letters that the filters select, up to the limit. */
export function selected(
  deadLetters: DeadLetterArchive,
  names: readonly string[],
  options: DeadLetterFilterOptions,
  signal: AbortSignal,
): AsyncGenerator<DeadLetterSummary> {
  const filter = names.length > 0 ? {} : filterOf(options);
  return selectLetters(deadLetters, { names, filter, limit: options.limit }, signal);
}

/** What is printed if no letter matches. */
export const NONE_MATCH = 'No dead letters match.';

/**
 * Throws `unknown_destination` for a name that is neither in relay.yaml nor on a dead letter, which is a typing mistake. Letters of a
 * destination that relay.yaml no longer has can be listed and dropped.
 */
export async function checkLetterDestination(
  { destination }: Pick<DeadLetterFilterOptions, 'destination'>,
  { config, ports }: Pick<Opened, 'config' | 'ports'>,
): Promise<void> {
  if (destination === undefined || Object.hasOwn(config.destinations, destination)) return;
  for (const isolating of [false, true]) {
    for await (const _ of ports.deadLetters.list({ destination, isolating })) return;
  }
  checkDestinations([destination], config);
}

export function filterOf(options: DeadLetterFilterOptions): DeadLetterFilter {
  const { destination, source, unreadable, isolating, reason } = options;
  if (destination !== undefined && unreadable) {
    throw new UsageError('bad_filter', '--unreadable rows have no --destination: give one of the two');
  }
  const now = systemClock.now();
  const from = options.from === undefined ? undefined : instantOf(options.from, now);
  const to = options.to === undefined ? undefined : instantOf(options.to, now);
  return {
    ...(unreadable ? { destination: null } : destination !== undefined && { destination }),
    ...(source !== undefined && { source }),
    ...(isolating && { isolating }),
    ...(reason !== undefined && { reason }),
    ...(from !== undefined && { from }),
    ...(to !== undefined && { to }),
  };
}
