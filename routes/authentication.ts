/** Checks the shared key that a request carries. */
import type { Buffer } from 'node:buffer';
import { createHash, timingSafeEqual } from 'node:crypto';
import { RelayError } from '../src/shared/errors.ts';

/** Longer ones are no keys of ours, and not worth a hash. */
const MAX_KEY = 1024;

export type Authentication = 'accepted' | 'missing' | 'wrong';

/** Where a request carries its key; the same places Azure Functions and Event Grid use. */
export interface Credentials {
  query(name: string): string | undefined;
  header(name: string): string | undefined;
}

/**
 * Makes the check of a request's shared key. It looks at the query parameter `code` and the headers `aeg-sas-key`,
 * `x-functions-key` and `Authorization: Bearer`; one that is right is enough.
 *
 * Keys are compared as SHA-256 digests, each with all of ours, so the time taken says nothing about them.
 */
export function keyCheck(keys: readonly string[]): (credentials: Credentials) => Authentication {
  const digests = keys.map(digest);
  return (credentials) => {
    const bearer = /^Bearer +(\S+)$/i.exec(credentials.header('authorization') ?? '')?.[1];
    const given = [
      credentials.query('code'),
      credentials.header('aeg-sas-key'),
      credentials.header('x-functions-key'),
      bearer,
    ].flatMap((key) => (key ? [key] : []));
    if (given.length === 0) return 'missing';
    let right = false;
    for (const key of given) {
      const presented = digest(key.length <= MAX_KEY ? key : '');
      for (const ours of digests) if (timingSafeEqual(presented, ours)) right = true;
    }
    return right ? 'accepted' : 'wrong';
  };
}

function digest(key: string): Buffer {
  return createHash('sha256').update(key).digest();
}

/**
 * Throws a RelayError `authentication_missing` unless the endpoint has keys, or `insecure` was asked for and the
 * server listens on loopback alone. For a host to call before it listens.
 */
export function requireAuthentication(
  config: { readonly keys: readonly string[] },
  options: { readonly insecure: boolean; readonly host: string },
): void {
  if (config.keys.length > 0) return;
  if (!options.insecure) {
    throw new RelayError(
      'authentication_missing',
      'The endpoint has no key, so anybody could post to it. List one under server.keys in relay.yaml and give ' +
        'Event Grid the address with ?code=<key>. To try it on this machine only: --insecure and server.host 127.0.0.1.',
    );
  }
  if (!isLoopback(options.host)) {
    throw new RelayError(
      'authentication_missing',
      `--insecure works on loopback only, and server.host is ${options.host}. Set it to 127.0.0.1, or set server.keys.`,
    );
  }
}

function isLoopback(host: string): boolean {
  return /^(?:localhost|127(?:\.\d{1,3}){3}|\[?::1\]?)$/i.test(host);
}
