/** Signs the assertions by which Entra ID knows the Worker, and publishes the key that they are checked with. */
import { randomUUID } from 'node:crypto';
import { importJWK, type JWK, SignJWT } from 'jose';
import { z } from 'zod';
import { systemClock } from '../../shared/clock.ts';
import type { CodeOf } from '../../shared/error-codes.ts';
import { NarrowRelayError } from '../../shared/errors.ts';

/** The key of the federated credential cannot be used. Code `federation_key_invalid`. */
export class FederationError extends NarrowRelayError<CodeOf<'worker'>> {}

/** What Entra ID expects of an assertion for it (Microsoft Learn, "Workload identity federation", audience). */
const AUDIENCE = 'api://AzureADTokenExchange';
/** The federated credential's subject. */
export const SUBJECT = 'xdr-relay';
const LIFETIME_SECONDS = 300;

const text = z.string().min(1).max(4096);
/** A private RSA key as a JSON Web Key (RFC 7517; RFC 7518, section 6.3). */
const keySchema = z.object({
  kty: z.literal('RSA'),
  kid: text,
  n: text,
  e: text,
  d: text,
  p: text,
  q: text,
  dp: text,
  dq: text,
  qi: text,
});
type PrivateKey = z.infer<typeof keySchema>;

/** The Worker as an issuer of tokens: Entra ID trusts what its key has signed, so that no secret of Entra's is kept here. */
export interface Federation {
  /** A fresh assertion: RS256, good for five minutes. */
  sign(): Promise<string>;
  /** What Entra ID fetches: OpenID Connect's discovery document and the public key; undefined for other paths. */
  document(path: string): unknown;
}

/**
 * @param issuer the Worker's own address, e.g. `https://xdr-relay.contoso.workers.dev`, without a slash at the end.
 * @param key a private RSA key, JSON Web Key as text. Throws {@link FederationError}.
 */
export function federation(issuer: string, key: string): Federation {
  const jwk = keyOf(key);
  return {
    async sign() {
      const now = Math.floor(systemClock.now() / 1000);
      return new SignJWT()
        .setProtectedHeader({ alg: 'RS256', typ: 'JWT', kid: jwk.kid })
        .setIssuer(issuer)
        .setSubject(SUBJECT)
        .setAudience(AUDIENCE)
        .setJti(randomUUID())
        .setIssuedAt(now)
        .setNotBefore(now - 30)
        .setExpirationTime(now + LIFETIME_SECONDS)
        .sign(await importJWK(jwk as JWK, 'RS256'));
    },
    document(path) {
      if (path === '/.well-known/openid-configuration') return discovery(issuer);
      if (path === '/.well-known/jwks.json') return { keys: [publicKey(jwk)] };
      return undefined;
    },
  };
}

/** OpenID Connect Discovery 1.0, section 3: what must be there. */
function discovery(issuer: string) {
  return {
    issuer,
    jwks_uri: `${issuer}/.well-known/jwks.json`,
    authorization_endpoint: `${issuer}/none`,
    response_types_supported: ['id_token'],
    subject_types_supported: ['public'],
    id_token_signing_alg_values_supported: ['RS256'],
  };
}

function publicKey({ kty, kid, n, e }: PrivateKey) {
  return { kty, kid, n, e, alg: 'RS256', use: 'sig' };
}

function keyOf(key: string): PrivateKey {
  let value: unknown;
  try {
    value = JSON.parse(key);
  } catch {
    value = undefined;
  }
  const { data } = keySchema.safeParse(value);
  if (data) return data;
  throw new FederationError(
    'federation_key_invalid',
    'AZURE_FEDERATED_KEY is not a private RSA key as a JSON Web Key with a kid',
  );
}
