/** Access tokens of Entra ID for destinations of Azure: as the relay itself, or as the application that an entry names. */
import { CLOUDS, type CloudName } from '../azure/cloud.ts';
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

/** Gives a token that is good for a while. */
export type EntraToken = (signal: AbortSignal) => Promise<string>;

const TIMEOUT_MS = 30_000;

/**
 * The tokens of one destination. The credential keeps them and asks anew in time.
 * The result throws a RetryableError where Entra ID does not answer, and a DestinationRefusedError where it gives no token or the host has no
 * identity; their messages have the codes of Entra ID, not its words, which name what was sent.
 */
export function entraTokens(
  entry: EntraEntry,
  { cloud, audience }: { readonly cloud: CloudName; readonly audience: string },
  credentials: EntraCredentials | undefined,
): EntraToken {
  const credential = credentials?.({
    authority: CLOUDS[cloud].authority,
    tenantId: entry.tenant_id,
    clientId: entry.client_id,
    clientSecret: entry.client_secret,
  });
  return async (signal) => {
    if (credential === undefined) {
      throw new DestinationRefusedError('not_authorized', 'there is no identity to sign in to Entra ID with');
    }
    try {
      const given = await withDeadline(TIMEOUT_MS, signal, (abortSignal) =>
        credential.getToken(`${audience}/.default`, { abortSignal }),
      );
      if (given) return given.token;
    } catch (thrown) {
      signal.throwIfAborted();
      throw troubleOf(thrown);
    }
    throw new DestinationRefusedError('not_authorized', 'Entra ID gave no token');
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
