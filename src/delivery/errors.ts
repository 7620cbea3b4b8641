/** The errors with which delivery to a destination stops. */
import { AskedToWaitError } from '../destinations/errors.ts';
import type { ErrorCode } from '../shared/error-codes.ts';
import { RelayError } from '../shared/errors.ts';

/**
 * The destination is down: it has accepted nothing from any lane since these rows failed. No row is at fault and none is dropped: the
 * offset stays, and the destination is tried again later. The code is that of the cause, or `refuses_all_rows`.
 */
export class DestinationDownError extends AskedToWaitError<ErrorCode> {
  /** Whether it refused for a reason that does not pass by itself, such as a wrong token. */
  readonly isPermanent: boolean;

  constructor(
    code: ErrorCode,
    message: string,
    options?: {
      readonly cause?: unknown;
      readonly retryAfterMs?: number | undefined;
      readonly isPermanent?: boolean;
    },
  ) {
    super(code, message, options);
    this.isPermanent = options?.isPermanent ?? false;
  }
}

/** The destination accepts other rows, but the rows of this lane must wait. No other lane waits with them. */
export class LaneApartError extends RelayError {
  /** ms since the epoch. */
  readonly until: number;
  /** Whether the rows wait because their table is held, as rows of the table in other blobs do. */
  readonly isTableHeld: boolean;

  constructor(
    code: ErrorCode,
    message: string,
    options: { readonly cause?: unknown; readonly until: number; readonly isTableHeld?: boolean },
  ) {
    super(code, message, options);
    this.until = options.until;
    this.isTableHeld = options.isTableHeld ?? false;
  }
}

/** The lane must wait while another lane or consumer probes whether the destination accepts rows, or rows of this table, again. */
export class LaneWaitsError extends RelayError {
  /** When to ask again, ms since the epoch. */
  readonly until: number;

  constructor(until: number) {
    super('lane_stopped', 'The lane waits for its destination');
    this.until = until;
  }
}

/** A lane was told to stop between two requests. */
export class LaneStoppedError extends RelayError {
  constructor() {
    super('lane_stopped', 'The lane was stopped');
  }
}
