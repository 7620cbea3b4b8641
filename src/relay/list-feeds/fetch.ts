/** Fetches a feed: bounded, to allowed addresses only, and only if it has changed. */
import type { HttpClient, HttpReply } from '../../destinations/http.ts';
import { FeedError } from './errors.ts';

/** What a feed said of itself when it was fetched last. */
export interface FeedVersion {
  readonly etag?: string | undefined;
  readonly lastModified?: string | undefined;
}

export interface FetchedFeed extends FeedVersion {
  readonly body: string;
  header(name: string): string | undefined;
}

export interface FeedRequest {
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly accept: string;
  readonly maxBytes: number;
  readonly known?: FeedVersion | undefined;
}

const MOST_REDIRECTS = 3;

/**
 * Fetches a feed; undefined if it has not changed. Throws {@link FeedError}, and what the client throws.
 *
 * @param http must read at least one byte more than `maxBytes`, so that a larger feed is noticed.
 */
export async function fetchFeed(
  http: HttpClient,
  request: FeedRequest,
  signal: AbortSignal,
): Promise<FetchedFeed | undefined> {
  const { known, accept, maxBytes } = request;
  const origin = new URL(request.url).origin;
  let url = request.url;
  for (let redirects = 0; ; redirects++) {
    // Keys are for the origin that relay.yaml names, and not for where it sends the relay to.
    const own = new URL(url).origin === origin ? request.headers : {};
    const headers = {
      ...own,
      accept,
      ...(known?.etag !== undefined && { 'if-none-match': known.etag }),
      ...(known?.lastModified !== undefined && { 'if-modified-since': known.lastModified }),
    };
    const reply = await http.send({ method: 'GET', url, headers }, signal);
    if (reply.status === 304 && known) return undefined;
    const next = redirectOf(reply, url);
    if (next === undefined) return taken(reply, url, maxBytes);
    if (redirects === MOST_REDIRECTS)
      throw new FeedError('feed_failed', `${origin} redirects more than ${MOST_REDIRECTS} times`);
    url = next;
  }
}

function redirectOf(reply: HttpReply, url: string): string | undefined {
  const location = [301, 302, 303, 307, 308].includes(reply.status) ? reply.header('location') : undefined;
  if (location === undefined) return undefined;
  const next = URL.canParse(location, url) ? new URL(location, url) : undefined;
  const isDowngrade = next?.protocol !== 'https:' && new URL(url).protocol === 'https:';
  if (!next || !/^https?:$/.test(next.protocol) || isDowngrade) {
    throw new FeedError('feed_failed', `${new URL(url).origin} redirects to an address that is not https`);
  }
  return next.href;
}

function taken(reply: HttpReply, url: string, maxBytes: number): FetchedFeed {
  const { origin } = new URL(url);
  if (reply.status !== 200) {
    const wait = reply.header('retry-after');
    const later = wait === undefined ? '' : `, and asks to wait (Retry-After: ${wait.slice(0, 40)})`;
    throw new FeedError('feed_failed', `${origin} answered with status ${reply.status}${later}`);
  }
  if (Buffer.byteLength(reply.body) > maxBytes) {
    throw new FeedError('feed_too_large', `${origin} sent more than ${maxBytes} bytes (max_size)`);
  }
  return {
    body: reply.body,
    etag: reply.header('etag'),
    lastModified: reply.header('last-modified'),
    header: (name) => reply.header(name),
  };
}
