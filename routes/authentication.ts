/** Checks the shared key and the token that a request carries. */
import type { Buffer } from 'node:buffer';
import { createHash, timingSafeEqual } from 'node:crypto';
import type { TokenCheck, TokenVerdict } from '../src/event-grid/tokens.ts';
import type { ErrorCode } from '../src/shared/error-codes.ts';
import { RelayError } from '../src/shared/errors.ts';
import { isLoopbackHost } from '../src/shared/loopback.ts';

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
    const given = [
      credentials.query('code'),
      credentials.header('aeg-sas-key'),
      credentials.header('x-functions-key'),
      bearerOf(credentials),
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

function bearerOf(credentials: Credentials): string | undefined {
  return /^Bearer +(\S+)$/i.exec(credentials.header('authorization') ?? '')?.[1];
}

/** What proves that a request comes from Event Grid. */
export interface Proofs {
  /** Shared keys, any of which is right. */
  readonly keys: readonly string[];
  /** Left out: tokens of Entra ID are not accepted. */
  readonly tokens?: TokenCheck | undefined;
  /** `any`: a key or a token. `all`: both, if both are configured. */
  readonly authentication?: 'any' | 'all' | undefined;
}

/** Why a request is not let in: what to answer, and more for the log. */
export interface Stranger {
  readonly status: 401 | 403 | 503;
  readonly code: ErrorCode;
  readonly detail?: Readonly<Record<string, unknown>>;
  readonly error?: unknown;
}

/** Makes the check of a request's key and token. It resolves to undefined where they are right, and never rejects. */
export function strangerCheck({
  keys,
  tokens,
  authentication = 'any',
}: Proofs): (credentials: Credentials) => Promise<Stranger | undefined> {
  const checkKey = keyCheck(keys);
  if (!tokens && keys.length === 0) return async () => ({ status: 503, code: 'no_keys' });
  return async (credentials) => {
    const key = keys.length === 0 ? undefined : checkKey(credentials);
    const wrongKey = key === undefined || key === 'accepted' ? undefined : strangerByKey(key);
    // Comparing keys costs less than checking a signature, so strangers pay with that first.
    if (!tokens || (authentication === 'all' && wrongKey)) return wrongKey;
    if (authentication === 'any' && key === 'accepted') return undefined;
    const token = tokenOf(credentials);
    if (token === undefined) return wrongKey ?? { status: 401, code: 'token_missing' };
    return strangerByToken(await tokens(token));
  };
}

const strangerByKey = (key: 'missing' | 'wrong'): Stranger => ({
  status: 401,
  code: key === 'missing' ? 'key_missing' : 'key_wrong',
});

function strangerByToken(verdict: TokenVerdict): Stranger | undefined {
  switch (verdict.kind) {
    case 'accepted':
      return undefined;
    case 'unavailable':
      return { status: 503, code: 'token_keys_unavailable', error: verdict.error };
    case 'refused': {
      const { status, why, got } = verdict;
      return { status, code: status === 403 ? 'token_not_allowed' : 'token_wrong', detail: { why, got } };
    }
  }
}

/** A bearer that is written like a JSON Web Token (RFC 7519, section 3); anything else there is a shared key. */
function tokenOf(credentials: Credentials): string | undefined {
  const bearer = bearerOf(credentials);
  return bearer !== undefined && /^[\w-]+\.[\w-]+\.[\w-]*$/.test(bearer) ? bearer : undefined;
}

/**
 * Throws a RelayError `authentication_missing` unless the endpoint has keys or accepts tokens, or `insecure` was asked for and the
 * server listens on loopback alone. For a host to call before it listens.
 */
export function requireAuthentication(
  config: { readonly keys: readonly string[]; readonly entra?: object | undefined },
  options: { readonly insecure: boolean; readonly host: string },
): void {
  if (config.keys.length > 0 || config.entra !== undefined) return;
  if (!options.insecure) {
    throw new RelayError(
      'authentication_missing',
      'The endpoint has no key, so anybody could post to it. List one under server.keys in relay.yaml and give ' +
        'Event Grid the address with ?code=<key>, or set server.entra. To try it on this machine only: --insecure and server.host 127.0.0.1.',
    );
  }
  if (!isLoopbackHost(options.host)) {
    throw new RelayError(
      'authentication_missing',
      `--insecure works on loopback only, and server.host is ${options.host}. Set it to 127.0.0.1, or set server.keys.`,
    );
  }
}
