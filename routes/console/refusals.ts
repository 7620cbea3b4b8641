/** The answers with which the console refuses, and what it answers where a view or an act fails. */
import type { Context } from 'hono';
import { redact } from '../../src/config/redact.ts';
import { type ErrorCode, errorCodes } from '../../src/shared/error-codes.ts';
import { loggedError, RelayError } from '../../src/shared/errors.ts';
import type { Logger } from '../../src/shared/logger.ts';
import { refuse } from '../answers.ts';

/** Codes whose HTTP status is not that of their room. */
const STATUS: Partial<Record<ErrorCode, 403 | 404 | 422 | 503 | 504>> = {
  busy: 503,
  role_needed: 403,
  not_found: 404,
  timeout: 504,
};

/** Rooms whose errors pass with time, without a change of the request. */
const PASSING = new Set<string>(['azure', 'state', 'queue']);

/**
 * Answers a failed view or act: our own errors by their sentence, all others without it, as that may hold secrets.
 *
 * @param secrets what no sentence may show, longest first.
 */
export function refuseError(
  c: Context,
  error: unknown,
  logger: Logger,
  secrets: readonly string[],
): Response {
  logger.warn('The console could not answer', {
    method: c.req.method,
    path: c.req.path,
    ...loggedError(error),
  });
  if (error instanceof RelayError) {
    const { code, message } = error;
    const isPassing = errorCodes[code].rooms.some((room) => PASSING.has(room));
    return refuse(c, STATUS[code] ?? (isPassing ? 503 : 422), { code, message: redact(message, secrets) });
  }
  return refuse(c, 500, { code: 'internal_error', message: 'The request failed; the log says why.' });
}

export function refuseLogin(c: Context): Response {
  return refuse(c, 401, {
    code: 'login_needed',
    message: 'Log in first: there is no session, or it has ended.',
  });
}

export function refuseRole(c: Context): Response {
  return refuse(c, 403, { code: 'role_needed', message: 'Only operators may change things.' });
}

/** @param waitMs until the next try has a chance. */
export function refuseRate(c: Context, waitMs: number): Response {
  const seconds = Math.max(1, Math.ceil(waitMs / 1000));
  const message = `Too many requests: try again in ${seconds} s.`;
  return refuse(c, 429, { code: 'too_many_requests', message }, { 'retry-after': String(seconds) });
}

export function refuseMethod(c: Context, allow: string): Response {
  return refuse(c, 405, { code: 'method_not_allowed', message: `Only ${allow} works here.` }, { allow });
}
