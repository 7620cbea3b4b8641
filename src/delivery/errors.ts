import { RelayError } from '../shared/errors.ts';

/**
 * A destination takes nothing now: it refused us, or retries ran out. No row is at fault and none is dropped:
 * the offset stays and the destination is tried again later. The code is that of the cause, or `refuses_all_rows`.
 */
export class DestinationDownError extends RelayError {
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
