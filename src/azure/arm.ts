/**
 * Reads from Azure Resource Manager by its REST interface: only GET requests, to one host, with the identity of the relay.
 *
 * A handful of documented reads is all that is needed: each of the packages `@azure/arm-*` brings models of a whole service.
 */
import type { TokenCredential } from '@azure/identity';
import { withDeadline } from '../shared/deadline.ts';
import type { CodeOf } from '../shared/error-codes.ts';
import { messageOf, NarrowRelayError } from '../shared/errors.ts';
import { jsonIn, limitedText, memberAt } from './json-reply.ts';

/** Resource Manager cannot be read. Codes: `arm_refused` (the identity has no role there), `arm_unavailable`. */
export class ArmError extends NarrowRelayError<CodeOf<'azure'>> {}

export interface ArmDeps {
  /** `https://management.azure.com`, and the audience of its tokens, of the relay's cloud. */
  readonly endpoint: string;
  readonly audience: string;
  readonly credential: TokenCredential;
  readonly fetch: typeof fetch;
}

/** Reads of Resource Manager. They throw {@link ArmError}, and the reason of the signal. */
export interface ArmReader {
  /** A resource, as parsed JSON; undefined if there is none (404). @param path begins with a slash, and has no query. */
  get(path: string, apiVersion: string, signal: AbortSignal): Promise<unknown>;
  /** The entries of a list, over its pages. @param filter `$filter`. */
  list(path: string, apiVersion: string, signal: AbortSignal, filter?: string): Promise<readonly unknown[]>;
}

const TIMEOUT_MS = 10_000;
const MAX_REPLY = 4 * 1_048_576;
const MOST_PAGES = 20;

export function createArmReader({ endpoint, audience, credential, fetch }: ArmDeps): ArmReader {
  const { origin } = new URL(endpoint);
  const ask = (url: URL, signal: AbortSignal): Promise<{ readonly status: number; readonly body: unknown }> =>
    withDeadline(TIMEOUT_MS, signal, async (abortSignal) => {
      const token = await credential.getToken(`${audience}/.default`, { abortSignal });
      if (!token) throw new ArmError('arm_refused', 'there is no identity to ask Resource Manager with');
      const reply = await fetch(url, {
        headers: { authorization: `Bearer ${token.token}`, accept: 'application/json' },
        redirect: 'error',
        signal: abortSignal,
      });
      return { status: reply.status, body: jsonIn(await textOf(reply)) };
    });
  const read = async (url: URL, signal: AbortSignal): Promise<unknown> => {
    let answer: Awaited<ReturnType<typeof ask>>;
    try {
      answer = await ask(url, signal);
    } catch (thrown) {
      signal.throwIfAborted();
      if (thrown instanceof ArmError) throw thrown;
      const why = messageOf(thrown instanceof TypeError ? (thrown.cause ?? thrown) : thrown).slice(0, 300);
      throw new ArmError('arm_unavailable', `Resource Manager cannot be reached: ${why}`, { cause: thrown });
    }
    const { status, body } = answer;
    if (status === 200) return body;
    if (status === 404) return undefined;
    // The message of the answer names the caller's identity: only its code is shown.
    const code = memberAt(memberAt(body, 'error'), 'code');
    const said = typeof code === 'string' && /^\w{1,64}$/.test(code) ? ` ${code}` : '';
    const isRefused = status === 401 || status === 403;
    throw new ArmError(
      isRefused ? 'arm_refused' : 'arm_unavailable',
      `Resource Manager answered HTTP ${status}${said}`,
    );
  };
  const urlOf = (path: string, apiVersion: string, filter?: string) => {
    const url = new URL(path, origin);
    url.searchParams.set('api-version', apiVersion);
    if (filter !== undefined) url.searchParams.set('$filter', filter);
    return url;
  };
  return {
    get: (path, apiVersion, signal) => read(urlOf(path, apiVersion), signal),
    async list(path, apiVersion, signal, filter) {
      const entries: unknown[] = [];
      let url: URL | undefined = urlOf(path, apiVersion, filter);
      for (let page = 0; url && page < MOST_PAGES; page++) {
        const body = await read(url, signal);
        const value = memberAt(body, 'value');
        if (Array.isArray(value)) entries.push(...value);
        const next = memberAt(body, 'nextLink');
        const link = typeof next === 'string' ? URL.parse(next) : null;
        // The token goes to no other host, whatever an answer says.
        url = link?.origin === origin ? link : undefined;
      }
      return entries;
    },
  };
}

async function textOf(reply: Response): Promise<string> {
  return await limitedText(
    reply,
    MAX_REPLY,
    () => new ArmError('arm_unavailable', 'Resource Manager gave an answer that is too long'),
  );
}
