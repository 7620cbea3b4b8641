/** The answer of every route that refuses a request: a status, a code and a sentence. */
import type { Context } from 'hono';
import type { ContentfulStatusCode } from 'hono/utils/http-status';
import type { ErrorCode } from '../src/shared/error-codes.ts';

/** What every route answers with when it refuses: a stable code for machines, a sentence for people. */
export function refuse(
  c: Context,
  status: ContentfulStatusCode,
  error: { readonly code: ErrorCode; readonly message: string },
  headers: Readonly<Record<string, string>> = {},
): Response {
  return c.json({ error }, status, headers);
}
