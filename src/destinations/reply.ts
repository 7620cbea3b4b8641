/** What replies have in common over all products: statuses, waits, and excerpts without secrets. */

import { z } from 'zod';
import { DAY_MS } from '../shared/duration.ts';
import type { CodeOf } from '../shared/error-codes.ts';
import { hideSecrets } from '../shared/hide-secrets.ts';
import { DestinationRefusedError, RetryableError, RowsRefusedError } from './errors.ts';
import type { HttpReply } from './http.ts';

/** How a reply is put into an error's message: what the destination is called, and what must not appear. */
export interface ReplyContext {
  /** E.g. `Splunk`, `Slack`: begins the sentence. */
  readonly who: string;
  /** Tokens and the like, in case the reply repeats them. */
  readonly secrets: readonly string[];
  /** Wall clock, milliseconds since the epoch, for a `Retry-After` that is a date. */
  readonly now: number;
  /** The longest wait that a reply may ask for, milliseconds. */
  readonly retryAfterMaxMs: number;
}

const LONGEST_WAIT_MS = DAY_MS;
const SECONDS = /^\d{1,12}(?:\.\d{1,9})?$/;

/**
 * `Retry-After` (RFC 9110, section 10.2.3), seconds or an HTTP date, as milliseconds from `now`: 0 to 24 hours.
 * Undefined when the header is absent or is neither.
 */
export function retryAfterMs(value: string | undefined, now: number): number | undefined {
  if (value === undefined) return undefined;
  const text = value.trim();
  if (SECONDS.test(text)) return bounded(Number(text) * 1000);
  if (!/^[A-Z][a-z]+,? /.test(text)) return undefined;
  const at = Date.parse(text);
  return Number.isNaN(at) ? undefined : bounded(at - now);
}

const amount = z.lazy(() =>
  z
    .union([z.number().nonnegative(), z.string().trim().regex(SECONDS).transform(Number)])
    .optional()
    .catch(undefined),
);
const waitInBody = z.object({ retry_after: amount, retry_after_ms: amount });

/**
 * The wait that a JSON body names, milliseconds, 0 to 24 hours: `retry_after` in seconds (Discord, "Rate limits"; Slack and
 * its imitators), as a number or a string, or `retry_after_ms` (Matrix client-server API, "Rate limiting").
 * Undefined when the body is no JSON object or names none.
 */
export function retryAfterMsInBody(body: string): number | undefined {
  const said = waitInBody.safeParse(parsedJson(body)).data;
  if (said?.retry_after !== undefined) return bounded(said.retry_after * 1000);
  return said?.retry_after_ms === undefined ? undefined : bounded(said.retry_after_ms);
}

/** A reply's body as JSON; undefined when it is none. */
export function parsedJson(body: string): unknown {
  try {
    return JSON.parse(body);
  } catch {
    return undefined;
  }
}

function bounded(ms: number): number {
  return Math.min(Math.max(Math.ceil(ms), 0), LONGEST_WAIT_MS);
}

/** What of an address may be a secret: its query's values and the longer parts of its path. */
export function secretsInUrl(address: string): readonly string[] {
  const url = new URL(address);
  const parts = url.pathname.split('/').filter((part) => part.length >= 8);
  const values = [...url.searchParams.values()];
  const all = [`${url.pathname}${url.search}`, ...parts, ...values, ...values.map(encodeURIComponent)];
  return all.filter((text) => text !== '/');
}

/** A reply on one line, its secrets blotted out. */
export function oneLine(body: string, secrets: readonly string[]): string {
  return hideSecrets(body, secrets, '***')
    .replace(/[\s\p{Cc}\p{Cf}]+/gu, ' ')
    .trim();
}

/** Up to 200 characters of a reply, on one line, its secrets blotted out. */
export function excerpt(body: string, secrets: readonly string[]): string {
  const line = oneLine(body, secrets);
  return line.length > 200 ? `${line.slice(0, 199)}…` : line;
}

/**
 * What a status means for every destination; each adds what its protocol says beyond that.
 *
 * Undefined for 2xx. 408, 425, 429 and 5xx pass by; 400, 413 and 422 are about the rows; any other is about us.
 */
export function troubleIn(
  reply: HttpReply,
  context: ReplyContext,
): RetryableError | RowsRefusedError | DestinationRefusedError | undefined {
  const { status } = reply;
  if (status >= 200 && status < 300) return undefined;
  const message = describe(reply, context);
  if (status >= 300 && status < 400) {
    return new DestinationRefusedError('redirected', `${message}: redirects are not followed`);
  }
  if (status === 429) return retryable('throttled', reply, context);
  if (status === 408 || status === 425 || status >= 500) return retryable('server_error', reply, context);
  if (status === 413) return new RowsRefusedError('too_large', message);
  if (status === 400 || status === 422) return new RowsRefusedError('rows_refused', message);
  if (status === 401 || status === 403) return new DestinationRefusedError('not_authorized', message);
  if (status === 404 || status === 410) return new DestinationRefusedError('not_found', message);
  return new DestinationRefusedError('refused', message);
}

/**
 * A {@link RetryableError} that carries the wait which the reply asks for: its `Retry-After`, else what the body of a 429 or
 * a 503 names; at most `retryAfterMaxMs`, since nobody means a pause of a day.
 */
export function retryable(
  code: CodeOf<'destinations'>,
  reply: HttpReply,
  context: ReplyContext,
): RetryableError {
  const inBody = reply.status === 429 || reply.status === 503 ? retryAfterMsInBody(reply.body) : undefined;
  const wait = retryAfterMs(reply.header('retry-after'), context.now) ?? inBody;
  return new RetryableError(code, describe(reply, context), {
    retryAfterMs: wait === undefined ? undefined : Math.min(wait, context.retryAfterMaxMs),
  });
}

/** `Splunk answered 503: Server is busy`. */
export function describe(reply: HttpReply, context: ReplyContext): string {
  const said = excerpt(reply.body, context.secrets);
  return `${context.who} answered ${reply.status}${said === '' ? '' : `: ${said}`}`;
}
