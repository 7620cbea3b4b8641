/** The public keys with which Entra ID signs a tenant's tokens: fetched, kept, and asked for again without flooding Entra ID. */
import { createRemoteJWKSet, customFetch, type FetchImplementation, type RemoteJWKSet } from 'jose';
import { z } from 'zod';
import type { Clock } from '../shared/clock.ts';
import { RelayError } from '../shared/errors.ts';

/** Entra ID publishes fewer than ten keys in about 15 KB. Bytes. */
const MAX_BYTES = 256 * 1024;
const TIMEOUT_MS = 5_000;
/** Keys are fetched again after this; Entra ID publishes a new key well before it signs with it. */
const FRESH_MS = 60 * 60_000;
/** While Entra ID does not answer, keys no older than this are still used: it advises to look for new ones once a day. */
const STALE_MS = 24 * 60 * 60_000;
/** A token of an unknown key causes no more than one request in this time, whoever sends such tokens. */
const COOLDOWN_MS = 30_000;
/** Nor does a request that failed: Entra ID is left alone for this long. */
const PAUSE_MS = 5_000;

const keysSchema = z.object({
  keys: z
    .array(z.looseObject({ kty: z.string() }))
    .min(1)
    .max(100),
});

export interface SigningKeys {
  /** Finds the key of a token's header, for jose. */
  readonly find: RemoteJWKSet;
  /** When keys last came from Entra ID. Milliseconds of the clock's `monotonic`; -Infinity: never. */
  fetchedAt(): number;
}

export interface SigningKeysDeps {
  readonly fetch: (url: string, init: RequestInit) => Promise<Response>;
  readonly clock: Pick<Clock, 'monotonic'>;
}

/**
 * @param url the tenant's JSON Web Key Set. Fetched at the first token, not before.
 *
 * `find` rejects with a RelayError `token_keys_unavailable` where no keys can be had.
 */
export function signingKeys(url: URL, { fetch, clock }: SigningKeysDeps): SigningKeys {
  let good: { readonly text: string; readonly at: number } | undefined;
  let failed: { readonly error: RelayError; readonly at: number } | undefined;

  const ask = async (address: string, init: RequestInit): Promise<string> => {
    if (failed && clock.monotonic() - failed.at < PAUSE_MS) throw failed.error;
    try {
      const text = await textOf(await fetch(address, init));
      keysSchema.parse(JSON.parse(text));
      good = { text, at: clock.monotonic() };
      failed = undefined;
      return text;
    } catch (cause) {
      const error = new RelayError('token_keys_unavailable', 'Entra ID did not give its signing keys', {
        cause,
      });
      failed = { error, at: clock.monotonic() };
      throw error;
    }
  };
  const kept: FetchImplementation = async (address, init) => {
    try {
      return Response.json(JSON.parse(await ask(address, init)));
    } catch (error) {
      if (good && clock.monotonic() - good.at < STALE_MS) return Response.json(JSON.parse(good.text));
      throw error;
    }
  };
  return {
    find: createRemoteJWKSet(url, {
      timeoutDuration: TIMEOUT_MS,
      cooldownDuration: COOLDOWN_MS,
      cacheMaxAge: FRESH_MS,
      [customFetch]: kept,
    }),
    fetchedAt: () => good?.at ?? Number.NEGATIVE_INFINITY,
  };
}

/** Reads no more than MAX_BYTES: what answers may be a proxy, or nobody we know. */
async function textOf(response: Response): Promise<string> {
  const reader = response.body?.getReader();
  if (response.status !== 200 || !reader) {
    await reader?.cancel().catch(() => {});
    throw new Error(`HTTP ${response.status}`);
  }
  const decoder = new TextDecoder();
  let text = '';
  for (let part = await reader.read(); !part.done; part = await reader.read()) {
    text += decoder.decode(part.value, { stream: true });
    if (text.length <= MAX_BYTES) continue;
    await reader.cancel().catch(() => {});
    throw new Error(`longer than ${MAX_BYTES} bytes`);
  }
  return text + decoder.decode();
}
