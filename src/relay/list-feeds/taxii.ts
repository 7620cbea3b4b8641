/** Fetches a collection of a TAXII 2.1 server: what was added since the last time, page by page. */
import { z } from 'zod';
import type { HttpClient } from '../../destinations/http.ts';
import type { ListType } from '../../rules/lists/list.ts';
import { isJsonObject } from '../../shared/json.ts';
import { FeedError } from './errors.ts';
import { type FeedRequest, fetchFeed } from './fetch.ts';
import { hasEnded, parsed } from './parse.ts';
import { indicatorsOf, stixObjects } from './stix.ts';

/** The indicators of a collection that are in force, and up to when they were fetched. */
export const collectionSchema = z.object({
  addedAfter: z.string().exactOptional(),
  /** Of each indicator its name, its end and its values. */
  indicators: z.record(
    z.string(),
    z.object({ name: z.string(), until: z.string().exactOptional(), values: z.array(z.string()) }),
  ),
});
export type Collection = z.infer<typeof collectionSchema>;

/** TAXII 2.1, section 1.6.8. */
const MEDIA_TYPE = 'application/taxii+json;version=2.1';
const MOST_PAGES = 1_000;
const MOST_INDICATORS = 500_000;
const PAGE = 1_000;

/**
 * Fetches what was added to a collection since `known`, and returns the indicators that are in force then: new ones added, changed ones
 * replaced, revoked and ended ones removed. All pages together may have `maxBytes`. Throws FeedError, and what the client throws.
 */
export async function fetchCollection(
  http: HttpClient,
  request: Omit<FeedRequest, 'accept' | 'known'>,
  {
    type,
    known,
    now,
  }: { readonly type: ListType; readonly known: Collection | undefined; readonly now: number },
  signal: AbortSignal,
): Promise<Collection> {
  const indicators = new Map(Object.entries(known?.indicators ?? {}));
  let addedAfter = known?.addedAfter;
  let left = request.maxBytes;
  let next: string | undefined;
  for (let page = 0; ; page++) {
    if (page === MOST_PAGES)
      throw new FeedError('feed_too_large', `the collection has more than ${MOST_PAGES} pages`);
    const url = pageUrl(request.url, known?.addedAfter, next);
    const reply = await fetchFeed(http, { ...request, url, accept: MEDIA_TYPE, maxBytes: left }, signal);
    if (!reply) break;
    left -= Buffer.byteLength(reply.body);
    const envelope = parsed(reply.body);
    const objects = stixObjects(envelope);
    if (!objects || !isJsonObject(envelope)) {
      throw new FeedError('feed_unreadable', 'the feed cannot be read: it is no envelope of TAXII 2.1');
    }
    for (const { id, name, validUntil, revoked, values } of indicatorsOf(objects, type)) {
      if (revoked || values.length === 0) indicators.delete(id);
      else
        indicators.set(id, {
          name,
          values: [...values],
          ...(validUntil !== undefined && { until: validUntil }),
        });
    }
    if (indicators.size > MOST_INDICATORS) {
      throw new FeedError('feed_too_large', `the collection has more than ${MOST_INDICATORS} indicators`);
    }
    addedAfter = reply.header('x-taxii-date-added-last') ?? addedAfter;
    const token =
      envelope.more === true ? nextOf(envelope.next, reply.header('x-taxii-date-added-last')) : undefined;
    if (token === undefined) break;
    if (token === next)
      throw new FeedError('feed_unreadable', 'the feed cannot be read: its pages do not end');
    next = token;
  }
  const inForce = [...indicators].filter(([, { until }]) => !hasEnded(until, now));
  return { indicators: Object.fromEntries(inForce), ...(addedAfter !== undefined && { addedAfter }) };
}

/** The name of the next page; servers that give none page by the date (TAXII 2.1, section 3.7.1). */
function nextOf(next: unknown, last: string | undefined): string | undefined {
  if (typeof next === 'string' && next !== '') return next;
  return last === undefined ? undefined : `${BY_DATE}${last}`;
}

const BY_DATE = 'added_after ';

function pageUrl(collection: string, addedAfter: string | undefined, next: string | undefined): string {
  const url = new URL(collection);
  if (!/\/objects\/?$/.test(url.pathname)) url.pathname = `${url.pathname.replace(/\/$/, '')}/objects/`;
  url.searchParams.set('match[type]', 'indicator');
  url.searchParams.set('limit', String(PAGE));
  const after = next?.startsWith(BY_DATE) ? next.slice(BY_DATE.length) : addedAfter;
  if (after !== undefined) url.searchParams.set('added_after', after);
  if (next !== undefined && !next.startsWith(BY_DATE)) url.searchParams.set('next', next);
  return url.href;
}
