/** Decides whether a 429 of the Web API is about a channel, about changing messages, or about the whole bot. */
import type { Clock } from '../../shared/clock.ts';
import { PlaceBusyError, type RetryableError } from '../errors.ts';

/**
 * Slack limits `chat.postMessage` to about one message a second in a channel, and besides by app and workspace (Slack, "Rate limits": special
 * tier), and its 429 does not say which of them was reached. So the first one is taken as the channel's. If another channel is refused while
 * the first is still to be left alone, it is the limit of the app, and the destination pauses. Limits are by method: where `chat.update`
 * is refused, new messages may be posted.
 */
export class Throttled {
  readonly #clock: Pick<Clock, 'monotonic'>;
  #channel: { readonly name: string; readonly until: number } | undefined;
  /** No message is changed before, by the monotonic clock. */
  #changesAt = Number.NEGATIVE_INFINITY;

  constructor(clock: Pick<Clock, 'monotonic'>) {
    this.#clock = clock;
  }

  /** What a messenger throws after a 429 for a channel: a {@link PlaceBusyError}, or `error` itself where it concerns all channels. */
  posting(channel: string, error: RetryableError): RetryableError {
    const { message, retryAfterMs = 0 } = error;
    const now = this.#clock.monotonic();
    const isOfApp =
      this.#channel !== undefined && this.#channel.name !== channel && now < this.#channel.until;
    if (isOfApp) return error;
    this.#channel = { name: channel, until: now + retryAfterMs };
    return new PlaceBusyError(message, { place: channel, retryAfterMs });
  }

  /** The same after a 429 for a change of a message. */
  changing({ message, retryAfterMs = 0 }: RetryableError): PlaceBusyError {
    this.#changesAt = this.#clock.monotonic() + retryAfterMs;
    return new PlaceBusyError(message, { place: undefined, retryAfterMs });
  }

  /** Throws a {@link PlaceBusyError} while no message is to be changed. */
  mayChange(): void {
    const retryAfterMs = this.#changesAt - this.#clock.monotonic();
    if (retryAfterMs <= 0) return;
    throw new PlaceBusyError('Slack takes no changes of messages for a while', {
      place: undefined,
      retryAfterMs,
    });
  }
}
