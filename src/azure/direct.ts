/** Sends requests over the host's own connections, past the SDK's pipeline, and leaves to the pipeline whatever does not go well at once. */
import { createSecretKey, type KeyObject } from 'node:crypto';
import { type Clock, systemClock } from '../shared/clock.ts';
import { sharedKeySignature } from './shared-key.ts';

/** A request that says all that it needs by itself, but who sends it. */
export interface PlainRequest {
  readonly method: 'GET' | 'HEAD' | 'PUT';
  readonly url: string;
  /** Beside those that all requests have. Their names are in small letters. */
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: Buffer;
}

/** A reply, as far as the relay reads it. */
export interface PlainReply {
  readonly status: number;
  readonly headers: { get(name: string): string | undefined } & Iterable<[string, string]>;
  /** Of a 200 or 206 to a GET. */
  readonly readableStreamBody?: NodeJS.ReadableStream | undefined;
}

/** Sends one request over a connection of the host's. Rejects where no reply came, and when the signal is aborted. */
export type Exchange = (
  request: PlainRequest & Required<Pick<PlainRequest, 'headers'>>,
  signal: AbortSignal,
) => Promise<PlainReply>;

/** An account key, as the SDK has it. */
export interface AccountKey {
  readonly accountName: string;
  readonly accountKey: Buffer;
}

export interface DirectOptions {
  readonly exchange: Exchange;
  /** Undefined where requests are not signed: with a shared access signature, which the address has, or a token. */
  readonly key: AccountKey | undefined;
  /** Called with each reply, and when its request was sent (monotonic milliseconds). */
  readonly onReply: (request: PlainRequest, reply: PlainReply, sent: number) => void;
  /** The limit for one request that the service is told. Seconds. */
  readonly timeoutSeconds: number;
  readonly clock?: Pick<Clock, 'now' | 'monotonic'>;
}

/** A token is taken from the pipeline's requests anew after so long, well before the SDK would let it expire. Milliseconds. */
const TOKEN_MS = 60_000;
/** What differs from request to request. */
const CHANGING = new Set(['authorization', 'content-length', 'x-ms-client-request-id', 'x-ms-date']);

/**
 * The short way of a service's requests. A process that sleeps between a few requests finds none of the code that sends them in the processor's
 * caches, and the pipeline's dozen steps are most of that code.
 *
 * The pipeline sends the first request, and one a minute where a token is needed. The others are sent with the headers that it had. Signing in,
 * renewing a token, trying again and following redirects are the pipeline's: what would need one of them is sent once more, by the pipeline.
 */
export class Direct {
  readonly #options: DirectOptions;
  readonly #clock: Pick<Clock, 'now' | 'monotonic'>;
  readonly #key: KeyObject | undefined;
  #learned: { readonly headers: Readonly<Record<string, string>>; readonly until: number } | undefined;

  constructor(options: DirectOptions) {
    const { key, clock = systemClock } = options;
    this.#options = options;
    this.#clock = clock;
    this.#key = key && createSecretKey(key.accountKey);
  }

  /**
   * Takes over the headers of a request that the pipeline has sent, and that the service has taken.
   *
   * @param own those of this request alone.
   */
  learn(headers: Iterable<[string, string]>, own: PlainRequest['headers'] = {}): void {
    const all = Object.fromEntries([...headers].map(([name, value]) => [name.toLowerCase(), value]));
    const steady = Object.entries(all).filter(([name]) => !CHANGING.has(name) && !(name in own));
    const token = this.#key ? undefined : all.authorization;
    this.#learned = {
      headers: { ...Object.fromEntries(steady), ...(token !== undefined && { authorization: token }) },
      until: token === undefined ? Number.POSITIVE_INFINITY : this.#clock.monotonic() + TOKEN_MS,
    };
  }

  /** The reply, if it is a final one; undefined if the pipeline is to send the request. Throws what it was aborted with. */
  async send(request: PlainRequest, signal: AbortSignal): Promise<PlainReply | undefined> {
    const learned = this.#learned;
    const sent = this.#clock.monotonic();
    if (!learned || sent >= learned.until) return undefined;
    const { exchange, timeoutSeconds, onReply } = this.#options;
    const { method, body } = request;
    const url = `${request.url}${request.url.includes('?') ? '&' : '?'}timeout=${timeoutSeconds}`;
    const headers = this.#signed(request, url, {
      ...learned.headers,
      ...request.headers,
      ...(body && { 'content-length': String(body.length) }),
      'x-ms-client-request-id': crypto.randomUUID(),
    });
    try {
      const reply = await exchange({ method, url, headers, ...(body && { body }) }, signal);
      onReply(request, reply, sent);
      if (isFinal(reply.status)) return reply;
    } catch (thrown) {
      if (signal.aborted) throw thrown;
    }
    this.#learned = undefined;
    return undefined;
  }

  #signed(
    { method, body }: PlainRequest,
    url: string,
    sent: Readonly<Record<string, string>>,
  ): Readonly<Record<string, string>> {
    const { key } = this.#options;
    if (!key || !this.#key) return sent;
    const headers = { ...sent, 'x-ms-date': new Date(this.#clock.now()).toUTCString() };
    const request = { method, url, headers, length: body?.length ?? 0 };
    const authorization = sharedKeySignature(request, { account: key.accountName, key: this.#key });
    return { ...headers, authorization };
  }
}

/** Whether the pipeline would pass the reply on: it signs in anew, tries again, or goes elsewhere after the others. */
function isFinal(status: number): boolean {
  return status !== 401 && status < 500 && (status < 300 || status >= 400 || status === 304);
}
