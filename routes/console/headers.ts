/** The headers that keep a browser from doing with the console what it should not. */
import type { Context } from 'hono';

/** Own scripts and styles alone, nothing inline, no frames, and no other origin. Images may be written out, for small icons. */
const CONTENT_SECURITY_POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self' data:",
  "connect-src 'self'",
  "worker-src 'self'",
  "font-src 'self'",
  "manifest-src 'self'",
  "form-action 'self'",
  "base-uri 'none'",
  "frame-ancestors 'none'",
].join('; ');

const HEADERS: readonly (readonly [string, string])[] = [
  ['content-security-policy', CONTENT_SECURITY_POLICY],
  ['x-content-type-options', 'nosniff'],
  ['x-frame-options', 'DENY'],
  ['referrer-policy', 'no-referrer'],
  ['permissions-policy', 'camera=(), display-capture=(), geolocation=(), microphone=(), payment=(), usb=()'],
  ['cross-origin-opener-policy', 'same-origin'],
  ['cross-origin-resource-policy', 'same-origin'],
  ['x-robots-tag', 'noindex'],
];

/** @param isHttps the console is reached over https: then the browser shall never try anything else. */
export function secure(c: Context, isHttps: boolean): void {
  for (const [name, value] of HEADERS) c.header(name, value);
  if (isHttps) c.header('strict-transport-security', 'max-age=31536000');
}
