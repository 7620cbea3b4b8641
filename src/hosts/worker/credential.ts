/** Gets tokens from Entra ID for the Worker. */
import type { AccessToken, TokenCredential } from '@azure/identity';
import { z } from 'zod';
import { withDeadline } from '../../shared/deadline.ts';
import type { CodeOf } from '../../shared/error-codes.ts';
import { NarrowRelayError } from '../../shared/errors.ts';

/**
 * Entra ID gave no token. Codes: `credential_refused` (what we are is not accepted), `credential_unavailable` (try
 * again later).
 */
export class CredentialError extends NarrowRelayError<CodeOf<'worker'>> {}

/** Who the Worker is in Entra ID. */
export interface Identity {
  readonly tenantId: string;
  readonly clientId: string;
  /** `https://login.microsoftonline.com`, or a sovereign cloud's. */
  readonly authority: string;
  /** What the Worker proves it with: one of the two. */
  readonly proof:
    | { readonly kind: 'secret'; readonly secret: string }
    | { readonly kind: 'assertion'; readonly sign: () => Promise<string> };
}

export interface CredentialDeps {
  readonly fetch: (url: string, init: RequestInit) => Promise<Response>;
  /** ms since the epoch. */
  readonly now: () => number;
  /** A token that a service did not take, though its time is not over: another one is requested in its place. */
  readonly refused?: string | undefined;
}

/** A new token is requested when the current one expires within this. Milliseconds. */
const EARLY_MS = 5 * 60_000;
const TIMEOUT_MS = 10_000;
const MAX_REPLY = 64 * 1024;

const grantSchema = z.object({
  access_token: z.string().min(1).max(MAX_REPLY),
  expires_in: z.number().positive(),
});
const refusalSchema = z.object({ error: z.string().max(100), error_codes: z.array(z.number()).optional() });

/** Plain text and numbers: they may be shared by the invocations of an isolate, as no promise may. */
const tokens = new Map<string, AccessToken>();

/**
 * Tokens by the OAuth 2.0 client credentials grant (Microsoft Learn, "Microsoft identity platform and the OAuth 2.0
 * client credentials flow"), with a shared secret or with a federated credential's assertion.
 *
 * `@azure/identity` has no ClientAssertionCredential outside of Node.
 */
export function clientCredential(identity: Identity, deps: CredentialDeps): TokenCredential {
  return {
    async getToken(scopes, options = {}) {
      const scope = typeof scopes === 'string' ? scopes : scopes.join(' ');
      const tenant = options.tenantId ?? identity.tenantId;
      const key = `${identity.authority} ${tenant} ${identity.clientId} ${scope}`;
      const known = tokens.get(key);
      const isGood = known && known.expiresOnTimestamp - deps.now() > EARLY_MS;
      if (isGood && known.token !== deps.refused) return known;
      const token = await requestToken(identity, tenant, scope, deps);
      tokens.set(key, token);
      return token;
    },
  };
}

async function requestToken(
  identity: Identity,
  tenant: string,
  scope: string,
  { fetch, now }: CredentialDeps,
): Promise<AccessToken> {
  const form = new URLSearchParams({
    client_id: identity.clientId,
    scope,
    grant_type: 'client_credentials',
    ...(await proofOf(identity)),
  });
  const asked = now();
  const ask = async (signal: AbortSignal) => {
    const reply = await fetch(`${identity.authority}/${encodeURIComponent(tenant)}/oauth2/v2.0/token`, {
      method: 'POST',
      headers: { 'content-type': 'application/x-www-form-urlencoded', accept: 'application/json' },
      body: form.toString(),
      redirect: 'manual',
      signal,
    });
    return { status: reply.status, body: parse((await reply.text()).slice(0, MAX_REPLY)) };
  };
  const { status, body } = await withDeadline(TIMEOUT_MS, undefined, ask).catch((cause: unknown) => {
    throw new CredentialError('credential_unavailable', 'Entra ID did not answer', { cause });
  });
  const grant = grantSchema.safeParse(body).data;
  if (status === 200 && grant) {
    return { token: grant.access_token, expiresOnTimestamp: asked + grant.expires_in * 1000 };
  }
  throw refusal(status, body);
}

async function proofOf({ proof }: Identity): Promise<Readonly<Record<string, string>>> {
  if (proof.kind === 'secret') return { client_secret: proof.secret };
  return {
    // RFC 7523, section 2.2.
    client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer',
    client_assertion: await proof.sign(),
  };
}

/** The description is left out: it may quote what was sent. */
function refusal(status: number, body: unknown): CredentialError {
  const said = refusalSchema.safeParse(body).data;
  const codes = said?.error_codes?.map((code) => `AADSTS${code}`) ?? [];
  const what = said ? ` (${[said.error, ...codes].join(', ')})` : '';
  const passing = status >= 500 || status === 429 || status === 408;
  return passing
    ? new CredentialError('credential_unavailable', `Entra ID has no token for us now: HTTP ${status}${what}`)
    : new CredentialError('credential_refused', `Entra ID gives us no token: HTTP ${status}${what}`);
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
