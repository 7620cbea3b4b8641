/** What a failed request says about the rows in it, as far as anybody can tell from outside. */

import { DestinationRefusedError, RetryableError, RowsRefusedError } from '../destinations/errors.ts';
import type { ErrorCode } from '../shared/error-codes.ts';

/** What {@link Destination.send} throws. */
export type SendError = RetryableError | RowsRefusedError | DestinationRefusedError;

/**
 * `unreached`: the destination has not seen the rows, so none of them can be the cause.
 * `busy`: it asks for fewer requests. `silent`: it did not answer in time. `refused`: a status that says no, to the rows or to us.
 * `failed`: everything else. All but `unreached` may be caused by one row: a filter in front of a destination answers 403, 429 or
 * 500 to a string it does not like, or resets the connection, so the status alone proves nothing.
 */
export type FailureKind = 'unreached' | 'busy' | 'silent' | 'refused' | 'failed';

const UNREACHED: ReadonlySet<ErrorCode> = new Set([
  'unreachable',
  'address_refused',
  'bad_certificate',
  'bad_network',
  'bad_port',
  'acknowledgement_off',
]);
const BUSY: ReadonlySet<ErrorCode> = new Set(['throttled', 'busy']);
const SILENT: ReadonlySet<ErrorCode> = new Set(['timeout', 'not_acknowledged']);

export function kindOf(error: SendError): FailureKind {
  if (UNREACHED.has(error.code)) return 'unreached';
  if (!(error instanceof RetryableError)) return 'refused';
  if (BUSY.has(error.code)) return 'busy';
  return SILENT.has(error.code) ? 'silent' : 'failed';
}

export function isSendError(error: unknown): error is SendError {
  return (
    error instanceof RetryableError ||
    error instanceof RowsRefusedError ||
    error instanceof DestinationRefusedError
  );
}

/** Milliseconds the destination asked us to wait; 0 where it did not. */
export function askedWait(error: SendError): number {
  return error instanceof RetryableError ? (error.retryAfterMs ?? 0) : 0;
}

/** Whether trying the same request again may help: passing trouble. */
export function mayPass(error: SendError): boolean {
  return error instanceof RetryableError;
}

/** One answer that a row got, for the dead letter and the person who reads it. */
export interface Answer {
  readonly code: string;
  readonly message: string;
}

/** Different answers beyond this are not kept. */
const MOST_ANSWERS = 10;

/** The distinct answers, the new one included. */
export function withAnswer(answers: readonly Answer[], { code, message }: Answer): readonly Answer[] {
  const isKnown = answers.some((each) => each.code === code && each.message === message);
  return isKnown || answers.length >= MOST_ANSWERS ? answers : [...answers, { code, message }];
}
