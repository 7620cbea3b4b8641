/** A tenant of Entra ID on loopback to which people log in: OpenID Connect's authorization code flow with PKCE, as strict as RFC 6749 and RFC 7636. */
import {
  createHash,
  createHmac,
  generateKeyPairSync,
  type KeyObject,
  type KeyPairKeyObjectResult,
  randomBytes,
  sign,
} from 'node:crypto';
import type { ReceiverReply } from './body.ts';
import { type ReceivedRequest, type Receiver, type ReceiverOptions, startReceiver } from './server.ts';

export interface OpenIdOptions extends ReceiverOptions {
  readonly tenant: string;
  readonly clientId: string;
  readonly clientSecret: string;
  /** The registered redirect URI: it has to be the very same string. */
  readonly redirectUri: string;
}

/** What the next tokens say, and how they are signed. */
export interface TokenOrder {
  /** Claims in place of the right ones; undefined leaves one out. */
  readonly claims?: Readonly<Record<string, unknown>>;
  /** `none`: an unsigned token. `HS256`: signed with the public key as a secret. `stranger`: signed with a key that is not published. */
  readonly signed?: 'none' | 'HS256' | 'stranger';
}

export interface OpenIdProvider extends Receiver {
  /** What the next tokens say. */
  order: TokenOrder;
  /** Why requests were refused. */
  readonly refusals: readonly string[];
}

interface Grant {
  readonly challenge: string;
  readonly nonce: string;
}

const AUTHORIZE = ['client_id', 'response_type', 'redirect_uri', 'response_mode', 'scope', 'state', 'nonce'];
const TOKEN = ['client_id', 'client_secret', 'grant_type', 'code', 'redirect_uri', 'code_verifier', 'scope'];

/** Of all tenants of this process, and what none of them publishes: a key takes a tenth of a second to find. */
let keys: { readonly own: KeyPairKeyObjectResult; readonly stranger: KeyPairKeyObjectResult } | undefined;

/** Starts the tenant. It knows one person, whose claims are those of `order`. */
export async function startOpenIdProvider(options: OpenIdOptions): Promise<OpenIdProvider> {
  const { tenant } = options;
  const pair = () => generateKeyPairSync('rsa', { modulusLength: 2048 });
  keys ??= { own: pair(), stranger: pair() };
  const { own, stranger } = keys;
  const grants = new Map<string, Grant>();
  const refusals: string[] = [];
  const counts = { requests: 0, faults: 0, refused: 0, events: 0 };
  let order: TokenOrder = {};

  const refuse = (status: number, error: string, why: string): ReceiverReply => {
    refusals.push(why);
    return { status, body: JSON.stringify({ error, error_description: `AADSTS9002: ${why} Trace ID: 1` }) };
  };

  const authorize = (given: URLSearchParams): ReceiverReply => {
    const why = faultOf(given, [...AUTHORIZE, 'code_challenge', 'code_challenge_method'], {
      client_id: options.clientId,
      response_type: 'code',
      redirect_uri: options.redirectUri,
      response_mode: 'query',
      code_challenge_method: 'S256',
    });
    if (why !== undefined) return refuse(400, 'invalid_request', why);
    if (!(given.get('scope') ?? '').split(' ').includes('openid'))
      return refuse(400, 'invalid_scope', 'no openid');
    const [challenge = '', nonce = '', state = ''] = ['code_challenge', 'nonce', 'state'].map(
      (name) => given.get(name) ?? '',
    );
    if (!/^[\w-]{43}$/.test(challenge)) return refuse(400, 'invalid_request', 'no SHA-256 as code_challenge');
    if (nonce.length < 20 || state.length < 20)
      return refuse(400, 'invalid_request', 'nonce or state can be guessed');
    const code = randomBytes(24).toString('base64url');
    grants.set(code, { challenge, nonce });
    const to = `${options.redirectUri}?${new URLSearchParams({ code, state, session_state: 'x' })}`;
    return { status: 302, headers: { location: to } };
  };

  const exchange = (request: ReceivedRequest): ReceiverReply => {
    if (request.headers['content-type'] !== 'application/x-www-form-urlencoded')
      return refuse(400, 'invalid_request', 'no form');
    const given = new URLSearchParams(request.body);
    const { clientId, clientSecret, redirectUri } = options;
    if (given.get('client_secret') !== clientSecret || given.get('client_id') !== clientId) {
      return refuse(401, 'invalid_client', `wrong secret ${given.get('client_secret')}`);
    }
    const why = faultOf(given, TOKEN, { grant_type: 'authorization_code', redirect_uri: redirectUri });
    if (why !== undefined) return refuse(400, 'invalid_request', why);
    const code = given.get('code') ?? '';
    const grant = grants.get(code);
    grants.delete(code);
    if (!grant) return refuse(400, 'invalid_grant', 'the code is unknown, or was used');
    const verifier = given.get('code_verifier') ?? '';
    const isVerified =
      /^[\w.~-]{43,128}$/.test(verifier) &&
      createHash('sha256').update(verifier).digest('base64url') === grant.challenge;
    if (!isVerified) return refuse(400, 'invalid_grant', 'the code_verifier is not that of the challenge');
    counts.events += 1;
    const id_token = tokenFor(grant);
    return {
      status: 200,
      body: JSON.stringify({ token_type: 'Bearer', expires_in: 3599, access_token: 'opaque', id_token }),
    };
  };

  const tokenFor = ({ nonce }: Grant): string => {
    const seconds = Math.floor(Date.now() / 1000);
    const claims = {
      iss: `${receiver.origin}/${tenant}/v2.0`,
      aud: options.clientId,
      tid: tenant,
      oid: '00000000-0000-4000-8000-0000000000aa',
      sub: 'pairwise',
      preferred_username: 'anna@contoso.example',
      ver: '2.0',
      nonce,
      iat: seconds,
      nbf: seconds,
      exp: seconds + 3600,
      ...order.claims,
    };
    return signed(claims, order.signed, { own, stranger });
  };

  const receiver = await startReceiver(options, counts, (request) => {
    const { pathname, searchParams } = new URL(request.path, 'http://provider');
    const key = `${request.method} ${pathname}`;
    if (key === `GET /${tenant}/oauth2/v2.0/authorize`) return authorize(searchParams);
    if (key === `POST /${tenant}/oauth2/v2.0/token`) return exchange(request);
    if (key !== `GET /${tenant}/discovery/v2.0/keys`) return refuse(404, 'not_found', key);
    const jwk = { ...own.publicKey.export({ format: 'jwk' }), kid: 'one', use: 'sig' };
    return { status: 200, body: JSON.stringify({ keys: [jwk] }) };
  });
  return {
    ...receiver,
    refusals,
    get order() {
      return order;
    },
    set order(next) {
      order = next;
    },
  };
}

/** What is wrong with a request's parameters: each once, all there, no others, and these with these values. */
function faultOf(
  given: URLSearchParams,
  names: readonly string[],
  values: Readonly<Record<string, string>>,
): string | undefined {
  for (const name of names) if (given.getAll(name).length !== 1) return `${name} is not there once`;
  for (const name of given.keys()) if (!names.includes(name)) return `${name} is unknown`;
  for (const [name, value] of Object.entries(values))
    if (given.get(name) !== value) return `${name} is another`;
  return undefined;
}

interface KeyPair {
  readonly publicKey: KeyObject;
  readonly privateKey: KeyObject;
}

function signed(
  claims: object,
  how: TokenOrder['signed'],
  { own, stranger }: { readonly own: KeyPair; readonly stranger: KeyPair },
): string {
  const alg = how === 'none' ? 'none' : how === 'HS256' ? 'HS256' : 'RS256';
  const part = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url');
  const text = `${part({ typ: 'JWT', alg, kid: 'one' })}.${part(claims)}`;
  if (how === 'none') return `${text}.`;
  if (how === 'HS256') {
    const secret = own.publicKey.export({ format: 'pem', type: 'spki' });
    return `${text}.${createHmac('sha256', secret).update(text).digest('base64url')}`;
  }
  const key = how === 'stranger' ? stranger.privateKey : own.privateKey;
  return `${text}.${sign('sha256', Buffer.from(text), key).toString('base64url')}`;
}
