/** The root of all errors that are thrown on purpose, and what can be read from anything that was thrown. */
import type { ErrorCode } from './error-codes.ts';

/**
 * The root of every error this project throws on purpose.
 *
 * `code` is stable and machine-readable: one of `error-codes.ts`. `message` is a sentence for a person and holds no secret.
 */
export class RelayError extends Error {
  readonly code: ErrorCode;

  constructor(code: ErrorCode, message: string, options?: { readonly cause?: unknown }) {
    super(message, options);
    this.name = new.target.name;
    this.code = code;
  }
}

/** A RelayError that takes some of the codes only, such as those of one room. */
export abstract class NarrowRelayError<C extends ErrorCode> extends RelayError {
  declare readonly code: C;

  constructor(code: C, message: string, options?: { readonly cause?: unknown }) {
    super(code, message, options);
  }
}

/** The message of anything that was thrown, in one line. */
export function messageOf(thrown: unknown): string {
  const text = thrown instanceof Error ? thrown.message || thrown.name : String(thrown);
  return text.replace(/\s+/g, ' ').trim();
}

/** Our code of anything that was thrown; undefined where it is no error of ours. */
export function codeOf(thrown: unknown): ErrorCode | undefined {
  return thrown instanceof RelayError ? thrown.code : undefined;
}

declare const foreign: unique symbol;
/** A code that is not ours: of Node (`ENOENT`), of an SDK. Only {@link foreignCodeOf} makes one. */
export type ForeignCode = string & { readonly [foreign]: true };

/** The code of an error that is not ours: Node's, an SDK's. */
export function foreignCodeOf(thrown: unknown): ForeignCode | undefined {
  if (thrown instanceof RelayError) return undefined;
  if (typeof thrown !== 'object' || thrown === null || !('code' in thrown)) return undefined;
  return typeof thrown.code === 'string' ? (thrown.code as ForeignCode) : undefined;
}

/** What a log line says about an error: its code, whether it is the relay's own or another's, and its message. */
export function loggedError(thrown: unknown): {
  readonly code: ErrorCode | ForeignCode | undefined;
  readonly error: string;
} {
  return { code: codeOf(thrown) ?? foreignCodeOf(thrown), error: messageOf(thrown) };
}
