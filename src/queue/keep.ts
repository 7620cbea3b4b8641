/** Keeps a message hidden from other consumers while it is processed. */
import type { Clock } from '../shared/clock.ts';
import { codeOf } from '../shared/errors.ts';
import { slept } from '../shared/slept.ts';
import { QueueError } from './errors.ts';
import type { QueueMessage } from './port.ts';

/**
 * Does `work` and keeps the message invisible to other consumers meanwhile: renews it when half of its visibility time has passed.
 *
 * The signal passed to `work` is aborted with a QueueError `queue_message_lost` if another consumer may have the message, because it
 * was taken or because no renewal succeeded in time. Settles as `work` does, but only after the last renewal has ended, so that the
 * caller may then complete, release or poison the message.
 *
 * @param visibilitySeconds the visibility time with which the message was received just before.
 */
export async function withRenewal<T>(
  message: QueueMessage,
  visibilitySeconds: number,
  clock: Clock,
  work: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const lost = new AbortController();
  const done = new AbortController();
  const renewing = renewUntil({ message, visibilitySeconds, clock }, lost, done.signal);
  try {
    return await work(lost.signal);
  } finally {
    done.abort();
    await renewing;
  }
}

interface Held {
  readonly message: QueueMessage;
  readonly visibilitySeconds: number;
  readonly clock: Clock;
}

async function renewUntil(
  { message, visibilitySeconds, clock }: Held,
  lost: AbortController,
  done: AbortSignal,
): Promise<void> {
  const visibilityMs = visibilitySeconds * 1000;
  let heldUntil = clock.monotonic() + visibilityMs;
  let pause = visibilityMs / 2;
  while (await slept(clock, pause, done)) {
    const asked = clock.monotonic();
    try {
      await beforeDeadline(message.renew(visibilitySeconds), heldUntil - asked, clock);
      heldUntil = asked + visibilityMs;
      pause = visibilityMs / 2;
    } catch (error) {
      const left = heldUntil - clock.monotonic();
      if (codeOf(error) === 'queue_message_lost' || left <= 0) {
        lost.abort(new QueueError('queue_message_lost', 'The message could not be kept.', { cause: error }));
        return;
      }
      pause = Math.min(visibilityMs / 8, left);
    }
  }
}

async function beforeDeadline(renewal: Promise<void>, ms: number, clock: Clock): Promise<void> {
  const settled = new AbortController();
  const late = clock.sleep(Math.max(ms, 0), settled.signal).then(
    () => {
      throw new QueueError('queue_unavailable', 'The message could not be renewed in time.');
    },
    () => {},
  );
  try {
    await Promise.race([renewal, late]);
  } finally {
    settled.abort();
    renewal.catch(() => {});
  }
}
