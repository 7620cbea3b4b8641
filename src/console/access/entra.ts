/** Logs people in with Entra ID: OpenID Connect's authorization code flow with PKCE (RFC 6749, RFC 7636, OpenID Connect Core 1.0, section 3.1). */
import { createHash } from 'node:crypto';
import { errors, jwtVerify } from 'jose';
import { z } from 'zod';
import { CLOUDS } from '../../azure/cloud.ts';
import type { RelayConfig } from '../../config/schema.ts';
import { type SigningKeys, signingKeys } from '../../event-grid/signing-keys.ts';
import type { Clock } from '../../shared/clock.ts';
import { withDeadline } from '../../shared/deadline.ts';
import type { CodeOf } from '../../shared/error-codes.ts';
import { messageOf, NarrowRelayError } from '../../shared/errors.ts';
import type { EntraPerson } from './people.ts';
import { proofOf } from './sealed.ts';

/** A login that did not work. The message is for the log, and has no secret in it. */
export class LoginError extends NarrowRelayError<CodeOf<'console'>> {}

export interface EntraDeps {
  readonly fetch: (url: string, init: RequestInit) => Promise<Response>;
  readonly clock: Pick<Clock, 'now' | 'monotonic' | 'after'>;
}

export interface EntraLogin {
  /** Where the browser is sent. @param state of this login, 43 characters of base64url. */
  authorizeUrl(state: string): string;
  /** Exchanges the code of the callback for a person. Throws {@link LoginError}. */
  person(code: string, state: string, signal: AbortSignal): Promise<EntraPerson>;
}

/** Entra ID's answer has a token of some KB. Bytes. */
const MAX_REPLY = 128 * 1024;
const TIMEOUT_MS = 10_000;
/** How far the clocks of Entra ID and of this machine may differ. Seconds. */
const SKEW_SECONDS = 60;

const replySchema = z.object({
  id_token: z
    .string()
    .min(1)
    .max(64 * 1024),
});
const refusalSchema = z.object({ error: z.string().max(200), error_description: z.string().optional() });
const claimsSchema = z.object({
  aud: z.union([z.string(), z.array(z.string()).max(100)]),
  azp: z.string().max(1_000).optional(),
  tid: z.string(),
  oid: z.string().min(1).max(100),
  nonce: z.string(),
  preferred_username: z.string().max(1_000).optional(),
  groups: z.array(z.string().max(100)).max(1_000).optional(),
  roles: z.array(z.string().max(200)).max(1_000).optional(),
  hasgroups: z.unknown().optional(),
  _claim_names: z.looseObject({ groups: z.unknown().optional() }).optional(),
});

/**
 * The login that `console.login.entra` describes; undefined without. Sends nothing before the first login.
 *
 * The addresses are those of version 2.0 (Microsoft Learn, "Microsoft identity platform and OAuth 2.0 authorization code flow"). It keeps
 * Entra ID's keys: make one for as long as the process or the isolate lives.
 */
export function entraLogin({ cloud, console: page }: RelayConfig, deps: EntraDeps): EntraLogin | undefined {
  const entra = page?.login?.entra;
  const address = page?.public_url;
  if (!entra || address === undefined) return undefined;
  const tenant = entra.tenant_id.toLowerCase();
  const own = entra.authority?.replace(/\/+$/, '');
  const base = `${own ?? CLOUDS[cloud].authority}/${tenant}`;
  const issuer = own === undefined ? CLOUDS[cloud].issuers.v2.replace('{tenant}', tenant) : `${base}/v2.0`;
  const redirect = new URL('/console/callback', address).href;
  const { client_id: client, client_secret: secret } = entra;
  const keys = signingKeys(new URL(`${base}/discovery/v2.0/keys`), deps);
  const verifierOf = (state: string) => proofOf(state, secret, 'verifier');
  const nonceOf = (state: string) => proofOf(state, secret, 'nonce');

  return {
    authorizeUrl(state) {
      const url = new URL(`${base}/oauth2/v2.0/authorize`);
      url.search = new URLSearchParams({
        client_id: client,
        response_type: 'code',
        redirect_uri: redirect,
        response_mode: 'query',
        scope: 'openid profile',
        state,
        nonce: nonceOf(state),
        code_challenge: challengeOf(verifierOf(state)),
        code_challenge_method: 'S256',
      }).toString();
      return url.href;
    },

    async person(code, state, signal) {
      const form = new URLSearchParams({
        client_id: client,
        client_secret: secret,
        grant_type: 'authorization_code',
        code,
        redirect_uri: redirect,
        code_verifier: verifierOf(state),
        scope: 'openid profile',
      });
      const token = await exchange(`${base}/oauth2/v2.0/token`, form, deps, signal);
      const expected = { issuer, tenant, client, nonce: nonceOf(state) };
      return personIn(await claimsOf(token, expected, keys, deps), expected);
    },
  };
}

interface Expected {
  readonly issuer: string;
  readonly tenant: string;
  readonly client: string;
  readonly nonce: string;
}

async function exchange(
  url: string,
  form: URLSearchParams,
  deps: EntraDeps,
  given: AbortSignal,
): Promise<string> {
  const asked = withDeadline(TIMEOUT_MS, given, (signal) => post(url, form, deps, signal), deps.clock);
  const { status, body } = await asked.catch((cause: unknown) => {
    throw new LoginError('login_unavailable', `Entra ID did not answer: ${messageOf(cause)}`, { cause });
  });
  const answer = status === 200 ? replySchema.safeParse(body).data : undefined;
  if (answer) return answer.id_token;
  const { data: refusal } = refusalSchema.safeParse(body);
  // The description names an error such as AADSTS7000215, and may repeat what was sent: the number alone is shown.
  const number = /\bAADSTS\d{1,9}\b/.exec(refusal?.error_description ?? '')?.[0];
  const why = [`HTTP ${status}`, refusal && /^\w{1,60}$/.exec(refusal.error)?.[0], number].filter(Boolean);
  const code = status >= 500 || status === 429 ? 'login_unavailable' : 'login_failed';
  throw new LoginError(code, `Entra ID did not exchange the code: ${why.join(', ')}`);
}

async function post(
  url: string,
  form: URLSearchParams,
  { fetch }: EntraDeps,
  signal: AbortSignal,
): Promise<{ readonly status: number; readonly body: unknown }> {
  const reply = await fetch(url, {
    method: 'POST',
    headers: { accept: 'application/json', 'content-type': 'application/x-www-form-urlencoded' },
    body: form.toString(),
    redirect: 'manual',
    signal,
  });
  return { status: reply.status, body: JSON.parse(await textOf(reply)) };
}

async function claimsOf(
  token: string,
  { issuer, client }: Expected,
  keys: SigningKeys,
  { clock }: EntraDeps,
): Promise<z.infer<typeof claimsSchema>> {
  try {
    const { payload } = await jwtVerify(token, keys.find, {
      algorithms: ['RS256'],
      issuer,
      audience: client,
      clockTolerance: SKEW_SECONDS,
      currentDate: new Date(clock.now()),
      requiredClaims: ['exp', 'iat', 'oid', 'tid', 'nonce'],
    });
    return claimsSchema.parse(payload);
  } catch (cause) {
    // A fault of the token is Entra ID's or a stranger's; what is left are the keys, which may be there the next time.
    const isToken = cause instanceof z.ZodError || isFault(cause);
    const code = isToken ? 'login_failed' : 'login_unavailable';
    const why = cause instanceof z.ZodError ? 'it lacks claims' : messageOf(cause);
    throw new LoginError(code, `The token of Entra ID is not accepted: ${why}`, { cause });
  }
}

function isFault(error: unknown): boolean {
  return error instanceof errors.JOSEError && !(error instanceof errors.JWKSTimeout);
}

function personIn(claims: z.infer<typeof claimsSchema>, { tenant, client, nonce }: Expected): EntraPerson {
  // OpenID Connect Core 1.0, section 3.1.3.7: what is for others, too, or was asked for by another application, is not taken.
  if ((Array.isArray(claims.aud) && claims.aud.length > 1) || (claims.azp ?? client) !== client) {
    throw new LoginError('login_failed', 'The token of Entra ID is for another application, too');
  }
  if (claims.tid.toLowerCase() !== tenant) {
    throw new LoginError('login_failed', 'The token of Entra ID is of another tenant');
  }
  if (claims.nonce !== nonce) {
    throw new LoginError('login_failed', 'The token of Entra ID is for another login: its nonce differs');
  }
  const { oid: id, preferred_username: name = claims.oid, groups = [], roles = [] } = claims;
  const isOverage = claims._claim_names?.groups !== undefined || claims.hasgroups !== undefined;
  // App roles count even where the groups do not fit into the token.
  if (isOverage && groups.length === 0 && roles.length === 0) {
    throw new LoginError(
      'login_too_many_groups',
      'The person is in more groups than a token of Entra ID holds (200): let the token hold the groups that are assigned to the application, or use app roles',
    );
  }
  return { id, name: name.slice(0, 200), grants: [...groups.map((group) => group.toLowerCase()), ...roles] };
}

/** Reads no more than {@link MAX_REPLY}: what answers may be a proxy, or nobody we know. */
async function textOf(response: Response): Promise<string> {
  const reader = response.body?.getReader();
  if (!reader) return '';
  const decoder = new TextDecoder();
  let text = '';
  for (let part = await reader.read(); !part.done; part = await reader.read()) {
    text += decoder.decode(part.value, { stream: true });
    if (text.length <= MAX_REPLY) continue;
    await reader.cancel().catch(() => {});
    throw new Error(`the answer is longer than ${MAX_REPLY} bytes`);
  }
  return text + decoder.decode();
}

/** RFC 7636, section 4.2: S256. */
function challengeOf(verifier: string): string {
  return createHash('sha256').update(verifier).digest('base64url');
}
