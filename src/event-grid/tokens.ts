/** Checks the Entra ID tokens with which Event Grid authenticates itself to a webhook. */
import { errors, type JWTPayload, jwtVerify } from 'jose';
import type { Clock } from '../shared/clock.ts';
import { type SigningKeysDeps, signingKeys } from './signing-keys.ts';

/** Whose tokens are accepted, and for whom they have to be. */
export interface TokenSettings {
  /** Entra ID, without a slash at the end. */
  readonly authority: string;
  readonly tenantId: string;
  /** The tenant's issuers: of tokens of version 1 and 2. */
  readonly issuers: readonly string[];
  /** The application id of the webhook, or its App ID URI; any of them. */
  readonly audiences: readonly string[];
  /** Event Grid's application id. */
  readonly applicationId: string;
}

/**
 * What a token is worth. `refused`: it never becomes right, with 401 where it proves nothing, with 403 where it proves to be somebody
 * else's; `why` and `got` are for the log. `unavailable`: it could not be judged now.
 */
export type TokenVerdict =
  | { readonly kind: 'accepted' }
  | {
      readonly kind: 'refused';
      readonly status: 401 | 403;
      readonly why: TokenFault;
      /** What a token that Entra ID has signed says instead of what is expected. At most 200 characters. */
      readonly got?: string;
    }
  | { readonly kind: 'unavailable'; readonly error: unknown };

export type TokenFault =
  | 'too_long'
  | 'malformed'
  | 'algorithm'
  | 'unknown_key'
  | 'signature'
  | 'expired'
  | 'not_yet_valid'
  | 'issuer'
  | 'audience'
  | 'application'
  | 'role';

export type TokenCheck = (token: string) => Promise<TokenVerdict>;

/** Event Grid has this role in the webhook's application (Microsoft Learn, "Secure webhook delivery with Microsoft Entra ID"). */
const ROLE = 'AzureEventGridSecureWebhookSubscriber';
/** Tokens of applications have about 2 KB, and Node accepts 16 KiB of headers. Characters. */
const MAX_TOKEN = 12 * 1024;
/** How far the clocks of Entra ID and of this machine may differ. Seconds. */
const SKEW_SECONDS = 60;
const MAX_GOT = 200;

/**
 * Makes the check of a token: signed by Entra ID (RS256 with a key of the tenant), issued by the tenant, for this webhook, to Event
 * Grid, with its role, and in force.
 *
 * Its promise never rejects. What may pass with time is `unavailable`, never `refused`: Event Grid drops the events that it is refused.
 */
export function eventGridTokens(
  settings: TokenSettings,
  deps: SigningKeysDeps & { readonly clock: Pick<Clock, 'monotonic' | 'now'> },
): TokenCheck {
  const { authority, tenantId, issuers, audiences } = settings;
  const keys = signingKeys(new URL(`${authority}/${encodeURIComponent(tenantId)}/discovery/v2.0/keys`), deps);
  return async (token) => {
    if (token.length > MAX_TOKEN) return refused('too_long');
    const began = deps.clock.monotonic();
    try {
      const { payload } = await jwtVerify(token, keys.find, {
        algorithms: ['RS256'],
        issuer: [...issuers],
        audience: [...audiences],
        clockTolerance: SKEW_SECONDS,
        currentDate: new Date(deps.clock.now()),
        requiredClaims: ['exp'],
      });
      return judge(payload, settings.applicationId);
    } catch (error) {
      // A key that is unknown to keys of before this token may be a new one; to keys that were fetched for it, it is none.
      return verdictOf(error, keys.fetchedAt() >= began);
    }
  };
}

/** Version 1 names the application in `appid`, version 2 in `azp` (Microsoft Learn, "Access token claims reference"). */
function judge(payload: JWTPayload, applicationId: string): TokenVerdict {
  const application = payload.ver === '2.0' ? payload.azp : payload.appid;
  if (typeof application !== 'string' || application.toLowerCase() !== applicationId.toLowerCase()) {
    return refused('application', application);
  }
  const roles: unknown = payload.roles;
  if (!Array.isArray(roles) || !roles.includes(ROLE)) return refused('role', roles);
  return { kind: 'accepted' };
}

function verdictOf(error: unknown, looked: boolean): TokenVerdict {
  if (error instanceof errors.JWTExpired) return refused('expired', error.payload.exp);
  if (error instanceof errors.JWTClaimValidationFailed) {
    const { claim, payload } = error;
    return refused(CLAIMS[claim] ?? 'malformed', payload[claim]);
  }
  if (error instanceof errors.JWKSNoMatchingKey) {
    return looked ? refused('unknown_key') : { kind: 'unavailable', error };
  }
  const fault = FAULTS.find(([type]) => error instanceof type)?.[1];
  return fault === undefined ? { kind: 'unavailable', error } : refused(fault);
}

const CLAIMS: Readonly<Record<string, TokenFault>> = {
  iss: 'issuer',
  aud: 'audience',
  nbf: 'not_yet_valid',
};

/** The errors of jose that the token itself causes; all others come from the keys. */
const FAULTS = [
  [errors.JOSEAlgNotAllowed, 'algorithm'],
  [errors.JWSSignatureVerificationFailed, 'signature'],
  [errors.JWKSMultipleMatchingKeys, 'unknown_key'],
  [errors.JWSInvalid, 'malformed'],
  [errors.JWTInvalid, 'malformed'],
  [errors.JOSENotSupported, 'malformed'],
] as const;

function refused(why: TokenFault, got?: unknown): TokenVerdict {
  const status = why === 'application' || why === 'role' ? 403 : 401;
  if (got === undefined) return { kind: 'refused', status, why };
  const text = typeof got === 'string' ? got : (JSON.stringify(got) ?? '');
  return { kind: 'refused', status, why, got: text.slice(0, MAX_GOT) };
}
