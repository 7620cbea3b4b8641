/** The three ways in which a send can fail. Delivery treats each in its own way. */
import { RelayError } from '../shared/errors.ts';

/** A passing trouble: send the same batch again, later. 408, 429, 5xx, resets, time-outs, replies cut short. */
export class RetryableError extends RelayError {
  /** Milliseconds the destination asked us to wait, where it did. */
  readonly retryAfterMs: number | undefined;

  constructor(
    code: string,
    message: string,
    options?: { readonly cause?: unknown; readonly retryAfterMs?: number | undefined },
  ) {
    super(code, message, options);
    this.retryAfterMs = options?.retryAfterMs;
  }
}

/**
 * The destination is there and well, and will never take some row of this batch. It goes to the dead letters.
 */
export class RowsRefusedError extends RelayError {
  /** Indexes into the batch, where the destination names them; undefined: found by bisecting. */
  readonly rows: readonly number[] | undefined;

  constructor(
    code: string,
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
export class DestinationRefusedError extends RelayError {}
