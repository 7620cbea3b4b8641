/** Small values that a browser keeps for us: signed, so that nobody can change them, and not encrypted, so nothing secret belongs into them. */
import { createHmac, hkdfSync, timingSafeEqual } from 'node:crypto';

/** Longer ones are none of ours: a browser keeps 4,096 bytes of one cookie. Characters. */
const MAX_SEALED = 3_900;

/** What a value is sealed for: one of another purpose does not open. */
export type Purpose = 'session' | 'login' | 'verifier' | 'nonce';

/**
 * The value as text, signed with HMAC-SHA256 by a key that HKDF (RFC 5869) derives from `secret`. Every process with the same relay.yaml opens it:
 * other replicas, other isolates.
 */
export function seal(value: object, secret: string, purpose: Purpose): string {
  const payload = Buffer.from(JSON.stringify(value)).toString('base64url');
  return `${payload}.${proofOf(payload, secret, purpose)}`;
}

/**
 * The value of a sealed text; undefined where it was not sealed with this secret for this purpose. Takes the same time for every wrong
 * signature.
 */
export function unseal(text: string, secret: string, purpose: Purpose): unknown {
  const [payload = '', given = '', more] = text.split('.');
  if (text.length > MAX_SEALED || more !== undefined) return undefined;
  const right = Buffer.from(proofOf(payload, secret, purpose));
  const presented = Buffer.from(given);
  if (presented.length !== right.length || !timingSafeEqual(presented, right)) return undefined;
  return peek(text);
}

/** What a sealed text says, whether it is genuine or not: for choosing the secret it has to be opened with. */
export function peek(text: string): unknown {
  if (text.length > MAX_SEALED) return undefined;
  try {
    return JSON.parse(Buffer.from(text.split('.')[0] ?? '', 'base64url').toString());
  } catch {
    return undefined;
  }
}

/** A value that only we can compute, for what must come back unchanged and be known to nobody else. 43 characters of base64url. */
export function proofOf(text: string, secret: string, purpose: Purpose): string {
  const key = hkdfSync('sha256', secret, '', `xdr-relay console ${purpose}`, 32);
  return createHmac('sha256', Buffer.from(key)).update(text).digest('base64url');
}
