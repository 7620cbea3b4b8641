/** The three ways in which a send can fail. Delivery treats each in its own way. */
import type { CodeOf, ErrorCode } from '../shared/error-codes.ts';
import { NarrowRelayError } from '../shared/errors.ts';

type DestinationCode = CodeOf<'destinations'>;

/** An error after which the destination may have asked for a pause. */
export abstract class AskedToWaitError<C extends ErrorCode> extends NarrowRelayError<C> {
  /** Milliseconds the destination asked us to wait, where it did. */
  readonly retryAfterMs: number | undefined;

  constructor(
    code: C,
    message: string,
    options?: { readonly cause?: unknown; readonly retryAfterMs?: number | undefined },
  ) {
    super(code, message, options);
    this.retryAfterMs = options?.retryAfterMs;
  }
}

/** A passing trouble: send the same batch again, later. 408, 429, 5xx, resets, time-outs, replies cut short. */
export class RetryableError extends AskedToWaitError<DestinationCode> {}

/**
 * The destination is there and well, and will never take some row of this batch. It goes to the dead letters.
 */
export class RowsRefusedError extends NarrowRelayError<DestinationCode> {
  /** Indexes into the batch, where the destination names them; undefined: found by bisecting. */
  readonly rows: readonly number[] | undefined;

  constructor(
    code: DestinationCode,
    message: string,
    options?: { readonly cause?: unknown; readonly rows?: readonly number[] | undefined },
  ) {
    super(code, message, options);
    this.rows = options?.rows;
  }
}

/**
 * The destination refuses us, not the rows: wrong token, wrong index, no such path, unreachable, not allowed to be called.
 * A person has to fix it; nothing is dropped meanwhile.
 */
export class DestinationRefusedError extends NarrowRelayError<DestinationCode> {}

/**
 * One of several places that a destination posts to takes no more messages for a while, such as a channel that had too many: other
 * messages may be taken.
 */
export class PlaceBusyError extends RetryableError {
  /** As people know it: the channel's name, at most 80 characters. Undefined: only messages that change earlier ones have to wait. */
  readonly place: string | undefined;
  /** Milliseconds that the place is to be left alone. */
  override readonly retryAfterMs: number;

  constructor(
    message: string,
    { place, retryAfterMs }: { readonly place: string | undefined; readonly retryAfterMs: number },
  ) {
    super('throttled', message, { retryAfterMs });
    this.place = place?.slice(0, 80);
    this.retryAfterMs = retryAfterMs;
  }
}

/** One of several places that a destination posts to refuses us, such as a channel that was archived: the others may take messages. */
export class PlaceRefusedError extends DestinationRefusedError {
  /** As people know it: the channel's name. At most 80 characters. */
  readonly place: string;

  constructor(code: DestinationCode, message: string, place: string) {
    super(code, message);
    this.place = place.slice(0, 80);
  }
}
