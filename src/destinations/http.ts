/** HTTP for destinations: bounded, without redirects, to allowed addresses only; over the `fetch` of the host. */
import { Buffer } from 'node:buffer';
import type { Clock } from '../shared/clock.ts';
import { type Network, parseNetwork } from '../shared/network.ts';
import { checkLiteralHost } from './addresses.ts';
import { connectionTrouble } from './connection-trouble.ts';
import type { ProxySetting, TlsSetting } from './egress.ts';
import { DestinationRefusedError, RetryableError } from './errors.ts';

/** What a destination sends. The body is sent as it is: compression is the caller's. */
export interface HttpRequest {
  readonly method: 'GET' | 'POST' | 'PUT';
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string | Uint8Array;
  /**
   * Called when nobody reads the body any more, perhaps after the reply or its failure. Not called where that is not known: for short bodies,
   * for requests that failed, and on hosts that do not tell.
   */
  readonly onBodySent?: () => void;
}

/** What came back: the whole reply, its body cut off at {@link MAX_REPLY_BYTES} or at the client's own bound. */
export interface HttpReply {
  readonly status: number;
  /** A header's value; undefined where it is absent. Names in any case. */
  header(name: string): string | undefined;
  /** `name=value` of each cookie the reply sets. */
  readonly cookies: readonly string[];
  readonly body: string;
}

/** One destination's HTTP: its connections, its time-out, its guard. */
export interface HttpClient {
  /**
   * Sends once and reads the reply whole. No redirect is followed.
   * Throws {@link RetryableError} (`timeout`, `unreachable`, `connection_lost`), {@link DestinationRefusedError}
   * (`address_refused`, `bad_certificate`, `proxy_refused`), or the signal's reason when it was aborted.
   */
  send(request: HttpRequest, signal: AbortSignal): Promise<HttpReply>;
  close(): Promise<void>;
}

export interface HttpClientOptions {
  /** Networks beyond the public internet that may be called, as CIDR blocks. */
  readonly allowNetworks: readonly string[];
  /** Connections kept open at once, at least 1. */
  readonly connections: number;
  /** Milliseconds from the start of a request to the last byte of its reply. */
  readonly timeoutMs: number;
  /** How much of a reply's body is read; {@link MAX_REPLY_BYTES} if absent. */
  readonly maxReplyBytes?: number;
  /** Absent: what the environment says. Only on hosts with sockets. */
  readonly proxy?: ProxySetting | undefined;
  /** Only on hosts with sockets. */
  readonly tls?: TlsSetting | undefined;
  readonly clock: Pick<Clock, 'after'>;
}

/** Supplied by the host: Node's pool of connections, or the Worker's global `fetch`. */
export type HttpClientFactory = (options: HttpClientOptions) => HttpClient;

/** The part of the standard `fetch` that is used here: undici's and the Workers' both fit. */
export type Fetch = (
  url: string,
  init: {
    method: HttpRequest['method'];
    headers: Record<string, string>;
    body?: string | Uint8Array<ArrayBuffer>;
    redirect: 'manual';
    signal: AbortSignal;
    /** See {@link HttpRequest.onBodySent}; a `fetch` that does not know it ignores it. */
    onBodySent?: () => void;
  },
) => Promise<{
  readonly status: number;
  readonly headers: { get(name: string): string | null; getSetCookie(): string[] };
  readonly body: AsyncIterable<Uint8Array> | null;
}>;

/** A reply's body is read up to here: destinations answer in a line or two. */
export const MAX_REPLY_BYTES = 64 * 1024;

/**
 * An {@link HttpClient} over a `fetch`. `fetch` itself must refuse names that resolve to addresses outside the public
 * internet and `allowNetworks` (`Node`: the connections' lookup; Workers can't reach any); literal addresses are checked here.
 */
export function fetchHttpClient(
  fetch: Fetch,
  options: HttpClientOptions,
  close: () => Promise<void> = async () => {},
): HttpClient {
  const networks = networksOf(options.allowNetworks);
  return {
    async send(request, signal) {
      signal.throwIfAborted();
      const url = new URL(request.url);
      checkLiteralHost(url, networks);
      const abort = new AbortController();
      const cancel = () => abort.abort(signal.reason);
      signal.addEventListener('abort', cancel, { once: true });
      let late = false;
      const cancelTimeout = options.clock.after(options.timeoutMs, () => {
        late = true;
        abort.abort(new Error('timeout'));
      });
      try {
        const reply = await fetch(request.url, {
          method: request.method,
          headers: { 'accept-encoding': 'identity', 'user-agent': 'xdr-relay', ...request.headers },
          ...(request.body === undefined ? {} : { body: bodyOf(request.body) }),
          redirect: 'manual',
          signal: abort.signal,
          ...(request.onBodySent && { onBodySent: request.onBodySent }),
        });
        const body = await readBounded(reply.body, options.maxReplyBytes ?? MAX_REPLY_BYTES);
        return {
          status: reply.status,
          header: (name) => reply.headers.get(name) ?? undefined,
          cookies: reply.headers.getSetCookie().map((cookie) => cookie.split(';', 1)[0] ?? ''),
          body,
        };
      } catch (error) {
        signal.throwIfAborted();
        if (late) throw timedOut(url, options.timeoutMs);
        throw troubleOf(error, url);
      } finally {
        cancelTimeout();
        signal.removeEventListener('abort', cancel);
      }
    },
    close,
  };
}

/** Parses `allow_networks`. Throws a `bad_network` for text that is neither CIDR block nor address. */
export function networksOf(texts: readonly string[]): readonly Network[] {
  return texts.map((text) => {
    const network = parseNetwork(text);
    if (!network) throw new DestinationRefusedError('bad_network', `${text} is not a network`);
    return network;
  });
}

function bodyOf(body: string | Uint8Array): string | Uint8Array<ArrayBuffer> {
  return typeof body === 'string' ? body : (body as Uint8Array<ArrayBuffer>);
}

async function readBounded(body: AsyncIterable<Uint8Array> | null, most: number): Promise<string> {
  if (body === null) return '';
  const chunks: Uint8Array[] = [];
  let length = 0;
  for await (const chunk of body) {
    chunks.push(chunk);
    length += chunk.byteLength;
    // Leaving the loop cancels the stream, and with it the connection.
    if (length >= most) break;
  }
  return Buffer.concat(chunks, length).subarray(0, most).toString('utf8');
}

function timedOut(url: URL, ms: number): RetryableError {
  return new RetryableError('timeout', `${url.origin} did not answer within ${ms} ms`);
}

/** What a rejected `fetch` means. The message names the origin only: the rest of a URL may be a secret. */
function troubleOf(error: unknown, url: URL): RetryableError | DestinationRefusedError {
  const chain = causes(error);
  for (const cause of chain)
    if (cause instanceof DestinationRefusedError || cause instanceof RetryableError) return cause;
  const code = chain.map(codeIn).find((found) => found !== undefined);
  const known = code === undefined ? undefined : connectionTrouble(code, url.origin);
  if (known) return known;
  if (chain.some((cause) => cause instanceof Error && cause.message === 'bad port')) {
    // Fetch standard, "Port blocking".
    return new DestinationRefusedError('bad_port', `fetch refuses to call port ${url.port}`);
  }
  // Without a code only the kind is told: fetch's own messages quote the headers it was given.
  const why = code === undefined ? '' : ` (${code})`;
  return new RetryableError(
    'connection_lost',
    `The connection to ${url.origin} was lost before its reply was complete${why}`,
  );
}

function causes(error: unknown): readonly unknown[] {
  const chain: unknown[] = [];
  for (let at = error; at !== undefined && at !== null && chain.length < 8; ) {
    chain.push(at);
    // Several addresses tried, and all failed: the first error represents the rest.
    if (at instanceof AggregateError && at.errors.length > 0) at = at.errors[0];
    else at = at instanceof Error ? at.cause : undefined;
  }
  return chain;
}

function codeIn(error: unknown): string | undefined {
  if (typeof error !== 'object' || error === null || !('code' in error)) return undefined;
  return typeof error.code === 'string' ? error.code : undefined;
}
