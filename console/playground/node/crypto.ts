/** The part of `node:crypto` that the relay's core uses, for browsers, over @noble/hashes. A test compares it with Node's own. */
import { hmac } from '@noble/hashes/hmac.js';
import { md5, sha1 } from '@noble/hashes/legacy.js';
import { sha256 } from '@noble/hashes/sha2.js';
import { Buffer } from './buffer.ts';

const HASHES = { sha256, sha1, md5 } as const;

type Data = string | Uint8Array;

/** A digest that is being computed. */
interface Digest {
  update(data: Data): Digest;
  digest(): Buffer;
  digest(encoding: 'hex' | 'base64' | 'base64url'): string;
}

export function createHash(algorithm: string): Digest {
  return wrapped(hashOf(algorithm).create());
}

export function createHmac(algorithm: string, key: Data): Digest {
  return wrapped(hmac.create(hashOf(algorithm), bytesOf(key)));
}

export function randomUUID(): string {
  return crypto.randomUUID();
}

interface Running {
  update(data: Uint8Array): unknown;
  digest(): Uint8Array;
}

function wrapped(running: Running): Digest {
  function digest(): Buffer;
  function digest(encoding: 'hex' | 'base64' | 'base64url'): string;
  function digest(encoding?: 'hex' | 'base64' | 'base64url'): Buffer | string {
    const bytes = Buffer.from(running.digest());
    return encoding === undefined ? bytes : bytes.toString(encoding);
  }
  const self: Digest = {
    update(data) {
      running.update(bytesOf(data));
      return self;
    },
    digest,
  };
  return self;
}

function hashOf(algorithm: string) {
  const found = Object.entries(HASHES).find(([name]) => name === algorithm.toLowerCase());
  if (!found) throw new TypeError(`no such digest here: ${algorithm}`);
  return found[1];
}

function bytesOf(data: Data): Uint8Array {
  return typeof data === 'string' ? Buffer.from(data) : data;
}

// biome-ignore lint/style/noDefaultExport: the module that it stands in for has one
export default { createHash, createHmac, randomUUID };
