/**
 * Reads secrets from Azure Key Vault by its REST interface, version 7.4 (Microsoft Learn, "Get Secret - Get Secret").
 *
 * One GET request is all that is needed of it: `@azure/keyvault-secrets` would bring several packages for that.
 */
import type { TokenCredential } from '@azure/identity';
import type { Clock } from '../shared/clock.ts';
import { withDeadline } from '../shared/deadline.ts';
import type { CodeOf } from '../shared/error-codes.ts';
import { foreignCodeOf, messageOf, NarrowRelayError } from '../shared/errors.ts';
import { jsonIn, limitedText, memberAt } from './json-reply.ts';
import { type isKeyVaultUrl, keyVaultCloud } from './key-vault-url.ts';

/** A secret cannot be had. Codes: `key_vault_refused` (a person must act), `key_vault_unavailable` (try again later). */
export class KeyVaultError extends NarrowRelayError<CodeOf<'config'>> {}

export interface KeyVaultDeps {
  /** `https://contoso.vault.azure.net`, as {@link isKeyVaultUrl} accepts it. */
  readonly url: string;
  /** The identity to ask with, by the authority of the vault's cloud; undefined if there is none. */
  readonly credential: (authority: string) => TokenCredential | undefined;
  readonly fetch: typeof fetch;
  readonly clock: Pick<Clock, 'sleep' | 'after'>;
}

/** A vault, which is asked for one secret at a time. */
export interface KeyVault {
  /**
   * Reads a secret: its newest enabled version, or the version that follows the name after a slash. Throws {@link KeyVaultError}.
   *
   * @param name `splunk-token` or `splunk-token/4387e9f3d6e14c459867679a90fd0f79`.
   */
  get(name: string, signal?: AbortSignal): Promise<string>;
}

const API_VERSION = '7.4';
const TIMEOUT_MS = 10_000;
/** A secret is 25 KB at most; as JSON each of its bytes may take 6. */
const MAX_REPLY = 256 * 1024;
/** How much of another program's message is shown. Characters. */
const MOST_SAID = 300;
const TRIES = 3;
/** The first pause between two tries; it doubles. Milliseconds. */
const PAUSE_MS = 500;
/** A longer wait that the vault asks for is not obeyed: the next refresh asks again. Milliseconds. */
const LONGEST_PAUSE_MS = 5_000;

/** Makes a client of one vault. It sends its token nowhere else: it follows no redirect and no challenge. */
export function createKeyVault({ url, credential, fetch, clock }: KeyVaultDeps): KeyVault {
  const cloud = keyVaultCloud(url);
  if (cloud === undefined) throw new TypeError('the address of the vault was not checked');
  const own = credential(cloud.authority);
  // Microsoft Learn, "Authentication, requests and responses" of Key Vault.
  const scope = `https://${cloud.keyVaultSuffix}/.default`;
  const ask = async (name: string, signal: AbortSignal | undefined): Promise<string> => {
    const address = new URL(`/secrets/${name}`, url);
    address.searchParams.set('api-version', API_VERSION);
    const { status, retryAfter, body } = await withDeadline(TIMEOUT_MS, signal, async (abort) => {
      const token = await own?.getToken(scope, { abortSignal: abort });
      if (!token) throw new KeyVaultError('key_vault_refused', 'there is no identity to ask Key Vault with');
      const reply = await fetch(address, {
        headers: { authorization: `Bearer ${token.token}`, accept: 'application/json' },
        redirect: 'manual',
        signal: abort,
      });
      return {
        status: reply.status,
        retryAfter: Number(reply.headers.get('retry-after')),
        body: jsonIn(await textOf(reply)),
      };
    });
    if (status === 200) return valueIn(body);
    throw refusal(status, body, retryAfter);
  };
  return {
    async get(name, signal) {
      for (let attempt = 1; ; attempt++) {
        try {
          return await ask(name, signal);
        } catch (thrown) {
          signal?.throwIfAborted();
          const error = thrown instanceof KeyVaultError ? thrown : unreached(thrown);
          const askedMs = error instanceof BusyError ? error.waitMs : 0;
          if (error.code !== 'key_vault_unavailable' || attempt === TRIES || askedMs > LONGEST_PAUSE_MS)
            throw error;
          await clock.sleep(Math.max(askedMs, PAUSE_MS * 2 ** (attempt - 1)), signal);
        }
      }
    },
  };
}

/** The vault asks for a pause, in milliseconds. */
class BusyError extends KeyVaultError {
  readonly waitMs: number;

  constructor(message: string, waitMs: number) {
    super('key_vault_unavailable', message);
    this.waitMs = waitMs;
  }
}

/** `fetch` says only that it failed; its cause has the system's code. */
function unreached(thrown: unknown): KeyVaultError {
  const cause = thrown instanceof TypeError && thrown.cause !== undefined ? thrown.cause : thrown;
  const why = foreignCodeOf(cause) ?? messageOf(cause).slice(0, MOST_SAID);
  return new KeyVaultError('key_vault_unavailable', `Key Vault cannot be reached: ${why}`, { cause: thrown });
}

function valueIn(body: unknown): string {
  const value: unknown = typeof body === 'object' && body !== null ? Reflect.get(body, 'value') : undefined;
  if (typeof value === 'string') return value;
  throw new KeyVaultError('key_vault_unavailable', 'Key Vault gave an answer that is not a secret');
}

/** Only the codes of the answer are shown: its message names the caller's identity. */
function refusal(status: number, body: unknown, retryAfter: number): KeyVaultError {
  const codes = codesIn(body);
  const said = codes.length === 0 ? '' : ` (${codes.join(', ')})`;
  const answer = `Key Vault answered HTTP ${status}${said}`;
  if (status === 429 || status === 408 || status >= 500) {
    return new BusyError(answer, Number.isFinite(retryAfter) ? retryAfter * 1000 : 0);
  }
  return new KeyVaultError('key_vault_refused', `${answer}${adviceOn(status, codes)}`);
}

function adviceOn(status: number, codes: readonly string[]): string {
  if (status === 404) return '; is its name right, and does the vault have it?';
  if (codes.includes('SecretDisabled')) return '; enable the secret, or refer to another version';
  if (
    codes.some((code) => code.startsWith('ForbiddenByFirewall') || code.startsWith('ForbiddenByConnection'))
  )
    return '; let the network of the relay through the firewall of the vault';
  if (status === 401 || status === 403)
    return '; give the identity of the relay the role "Key Vault Secrets User"';
  return '';
}

/** `error.code` and `error.innererror.code` of an answer (Microsoft Learn, "Azure Key Vault REST API Error Codes"). */
function codesIn(body: unknown): readonly string[] {
  const error = memberAt(body, 'error');
  return [memberAt(error, 'code'), memberAt(memberAt(error, 'innererror'), 'code')].flatMap((code) =>
    typeof code === 'string' && /^\w{1,64}$/.test(code) ? code : [],
  );
}

async function textOf(reply: Response): Promise<string> {
  return await limitedText(
    reply,
    MAX_REPLY,
    () => new KeyVaultError('key_vault_unavailable', 'Key Vault gave an answer that is too long'),
  );
}
