/** SHA-2 hashes, synchronous on every platform: a browser's own SHA-2 is asynchronous, and rules are evaluated synchronously. */
import { hmac } from '@noble/hashes/hmac.js';
import { sha256, sha512 } from '@noble/hashes/sha2.js';
import { bytesToHex } from '@noble/hashes/utils.js';

const HASHES = { sha256, sha512 } as const;
const encoder = new TextEncoder();

export type HashName = keyof typeof HASHES;

/** The SHA-256 of a string's UTF-8, in lower-case hexadecimal. */
export function sha256Hex(text: string): string {
  return native?.hash?.('sha256', text) ?? bytesToHex(sha256(encoder.encode(text)));
}

/** The SHA-256 of the UTF-8 of strings one after the other, without the whole of them in memory a second time. */
export function sha256OfAll(texts: Iterable<string>): string {
  const hash = newSha256();
  for (const text of texts) {
    for (let from = 0; from < text.length; ) {
      let to = Math.min(text.length, from + PIECE);
      // The halves of a surrogate pair are encoded together.
      if (to < text.length && /[\ud800-\udbff]/.test(text[to - 1] ?? '')) to += 1;
      hash.update(text.slice(from, to));
      from = to;
    }
  }
  return hash.hex();
}

interface Sha256 {
  update(text: string): void;
  hex(): string;
}

interface NodeCrypto {
  /** Hashes the UTF-8 of a string in one call. Undefined in runtimes that are like Node in other things. */
  hash?(name: 'sha256', text: string): string;
  createHash(name: 'sha256'): {
    update(text: string, encoding: 'utf8'): void;
    digest(encoding: 'hex'): string;
  };
}

interface NodeProcess {
  getBuiltinModule?(name: 'node:crypto'): NodeCrypto | undefined;
}

/** Node's hashes where there are any: ten times faster than those in JavaScript for the megabytes of a rule set. */
const native = (globalThis as { readonly process?: NodeProcess }).process?.getBuiltinModule?.('node:crypto');

function newSha256(): Sha256 {
  if (native) {
    const hash = native.createHash('sha256');
    return { update: (text) => hash.update(text, 'utf8'), hex: () => hash.digest('hex') };
  }
  const hash = sha256.create();
  return { update: (text) => void hash.update(encoder.encode(text)), hex: () => bytesToHex(hash.digest()) };
}

/** How many UTF-16 units are encoded at once. */
const PIECE = 262_144;

/** The first 96 bits of the SHA-256 of a string's UTF-8, in base64url: 16 characters, long enough to make collisions infeasible. */
export function shortDigest(text: string): string {
  const bytes = sha256(encoder.encode(text)).subarray(0, 12);
  return btoa(String.fromCharCode(...bytes))
    .replaceAll('+', '-')
    .replaceAll('/', '_');
}

/** Makes a function that hashes a string's UTF-8 into lower-case hexadecimal; with a key, the function computes an HMAC. */
export function hexDigest(name: HashName, key?: string): (text: string) => string {
  const hash = HASHES[name];
  if (key === undefined) return (text) => bytesToHex(hash(encoder.encode(text)));
  // The key is hashed once, not for each string.
  const keyed = hmac.create(hash, encoder.encode(key));
  return (text) => bytesToHex(keyed.clone().update(encoder.encode(text)).digest());
}
