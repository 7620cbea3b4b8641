/** Access tokens by OAuth 2's client credentials grant (RFC 6749, section 4.4): asked for once, kept while they are good. */
import { Buffer } from 'node:buffer';
import { z } from 'zod';
import type { Clock } from '../shared/clock.ts';
import { withDeadline } from '../shared/deadline.ts';
import { hideSecrets } from '../shared/hide-secrets.ts';
import { DestinationRefusedError, RetryableError } from './errors.ts';
import type { HttpClient, HttpReply, HttpRequest } from './http.ts';
import { describe, parsedJson, type ReplyContext, secretsInUrl, troubleIn } from './reply.ts';

/** Where tokens come from, as `auth:` says. */
export interface ClientCredentials {
  readonly token_url: string;
  readonly client_id: string;
  readonly client_secret: string;
  readonly scope?: string | undefined;
  readonly audience?: string | undefined;
  readonly client_auth: 'basic' | 'post';
}

export interface AccessTokens {
  /**
   * A token that is good for a while. Callers at the same time share one request.
   * Throws as the HTTP client does, RetryableError for a passing trouble, and DestinationRefusedError where the server gives no token.
   */
  token(signal: AbortSignal): Promise<string>;
  /** The destination did not take it. Returns false where it had just been given, so that another one would hardly be taken. */
  drop(token: string): boolean;
}

/** A server that does not say how long a token is good is asked again after this. Milliseconds. */
const UNSAID_MS = 5 * 60_000;
/** No token is kept longer, whatever the server says. Milliseconds. */
const LONGEST_MS = 24 * 3_600_000;
/** A token is kept for so long, whatever the server says: one that "lasts" 0 seconds would be asked for with each request. Milliseconds. */
const LEAST_MS = 10_000;
/** A token is asked for anew before it ends, by the smaller of this and a tenth of its time. Milliseconds. */
const EARLY_MS = 60_000;
/** Two tokens that are refused within this are no accident. Milliseconds. */
const JUST_GIVEN_MS = 10_000;

/** Longer than the HTTP client lets a request take. Milliseconds. */
const NEVER_SO_LONG_MS = 15 * 60_000;

/** RFC 6749, section 5.1. `expires_in` is a string at some servers. */
const granted = z.lazy(() =>
  z.object({
    access_token: z
      .string()
      .min(1)
      .max(16_384)
      .regex(/^[\x21-\x7e]+$/),
    token_type: z.string().max(64).optional(),
    expires_in: z
      .union([
        z.number(),
        z
          .string()
          .regex(/^\d{1,9}$/)
          .transform(Number),
      ])
      .optional()
      .catch(undefined),
  }),
);
/** RFC 6749, section 5.2. */
const refused = z.object({ error: z.string().regex(/^[\w.-]{1,64}$/) });

interface Held {
  readonly token: string;
  readonly givenAt: number;
  readonly until: number;
}

/** How one kind of grant asks for a token. */
export interface TokenSource {
  /** Asks once; the HTTP client bounds it. Throws as that does, and DestinationRefusedError where the credentials cannot be used. */
  ask(): Promise<HttpReply>;
  /** What a reply may repeat of the request. */
  readonly secrets: readonly string[];
}

export interface TokenDeps {
  readonly http: HttpClient;
  readonly clock: Pick<Clock, 'monotonic'>;
  readonly context: () => ReplyContext;
}

/** The tokens of one destination by client credentials. Its own clock is not asked for the date, so that a wrong one does no harm. */
export function accessTokens(config: ClientCredentials, deps: TokenDeps): AccessTokens {
  const source: TokenSource = {
    // It is nobody's request in particular, so no caller's signal ends it.
    ask: () => deps.http.send(requestBy(config), new AbortController().signal),
    secrets: secretsOf(config),
  };
  return tokensFrom(source, deps);
}

/** Tokens of any source: asked for once, kept while they are good. */
export function tokensFrom(source: TokenSource, { clock, context }: Omit<TokenDeps, 'http'>): AccessTokens {
  let held: Held | undefined;
  let asking: Promise<Held> | undefined;

  async function ask(): Promise<Held> {
    const askedAt = clock.monotonic();
    const reply = await source.ask();
    const grant = grantIn(reply, { ...context(), who: 'The token endpoint', secrets: source.secrets });
    const lasts = Math.min(LONGEST_MS, grant.expires_in === undefined ? UNSAID_MS : grant.expires_in * 1000);
    const until = askedAt + Math.max(LEAST_MS, lasts - Math.min(EARLY_MS, lasts / 10));
    held = { token: grant.access_token, givenAt: clock.monotonic(), until };
    return held;
  }

  return {
    async token(signal) {
      // Otherwise nobody would wait for the request, and its failure would end the process.
      signal.throwIfAborted();
      if (held && clock.monotonic() < held.until) return held.token;
      asking ??= ask().finally(() => {
        asking = undefined;
      });
      const asked = asking;
      const { token } = await withDeadline(NEVER_SO_LONG_MS, signal, () => asked);
      return token;
    },
    drop(token) {
      if (held?.token !== token) return true;
      const isFresh = clock.monotonic() - held.givenAt < JUST_GIVEN_MS;
      held = undefined;
      return !isFresh;
    },
  };
}

function requestBy(config: ClientCredentials): HttpRequest {
  const {
    token_url: url,
    client_id: id,
    client_secret: secret,
    scope,
    audience,
    client_auth: where,
  } = config;
  const form = new URLSearchParams({
    grant_type: 'client_credentials',
    ...(scope !== undefined && { scope }),
    ...(audience !== undefined && { audience }),
    ...(where === 'post' && { client_id: id, client_secret: secret }),
  });
  return {
    method: 'POST',
    url,
    headers: {
      'content-type': 'application/x-www-form-urlencoded',
      accept: 'application/json',
      ...(where === 'basic' && { authorization: `Basic ${basicOf(id, secret)}` }),
    },
    body: form.toString(),
  };
}

/** Both parts are encoded as in a form first (RFC 6749, section 2.3.1). */
function basicOf(id: string, secret: string): string {
  const encoded = (text: string) => new URLSearchParams({ v: text }).toString().slice(2);
  return Buffer.from(`${encoded(id)}:${encoded(secret)}`).toString('base64');
}

function secretsOf(config: ClientCredentials): readonly string[] {
  const { client_id: id, client_secret: secret, token_url: url } = config;
  return [secret, encodeURIComponent(secret), basicOf(id, secret), ...secretsInUrl(url)];
}

function grantIn(reply: HttpReply, context: ReplyContext): z.output<typeof granted> {
  const trouble = troubleIn(reply, context);
  if (trouble instanceof RetryableError) throw trouble;
  const body = parsedJson(reply.body);
  if (trouble) {
    const said = refused.safeParse(body).data?.error;
    const why =
      said === undefined
        ? trouble.message
        : `The token endpoint answered ${reply.status}: ${hideSecrets(said, context.secrets, '***')}`;
    // Whatever the status, no row is to blame.
    throw new DestinationRefusedError('not_authorized', why);
  }
  const grant = granted.safeParse(body).data;
  if (!grant) {
    // The reply may be a token in another form, so nothing of it is shown.
    throw new DestinationRefusedError(
      'not_authorized',
      `The token endpoint answered ${reply.status}, but no access token as of RFC 6749`,
    );
  }
  if (grant.token_type !== undefined && grant.token_type.toLowerCase() !== 'bearer') {
    throw new DestinationRefusedError(
      'not_authorized',
      `${describe({ ...reply, body: '' }, context)} with a token that is no bearer token`,
    );
  }
  return grant;
}
