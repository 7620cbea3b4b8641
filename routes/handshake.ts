/** Answers the handshake with which Event Grid's CloudEvents schema asks whether it may post to `/events`. */
import type { Context } from 'hono';
import { refuse } from './answers.ts';

/** What may be done with `/events`. */
export const ALLOW = 'POST, OPTIONS';

/**
 * Answers the handshake of CloudEvents' webhooks (HTTP 1.1 Web Hooks for Event Delivery 1.0, section 4.1).
 *
 * The permission is in the headers, not in the status. `WebHook-Request-Callback` is not followed: an address that a
 * stranger sends is none the relay calls.
 */
export function answerHandshake(c: Context, allowedOrigins: readonly string[]): Response {
  const origin = c.req.header('webhook-request-origin')?.trim();
  if (!origin) return c.body(null, 204, { allow: ALLOW });
  const allowed = allowedOrigins.some((each) => each === '*' || each.toLowerCase() === origin.toLowerCase());
  if (!allowed) {
    return refuse(
      c,
      403,
      { code: 'origin_not_allowed', message: 'This origin may not subscribe; see server.allowed_origins.' },
      {
        allow: ALLOW,
      },
    );
  }
  const rate = c.req.header('webhook-request-rate')?.trim() ?? '';
  return c.body(null, 200, {
    allow: ALLOW,
    'webhook-allowed-origin': origin,
    'webhook-allowed-rate': /^[1-9]\d{0,8}$/.test(rate) ? rate : '*',
  });
}
