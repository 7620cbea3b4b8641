/** Access tokens of Entra ID for destinations of Azure: as the relay itself, or as the application that an entry names. */
import { CLOUDS, type CloudName } from '../azure/cloud.ts';
import type { Clock } from '../shared/clock.ts';
import { withDeadline } from '../shared/deadline.ts';
import { codeOf, messageOf } from '../shared/errors.ts';
import type { EntraCredentials } from './deps.ts';
import { DestinationRefusedError, RetryableError } from './errors.ts';

/** Keys of an entry that say as whom to sign in. */
export interface EntraEntry {
  readonly tenant_id?: string | undefined;
  readonly client_id?: string | undefined;
  readonly client_secret?: string | undefined;
}

export interface EntraDeps {
  readonly clock: Pick<Clock, 'monotonic'>;
  /** Absent where the host signs nobody in. */
  readonly credentials?: EntraCredentials | undefined;
}

/** Gives a token that is good for a while. */
export type EntraToken = (signal: AbortSignal) => Promise<string>;

/** The tokens of one destination. */
export interface EntraTokens {
  readonly token: EntraToken;
  /** The destination did not take it. Returns false where another one was asked for a short while ago, so that this is no matter of tokens. */
  drop(token: string): boolean;
}

const TIMEOUT_MS = 30_000;
/** A token is asked for before its time at most once in this. Milliseconds. */
const RENEW_MS = 60_000;

/**
 * The credential keeps the tokens and asks anew in time; a token that was taken back before its time is asked for anew by a new credential.
 * A managed identity gets the same token again until its time is over: Azure itself keeps that.
 *
 * `token` throws a RetryableError where Entra ID does not answer, and a DestinationRefusedError where it gives no token or the host has no
 * identity; their messages have the codes of Entra ID, not its words, which name what was sent.
 */
export function entraTokens(
  entry: EntraEntry,
  { cloud, audience }: { readonly cloud: CloudName; readonly audience: string },
  { credentials, clock }: EntraDeps,
): EntraTokens {
  const signIn = {
    authority: CLOUDS[cloud].authority,
    tenantId: entry.tenant_id,
    clientId: entry.client_id,
    clientSecret: entry.client_secret,
  };
  let credential = credentials?.(signIn);
  let last: string | undefined;
  let renewedAt: number | undefined;
  return {
    async token(signal) {
      const from = credential;
      if (from === undefined) {
        throw new DestinationRefusedError(
          'not_authorized',
          'there is no identity to sign in to Entra ID with',
        );
      }
      try {
        const given = await withDeadline(TIMEOUT_MS, signal, (abortSignal) =>
          from.getToken(`${audience}/.default`, { abortSignal }),
        );
        if (given) {
          last = given.token;
          return given.token;
        }
      } catch (thrown) {
        signal.throwIfAborted();
        throw troubleOf(thrown);
      }
      throw new DestinationRefusedError('not_authorized', 'Entra ID gave no token');
    },
    drop(token) {
      // Another request has had it replaced.
      if (token !== last) return true;
      const now = clock.monotonic();
      if (renewedAt !== undefined && now - renewedAt < RENEW_MS) return false;
      renewedAt = now;
      last = undefined;
      credential = credentials?.({ ...signIn, refused: token });
      return true;
    },
  };
}

/** Of `@azure/identity`: no identity can be had here. */
const NO_IDENTITY = /^(?:CredentialUnavailableError|AggregateAuthenticationError)$/;

function troubleOf(thrown: unknown): RetryableError | DestinationRefusedError {
  const name = thrown instanceof Error ? thrown.name : '';
  const status = statusOf(thrown);
  const codes = [...new Set(messageOf(thrown).match(/\bAADSTS\d{3,9}\b/g))].slice(0, 3).join(', ');
  const why = [status && `HTTP ${status}`, codes].filter(Boolean).join(', ');
  const said = why === '' ? '' : ` (${why})`;
  const isPassing = status === 408 || status === 429 || (status !== undefined && status >= 500);
  const isRefused =
    status !== undefined || codes !== '' || NO_IDENTITY.test(name) || codeOf(thrown) === 'credential_refused';
  if (isRefused && !isPassing && codeOf(thrown) !== 'credential_unavailable') {
    const what = NO_IDENTITY.test(name)
      ? 'no Azure identity can sign in here'
      : `Entra ID gives no token${said}`;
    return new DestinationRefusedError('not_authorized', what);
  }
  return new RetryableError('unreachable', `Entra ID did not give a token${said}`);
}

function statusOf(thrown: unknown): number | undefined {
  const status: unknown =
    typeof thrown === 'object' && thrown !== null ? Reflect.get(thrown, 'statusCode') : undefined;
  return typeof status === 'number' ? status : undefined;
}
