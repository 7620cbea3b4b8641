/**
 * Signatures of Standard Webhooks 1.0.
 *
 * Made with `node:crypto`, and not with the package `standardwebhooks`: its SHA-256 is JavaScript and holds the event loop 3 to 15
 * times as long for a batch of 64 KiB to 1 MiB. Tests and receivers verify with that package.
 */
import { Buffer } from 'node:buffer';
import { createHmac } from 'node:crypto';

const PREFIX = 'whsec_';

/**
 * The key in a Standard Webhooks secret: `whsec_` and 24 to 64 bytes in base64 (Standard Webhooks 1.0, "Signature scheme").
 * Undefined when the string is not such a secret.
 */
export function secretKey(secret: string): Uint8Array | undefined {
  if (!secret.startsWith(PREFIX)) return undefined;
  const text = secret.slice(PREFIX.length);
  if (!/^[A-Za-z0-9+/]{1,128}={0,2}$/.test(text)) return undefined;
  const key = Buffer.from(text, 'base64');
  return key.length >= 24 && key.length <= 64 ? key : undefined;
}

/**
 * The `webhook-signature` header: one `v1` HMAC-SHA256 of `id.timestamp.body` per key, separated by spaces.
 * @param timestamp whole seconds since the epoch.
 */
export function signature(
  id: string,
  timestamp: number,
  body: Uint8Array,
  keys: readonly Uint8Array[],
): string {
  return keys
    .map(
      (key) => `v1,${createHmac('sha256', key).update(`${id}.${timestamp}.`).update(body).digest('base64')}`,
    )
    .join(' ');
}
