/** The base class of the relay's errors, and functions that describe anything that was thrown. */
import type { ErrorCode } from './error-codes.ts';

/**
 * The base class of every error that this project throws on purpose.
 *
 * `code` is stable and machine-readable, one of `error-codes.ts`. `message` is a sentence for people and contains no secret.
 */
export class RelayError extends Error {
  readonly code: ErrorCode;

  constructor(code: ErrorCode, message: string, options?: { readonly cause?: unknown }) {
    super(message, options);
    this.name = new.target.name;
    this.code = code;
  }
}

/** A RelayError that accepts only some of the codes, such as the codes of one folder. */
export abstract class NarrowRelayError<C extends ErrorCode> extends RelayError {
  declare readonly code: C;

  constructor(code: C, message: string, options?: { readonly cause?: unknown }) {
    super(code, message, options);
  }
}

/** The message of anything that was thrown, as one line. */
export function messageOf(thrown: unknown): string {
  const text = thrown instanceof Error ? thrown.message || thrown.name : String(thrown);
  return text.replace(/\s+/g, ' ').trim();
}

/** The relay's code of anything that was thrown; undefined if it is not a RelayError. */
export function codeOf(thrown: unknown): ErrorCode | undefined {
  return thrown instanceof RelayError ? thrown.code : undefined;
}

declare const foreign: unique symbol;
/** A code of another program: Node's (`ENOENT`) or an SDK's. Only {@link foreignCodeOf} makes values of this type. */
export type ForeignCode = string & { readonly [foreign]: true };

/** The code of another program's error: Node's, an SDK's. */
export function foreignCodeOf(thrown: unknown): ForeignCode | undefined {
  if (thrown instanceof RelayError) return undefined;
  if (typeof thrown !== 'object' || thrown === null || !('code' in thrown)) return undefined;
  return typeof thrown.code === 'string' ? (thrown.code as ForeignCode) : undefined;
}

/** The fields of a log line about an error: its code, the relay's or another program's, and its message. */
export function loggedError(thrown: unknown): {
  readonly code: ErrorCode | ForeignCode | undefined;
  readonly error: string;
} {
  return { code: codeOf(thrown) ?? foreignCodeOf(thrown), error: messageOf(thrown) };
}
