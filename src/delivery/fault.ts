/** Faults: errors in the relay's own code for one destination, which must not stop the others. */
import { RetryableError } from '../destinations/errors.ts';
import { messageOf, RelayError } from '../shared/errors.ts';

/** The relay's own code for a destination threw what it does not throw on purpose. */
export class DestinationFaultError extends RetryableError {
  constructor(what: string, thrown: unknown) {
    const name = thrown instanceof Error ? thrown.name : typeof thrown;
    super('destination_fault', `${what} failed with ${name}: ${messageOf(thrown)}`, { cause: thrown });
  }

  /** The stack of what was thrown, for the log. */
  get thrownStack(): string | undefined {
    return this.cause instanceof Error ? this.cause.stack : undefined;
  }
}

/**
 * What `thrown` means to a lane: itself if it was thrown on purpose or is the reason of an abort, otherwise a {@link DestinationFaultError}.
 *
 * @param what the work that threw, as the beginning of a sentence.
 */
export function faultOr(thrown: unknown, what: string, signal?: AbortSignal): unknown {
  if (thrown instanceof RelayError) return thrown;
  if (signal?.aborted && (thrown === signal.reason || isAbort(thrown))) return thrown;
  return new DestinationFaultError(what, thrown);
}

function isAbort(thrown: unknown): boolean {
  return thrown instanceof Error && (thrown.name === 'AbortError' || thrown.name === 'TimeoutError');
}
