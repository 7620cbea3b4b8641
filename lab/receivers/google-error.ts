/** Errors of Google's APIs: https://cloud.google.com/apis/design/errors */
import type { ReceiverReply } from './body.ts';

const STATUSES = {
  INVALID_ARGUMENT: 400,
  UNAUTHENTICATED: 401,
  PERMISSION_DENIED: 403,
  NOT_FOUND: 404,
  RESOURCE_EXHAUSTED: 429,
  INTERNAL: 500,
  UNAVAILABLE: 503,
  DEADLINE_EXCEEDED: 504,
} as const;

export type GoogleStatus = keyof typeof STATUSES;

/** `google.rpc.Status` in JSON, with the HTTP status that belongs to it. */
export function googleError(status: GoogleStatus, message: string): ReceiverReply {
  const code = STATUSES[status];
  return {
    status: code,
    headers: {
      'content-type': 'application/json; charset=UTF-8',
      ...(code === 401 && { 'www-authenticate': 'Bearer realm="https://accounts.google.com/"' }),
    },
    body: JSON.stringify({ error: { code, message, status } }),
  };
}
