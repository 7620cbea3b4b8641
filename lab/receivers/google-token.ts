/**
 * The token endpoint of Google's OAuth 2.0 for service accounts, which verifies the signature of the assertion:
 *
 * - https://developers.google.com/identity/protocols/oauth2/service-account : header and claims of the JWT, `grant_type`, form, reply
 *
 * The page says that `aud` "is always https://oauth2.googleapis.com/token"; the key file has that address as `token_uri`, and the address of this
 * endpoint is accepted besides it. The page shows no errors: their texts are those that users of Google's libraries report. `iat` may be five
 * minutes ahead of the endpoint's clock.
 */
import {
  generateKeyPairSync,
  type KeyObject,
  type KeyPairKeyObjectResult,
  randomBytes,
  verify,
} from 'node:crypto';
import { z } from 'zod';
import type { ReceivedRequest, ReceiverReply } from './server.ts';

/** The key file of a service account, as far as it says how to get a token. */
export interface ServiceAccountKey {
  readonly type: 'service_account';
  readonly project_id: string;
  readonly private_key_id: string;
  /** PKCS #8 in PEM. */
  readonly private_key: string;
  readonly client_email: string;
  readonly token_uri: string;
}

/** A service account with a key that was made for this process. */
export interface ServiceAccount {
  readonly publicKey: KeyObject;
  /** Without `token_uri`, as the port of the endpoint is not known yet. */
  readonly key: Omit<ServiceAccountKey, 'token_uri'>;
}

export interface TokenEndpoint {
  /** Answers a request to `/token`. */
  readonly answer: (request: ReceivedRequest, tokenUri: string) => ReceiverReply;
  /** The scopes of a token; undefined for a token that is unknown, expired or revoked. */
  readonly scopesOf: (token: string) => readonly string[] | undefined;
  /** Makes all tokens invalid that were given so far. */
  readonly revoke: () => void;
  /** How many tokens were given. */
  readonly given: () => number;
}

const GOOGLE = 'https://oauth2.googleapis.com/token';
const GRANT = 'urn:ietf:params:oauth:grant-type:jwt-bearer';
const MOST_SECONDS = 3_600;
const SKEW_SECONDS = 300;

const header = z.looseObject({ alg: z.literal('RS256'), typ: z.literal('JWT'), kid: z.string().optional() });
const claims = z.looseObject({
  iss: z.string(),
  scope: z.string(),
  aud: z.string(),
  iat: z.number().int(),
  exp: z.number().int(),
});

/** Of all accounts of this process: a key takes a tenth of a second to find. */
let keyPair: KeyPairKeyObjectResult | undefined;

export function makeServiceAccount(project: string): ServiceAccount {
  keyPair ??= generateKeyPairSync('rsa', { modulusLength: 2_048 });
  const { publicKey, privateKey } = keyPair;
  return {
    publicKey,
    key: {
      type: 'service_account',
      project_id: project,
      private_key_id: randomBytes(20).toString('hex'),
      private_key: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
      client_email: `xdr-relay@${project}.iam.gserviceaccount.com`,
    },
  };
}

/** `now` is in milliseconds since the epoch, `lifetimeSeconds` how long a token is valid. */
export function createTokenEndpoint(
  account: ServiceAccount,
  now: () => number,
  lifetimeSeconds: number,
): TokenEndpoint {
  const tokens = new Map<string, { readonly scopes: readonly string[]; readonly expires: number }>();
  let given = 0;

  function answer(request: ReceivedRequest, tokenUri: string): ReceiverReply {
    if (request.method !== 'POST') return refusal('invalid_request', 'POST only');
    const form = formOf(request);
    if (form === undefined) return refusal('invalid_request', 'Bad Request');
    if (form.get('grant_type') !== GRANT) {
      return refusal('unsupported_grant_type', `Invalid grant_type: ${form.get('grant_type') ?? ''}`);
    }
    const scopes = verified(form.get('assertion') ?? '', tokenUri);
    if (typeof scopes === 'string') return refusal('invalid_grant', scopes);
    if (
      scopes.length === 0 ||
      !scopes.every((scope) => scope.startsWith('https://www.googleapis.com/auth/'))
    ) {
      return refusal('invalid_scope', 'Invalid OAuth scope or ID token audience provided.');
    }
    const token = `ya29.${randomBytes(24).toString('base64url')}`;
    tokens.set(token, { scopes, expires: now() + lifetimeSeconds * 1_000 });
    given += 1;
    const body = { access_token: token, expires_in: lifetimeSeconds, token_type: 'Bearer' };
    return { status: 200, body: JSON.stringify(body) };
  }

  /** The scopes that an assertion asks for. A string says why it is not accepted. */
  function verified(assertion: string, tokenUri: string): readonly string[] | string {
    const [first = '', second = '', signature = '', ...more] = assertion.split('.');
    const head = header.safeParse(decoded(first));
    const claimed = claims.safeParse(decoded(second));
    if (!head.success || !claimed.success || more.length > 0) return 'Invalid JWT: malformed';
    const { iss, scope, aud, iat, exp } = claimed.data;
    if (iss !== account.key.client_email) return 'Invalid grant: account not found';
    const { kid } = head.data;
    const isKey = kid === undefined || kid === account.key.private_key_id;
    const bytes = Buffer.from(signature, 'base64url');
    const isSigned = verify('RSA-SHA256', Buffer.from(`${first}.${second}`), account.publicKey, bytes);
    if (!isKey || !isSigned) return 'Invalid JWT Signature.';
    if (aud !== GOOGLE && aud !== tokenUri) return 'Invalid JWT: Failed audience check.';
    const seconds = now() / 1_000;
    if (exp - iat > MOST_SECONDS || exp <= iat || exp <= seconds || iat > seconds + SKEW_SECONDS) {
      return 'Invalid JWT: Token must be a short-lived token (60 minutes) and in a reasonable timeframe. Check your iat and exp values in the JWT claim.';
    }
    return scope.split(' ').filter((each) => each !== '');
  }

  return {
    answer,
    scopesOf(token) {
      const known = tokens.get(token);
      return known !== undefined && known.expires > now() ? known.scopes : undefined;
    },
    revoke: () => tokens.clear(),
    given: () => given,
  };
}

function refusal(error: string, description: string): ReceiverReply {
  return { status: 400, body: JSON.stringify({ error, error_description: description }) };
}

function formOf({ headers, body }: ReceivedRequest): URLSearchParams | undefined {
  const isForm = /^application\/x-www-form-urlencoded(?: *;|$)/i.test(headers['content-type'] ?? '');
  return isForm ? new URLSearchParams(body) : undefined;
}

function decoded(part: string): unknown {
  try {
    return /^[\w-]+$/.test(part) ? JSON.parse(Buffer.from(part, 'base64url').toString('utf8')) : undefined;
  } catch {
    return undefined;
  }
}
