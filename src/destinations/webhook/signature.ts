/**
 * Signatures of Standard Webhooks 1.0: `v1` by a shared secret, and `v1a` by a private key whose public key the receiver has.
 *
 * `v1` is made with `node:crypto`, and not with the package `standardwebhooks`: its SHA-256 is JavaScript and holds the event loop 3 to 15
 * times as long for a batch of 64 KiB to 1 MiB. Tests and receivers verify with that package.
 */
import { Buffer } from 'node:buffer';
import { createHmac } from 'node:crypto';

const SHARED = 'whsec_';
const PRIVATE = 'whsk_';
/** What stands before the 32 bytes of an Ed25519 private key in PKCS #8 (RFC 8410, section 7). */
const PKCS8_HEAD = Buffer.from('302e020100300506032b657004220420', 'hex');

/**
 * The key in a Standard Webhooks secret: `whsec_` and 24 to 64 bytes in base64 (Standard Webhooks 1.0, "Signature scheme").
 * Undefined when the string is not such a secret.
 */
export function secretKey(secret: string): Uint8Array | undefined {
  const key = bytesAfter(SHARED, secret);
  return key && key.length >= 24 && key.length <= 64 ? key : undefined;
}

/**
 * The private key in `whsk_` and base64: the 32 bytes of an Ed25519 key, behind which its public key may stand, as some libraries have it.
 * Undefined when the string is none.
 */
export function privateKey(secret: string): Uint8Array | undefined {
  const key = bytesAfter(PRIVATE, secret);
  return key && (key.length === 32 || key.length === 64) ? key.subarray(0, 32) : undefined;
}

function bytesAfter(prefix: string, secret: string): Uint8Array | undefined {
  if (!secret.startsWith(prefix)) return undefined;
  const text = secret.slice(prefix.length);
  return /^[A-Za-z0-9+/]{1,128}={0,2}$/.test(text) ? Buffer.from(text, 'base64') : undefined;
}

/** What a request is signed with, and what for. */
export interface Signed {
  /** `webhook-id`. */
  readonly id: string;
  /** `webhook-timestamp`: whole seconds since the epoch. */
  readonly timestamp: number;
  readonly body: Uint8Array;
}

/** Makes one signature, such as `v1,K5oZ...`. */
export type Signer = (signed: Signed) => Promise<string>;

/** The signer of a secret of either kind. Throws a TypeError for what is none, which the configuration has refused before. */
export function signerOf(secret: string): Signer {
  const shared = secretKey(secret);
  if (shared) return async (signed) => hmacSignature(signed, shared);
  const seed = privateKey(secret);
  if (!seed) throw new TypeError('neither a whsec_ nor a whsk_ secret');
  let imported: ReturnType<typeof importKey> | undefined;
  return async (signed) => {
    imported ??= importKey(seed);
    return ed25519Signature(signed, await imported);
  };
}

function importKey(seed: Uint8Array) {
  return crypto.subtle.importKey('pkcs8', new Uint8Array([...PKCS8_HEAD, ...seed]), 'Ed25519', false, [
    'sign',
  ]);
}

function hmacSignature({ id, timestamp, body }: Signed, key: Uint8Array): string {
  return `v1,${createHmac('sha256', key).update(`${id}.${timestamp}.`).update(body).digest('base64')}`;
}

/** WebCrypto signs on another thread, on every host. */
async function ed25519Signature(
  { id, timestamp, body }: Signed,
  key: Awaited<ReturnType<typeof importKey>>,
): Promise<string> {
  const head = Buffer.from(`${id}.${timestamp}.`);
  const text = new Uint8Array(head.length + body.length);
  text.set(head);
  text.set(body, head.length);
  return `v1a,${Buffer.from(await crypto.subtle.sign('Ed25519', key, text)).toString('base64')}`;
}
