/** Sends a test event to a destination, and says how it ended: for the command `destinations test` and for the console. */
import { redact } from '../../config/redact.ts';
import type { Destination } from '../../destinations/port.ts';
import type { Clock } from '../../shared/clock.ts';
import { codeOf } from '../../shared/errors.ts';
import { thrownFinding } from './run.ts';
import { sendTestEvent } from './test-delivery.ts';

export interface TestOutcome {
  readonly destination: string;
  readonly accepted: boolean;
  readonly milliseconds: number;
  readonly code?: string;
  /** Without secrets. It may quote what the destination answered, which may have any characters. */
  readonly message?: string;
  /** What to do. */
  readonly fix?: string;
}

/**
 * Sends one event that says what it is, once. Rejects with the signal's reason when it is aborted.
 *
 * @param secrets values that the message must not contain, longest first.
 */
export async function testOutcome(
  destination: Destination,
  clock: Pick<Clock, 'now' | 'monotonic'>,
  signal: AbortSignal,
  secrets: readonly string[] = [],
): Promise<TestOutcome> {
  const began = clock.monotonic();
  const told = (accepted: boolean) => ({
    destination: destination.name,
    accepted,
    milliseconds: Math.round(clock.monotonic() - began),
  });
  try {
    await sendTestEvent(destination, clock, signal);
    return told(true);
  } catch (thrown) {
    signal.throwIfAborted();
    const { message, fix } = thrownFinding(thrown);
    const code = codeOf(thrown);
    return {
      ...told(false),
      ...(code !== undefined && { code }),
      message: redact(message, secrets),
      ...(fix !== undefined && { fix }),
    };
  }
}
