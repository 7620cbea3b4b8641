/** Access tokens of a Google service account, by a JWT that its key signs (RFC 7523; Google, "Using OAuth 2.0 for Server to Server Applications"). */
import { importPKCS8, SignJWT } from 'jose';
import { z } from 'zod';
import type { Clock } from '../shared/clock.ts';
import { httpUrl } from './common.ts';
import { DestinationRefusedError } from './errors.ts';
import type { HttpClient, HttpReply } from './http.ts';
import { type AccessTokens, type TokenDeps, tokensFrom } from './oauth-tokens.ts';
import { parsedJson } from './reply.ts';

/** A service account's key, and what its tokens are for. */
export interface GoogleServiceAccount {
  readonly type: 'google_service_account';
  readonly key: ServiceAccountKey;
  /** Scopes, separated by spaces. */
  readonly scope: string;
}

/** What of a key file of Google Cloud is used. */
export type ServiceAccountKey = z.output<typeof keyFile>;

const GRANT = 'urn:ietf:params:oauth:grant-type:jwt-bearer';
/** Google takes no JWT that lasts longer. Seconds. */
const LASTS_S = 3_600;
/** A clock that is off by less is not why a JWT was refused. Milliseconds. */
const TOLERANCE_MS = 30_000;
/** Lines of a private key that are shorter are no secret by themselves. Characters. */
const LEAST_LINE = 16;

const keyFile = z.lazy(() =>
  z.object({
    type: z.literal('service_account'),
    client_email: z.string().min(3).max(320),
    private_key: z
      .string()
      .max(16_384)
      .regex(/-----BEGIN PRIVATE KEY-----[^-]+-----END PRIVATE KEY-----/),
    private_key_id: z.string().max(256).optional(),
    token_uri: httpUrl.default('https://oauth2.googleapis.com/token'),
  }),
);

/** The key in the text of a key file, as Google Cloud writes it; undefined where it is none. */
export function serviceAccountKey(text: string): ServiceAccountKey | undefined {
  return keyFile.safeParse(parsedJson(text)).data;
}

/** What a reply may repeat of the key. */
export function googleSecrets({ key }: GoogleServiceAccount): readonly string[] {
  const lines = key.private_key
    .split('\n')
    .filter((line) => line.length >= LEAST_LINE && !line.includes('-'));
  return [key.private_key, ...lines];
}

/**
 * The tokens of a service account. A JWT says when it was made, so a wrong clock would make all of them invalid: where one is refused and
 * the server's `Date` shows another time, that time is taken from then on, and one more JWT is sent.
 */
export function googleTokens(
  account: GoogleServiceAccount,
  deps: TokenDeps & { readonly clock: Pick<Clock, 'monotonic' | 'now'> },
): AccessTokens {
  const { http, clock } = deps;
  let offsetMs = 0;

  async function askOnce(): Promise<HttpReply> {
    const assertion = await signed(account, Math.floor((clock.now() + offsetMs) / 1000));
    return post(http, account.key.token_uri, assertion);
  }

  return tokensFrom(
    {
      secrets: googleSecrets(account),
      async ask() {
        const reply = await askOnce();
        if (reply.status !== 400 && reply.status !== 401) return reply;
        const served = Date.parse(reply.header('date') ?? '');
        const off = served - clock.now();
        if (Number.isNaN(off) || Math.abs(off - offsetMs) < TOLERANCE_MS) return reply;
        offsetMs = off;
        return askOnce();
      },
    },
    deps,
  );
}

async function signed({ key, scope }: GoogleServiceAccount, now: number): Promise<string> {
  try {
    const privateKey = await importPKCS8(key.private_key, 'RS256');
    return await new SignJWT({ scope })
      .setProtectedHeader({
        alg: 'RS256',
        typ: 'JWT',
        ...(key.private_key_id && { kid: key.private_key_id }),
      })
      .setIssuer(key.client_email)
      .setAudience(key.token_uri)
      .setIssuedAt(now)
      .setExpirationTime(now + LASTS_S)
      .sign(privateKey);
  } catch {
    // The error may quote the key.
    throw new DestinationRefusedError(
      'not_authorized',
      'The private key of the service account is no RSA key of at least 2048 bits',
    );
  }
}

function post(http: HttpClient, url: string, assertion: string): Promise<HttpReply> {
  const headers = { 'content-type': 'application/x-www-form-urlencoded', accept: 'application/json' };
  const body = new URLSearchParams({ grant_type: GRANT, assertion }).toString();
  // It is nobody's request in particular, so no caller's signal ends it.
  return http.send({ method: 'POST', url, headers, body }, new AbortController().signal);
}
