/** Classifies failed requests by what they show about the rows in them. */

import { DestinationRefusedError, RetryableError, RowsRefusedError } from '../destinations/errors.ts';
import type { ErrorCode } from '../shared/error-codes.ts';

/** What {@link Destination.send} throws. */
export type SendError = RetryableError | RowsRefusedError | DestinationRefusedError;

/**
 * `unreached`: the destination did not receive the rows, so none of them can be the cause.
 * `busy`: it asks for fewer requests. `silent`: it did not respond in time. `refused`: a status that refuses the rows, or the relay.
 * `failed`: everything else. One row may cause any of these but `unreached`: a filter in front of a destination answers 403, 429 or
 * 500 to a string that it does not like, or resets the connection, so the status alone proves nothing.
 */
export type FailureKind = 'unreached' | 'busy' | 'silent' | 'refused' | 'failed';

const UNREACHED: ReadonlySet<ErrorCode> = new Set([
  'unreachable',
  'address_refused',
  'bad_certificate',
  'bad_network',
  'bad_port',
  'acknowledgement_off',
  'alerts_not_stored',
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

/** The pause that the destination asked for, in milliseconds; 0 if it asked for none. */
export function askedWait(error: SendError): number {
  return error instanceof RetryableError ? (error.retryAfterMs ?? 0) : 0;
}

/** Whether the failure may pass, so that the same request may succeed later. */
export function mayPass(error: SendError): boolean {
  return error instanceof RetryableError;
}

/** One response to a row, stored in the dead letter for the person who reads it. */
export interface Answer {
  readonly code: string;
  readonly message: string;
}

/** How many distinct responses are kept. */
const MOST_ANSWERS = 10;

/** Adds a response to the distinct responses. */
export function withAnswer(answers: readonly Answer[], { code, message }: Answer): readonly Answer[] {
  const isKnown = answers.some((each) => each.code === code && each.message === message);
  return isKnown || answers.length >= MOST_ANSWERS ? answers : [...answers, { code, message }];
}
