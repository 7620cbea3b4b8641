/** One HTTP call to the API of a code host, bounded in time and size. */
import { systemClock } from '../../../../shared/clock.ts';
import { messageOf, RelayError } from '../../../../shared/errors.ts';

export interface ApiRequest {
  readonly method: 'GET' | 'POST' | 'PATCH' | 'PUT';
  readonly url: string;
  /** Holds the token: it is in no message. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: object;
}

export interface ApiReply {
  readonly status: number;
  /** The parsed JSON; undefined if the body is none. */
  readonly body: unknown;
  /** How long the host asks to wait, in milliseconds. */
  readonly waitMs: number | undefined;
}

/** Milliseconds from the start of a call to the last byte of its reply. */
const TIME_LIMIT = 30_000;
/** More than a hundred comments of the greatest length, as JSON. */
const MAX_BYTES = 32 * 1024 * 1024;

/**
 * Sends once. Follows no redirect, so that the token goes to the named host only.
 *
 * Throws a RelayError `comment_failed` for an address that is not https (http is allowed on this machine), for a host that cannot be
 * reached in time, and for a reply that is too long; and the signal's reason.
 */
export async function callApi(request: ApiRequest, signal: AbortSignal): Promise<ApiReply> {
  const { method, url, headers, body } = request;
  const { origin } = mustBeSafe(url);
  const limit = new AbortController();
  const cancel = systemClock.after(TIME_LIMIT, () => limit.abort(new Error(`no reply in ${TIME_LIMIT} ms`)));
  try {
    const reply = await fetch(url, {
      method,
      headers: {
        ...headers,
        'user-agent': 'xdr-relay',
        ...(body && { 'content-type': 'application/json' }),
      },
      ...(body && { body: JSON.stringify(body) }),
      redirect: 'manual',
      signal: AbortSignal.any([signal, limit.signal]),
    });
    const wait = Number(reply.headers.get('retry-after') ?? Number.NaN);
    return {
      status: reply.status,
      body: parsed(await textOf(reply, origin)),
      waitMs: wait >= 0 ? wait * 1000 : undefined,
    };
  } catch (cause) {
    signal.throwIfAborted();
    if (cause instanceof RelayError) throw cause;
    const reason = cause instanceof Error && cause.cause !== undefined ? cause.cause : cause;
    throw new RelayError('comment_failed', `${origin} cannot be reached: ${messageOf(reason)}`, { cause });
  } finally {
    cancel();
  }
}

function mustBeSafe(url: string): URL {
  const parts = URL.canParse(url) ? new URL(url) : undefined;
  const isHere = parts?.hostname === '127.0.0.1' || parts?.hostname === 'localhost';
  if (parts?.protocol === 'https:' || (parts?.protocol === 'http:' && isHere)) return parts;
  throw new RelayError('comment_failed', 'the address of the API is not https');
}

async function textOf(reply: Response, origin: string): Promise<string> {
  const chunks: Uint8Array[] = [];
  let length = 0;
  for await (const chunk of reply.body ?? []) {
    length += chunk.length;
    if (length > MAX_BYTES) throw new RelayError('comment_failed', `${origin} sent more than it should`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
