/** Pulls list feeds: fetches what has changed, checks it, and writes it where the rule files are. */
import { z } from 'zod';
import type { ListFeedConfig } from '../../config/list-feeds.ts';
import type { HttpClient, HttpClientFactory } from '../../destinations/http.ts';
import { compileLists } from '../../rules/lists/compile.ts';
import type { Declaration } from '../../rules/lists/declaration.ts';
import { isKeyOf } from '../../rules/lists/indexes.ts';
import { LISTS_FOLDER } from '../../rules/lists/list-files.ts';
import type { RuleFile } from '../../rules/rule-file.ts';
import type { Clock } from '../../shared/clock.ts';
import { DeadlineError, withDeadline } from '../../shared/deadline.ts';
import { sha256Hex } from '../../shared/digest.ts';
import { FeedError } from './errors.ts';
import { fetchFeed } from './fetch.ts';
import { type FeedRows, indicatorRows, readFeed } from './parse.ts';
import { collectionSchema, fetchCollection } from './taxii.ts';

/** The folder or container of the rule files, as far as pulls need it. Paths are relative to it. */
export interface ListStore {
  /** The files of `lists/` as the relay reads them. */
  lists(): Promise<readonly RuleFile[]>;
  /** Undefined if there is no such file. */
  read(path: string): Promise<string | undefined>;
  /** Replaces a file whole: a reader sees the old one or the new one. */
  write(path: string, text: string): Promise<void>;
}

/** How the pull of one feed ended. */
export type Pulled =
  | { readonly kind: 'unchanged'; readonly entries: number }
  /** `dropped`: values that are not of the list's type, or were there twice. */
  | { readonly kind: 'written'; readonly entries: number; readonly dropped: number; readonly path: string };

export interface PullDeps {
  readonly store: ListStore;
  readonly http: HttpClientFactory;
  readonly clock: Clock;
}

/** What is remembered of a feed between pulls. */
const memorySchema = z.object({
  /** A hash of where and how it is fetched: what is remembered of another address is worth nothing. */
  of: z.string(),
  etag: z.string().exactOptional(),
  lastModified: z.string().exactOptional(),
  collection: collectionSchema.exactOptional(),
});
type Memory = z.infer<typeof memorySchema>;

/** How long fetching one feed may take, over all of its pages: a server may send each of a thousand slowly. Milliseconds. */
const FETCH_MS = 10 * 60_000;

/** Pulls one feed. Throws FeedError, and what the HTTP client and the store throw; the list then stays as it is. */
export async function pullFeed(
  name: string,
  feed: ListFeedConfig,
  { store, http, clock }: PullDeps,
  signal: AbortSignal,
): Promise<Pulled> {
  const path = `${LISTS_FOLDER}${name}.csv`;
  const files = await store.lists();
  const current = compileLists(files, () => {}).get(name);
  if (current?.file !== undefined && current.file !== path) {
    throw new FeedError(
      'feed_unusable',
      `the list "${name}" is in ${current.file}, and a feed writes ${path}: remove one of them`,
    );
  }
  const declaration = current?.declaration ?? {};
  const memoryPath = `${LISTS_FOLDER}.feeds/${name}.json`;
  const of = memoryKey(feed, declaration);
  const memory = current?.file === undefined ? undefined : recalled(await store.read(memoryPath), of);
  const client = http({
    allowNetworks: feed.allow_networks,
    connections: 1,
    timeoutMs: feed.timeout,
    clock,
    // One byte more than is allowed: so a larger reply is noticed.
    maxReplyBytes: feed.max_size + 1,
  });
  const known = { memory, declaration, now: clock.now() };
  const fetched = await inTime(signal, clock, (limited) => fetchRows(client, feed, known, limited)).finally(
    () => client.close(),
  );
  const text = files.find((file) => file.path === path)?.text;
  if (!fetched) {
    // The list is as new as this answer: what says so is the time of its file.
    if (text !== undefined) await store.write(path, text);
    return { kind: 'unchanged', entries: current?.size ?? 0 };
  }
  const { csv, entries, dropped } = checkedCsv(name, fetched.rows, declaration, feed);
  mustCompile(name, csv, files);
  await store.write(path, csv);
  await store.write(memoryPath, JSON.stringify({ of, ...fetched.memory } satisfies Memory));
  return csv === text ? { kind: 'unchanged', entries } : { kind: 'written', entries, dropped, path };
}

/** Throws FeedError `feed_failed` when the time is up. */
async function inTime<T>(
  signal: AbortSignal,
  clock: Clock,
  work: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  try {
    return await withDeadline(FETCH_MS, signal, work, clock);
  } catch (error) {
    if (!(error instanceof DeadlineError)) throw error;
    const message = `the feed was not fetched whole within ${FETCH_MS / 60_000} minutes: its server is too slow, or its pages do not end`;
    throw new FeedError('feed_failed', message, { cause: error });
  }
}

interface Fetched {
  readonly rows: FeedRows;
  readonly memory: Omit<Memory, 'of'>;
}

/** Undefined if the feed has not changed. */
async function fetchRows(
  client: HttpClient,
  feed: ListFeedConfig,
  {
    memory,
    declaration,
    now,
  }: { readonly memory: Memory | undefined; readonly declaration: Declaration; readonly now: number },
  signal: AbortSignal,
): Promise<Fetched | undefined> {
  const { url, headers, format, max_size: maxBytes } = feed;
  const type = declaration.type ?? 'text';
  if (format === 'taxii') {
    const known = memory?.collection;
    const collection = await fetchCollection(
      client,
      { url, headers, maxBytes },
      { type, known, now },
      signal,
    );
    const indicators = Object.entries(collection.indicators).map(([id, { name, values }]) => ({
      id,
      name,
      values,
    }));
    return { rows: indicatorRows(indicators), memory: { collection } };
  }
  const accept = {
    text: 'text/plain, */*',
    csv: 'text/csv, */*',
    json: 'application/json',
    stix: 'application/stix+json;version=2.1, application/json',
  }[format];
  const found = await fetchFeed(client, { url, headers, maxBytes, accept, known: memory }, signal);
  if (!found) return undefined;
  const { etag, lastModified, body } = found;
  return {
    rows: readFeed(body, { ...feed, format }, type, now),
    memory: { ...(etag !== undefined && { etag }), ...(lastModified !== undefined && { lastModified }) },
  };
}

function memoryKey(
  { url, format, column, columns, items }: ListFeedConfig,
  { type, key }: Declaration,
): string {
  return sha256Hex(JSON.stringify([url, format, column, columns, items, type, key])).slice(0, 16);
}

function recalled(text: string | undefined, of: string): Memory | undefined {
  if (text === undefined) return undefined;
  try {
    const memory = memorySchema.safeParse(JSON.parse(text)).data;
    return memory?.of === of ? memory : undefined;
  } catch {
    // It is written anew.
    return undefined;
  }
}

/** Of the values that a feed sends, so many must be of the list's type: else the feed has become something else, such as a page that asks to sign in. */
const LEAST_RIGHT = 0.5;

/** The list as CSV, with the values of its type, each once. Throws FeedError `feed_unusable`. */
function checkedCsv(
  name: string,
  { columns, rows }: FeedRows,
  { type = 'text', key }: Declaration,
  { allow_empty: allowEmpty }: ListFeedConfig,
): { readonly csv: string; readonly entries: number; readonly dropped: number } {
  const seen = new Set<string>();
  let wrong = 0;
  const lines = [[key ?? columns[0] ?? 'value', ...columns.slice(1)]];
  for (const row of rows) {
    const value = row[0] ?? '';
    if (value === '' || !isKeyOf(type, value)) wrong += 1;
    else if (!seen.has(value.toLowerCase())) {
      seen.add(value.toLowerCase());
      lines.push([...row]);
    }
  }
  if (wrong > rows.length * LEAST_RIGHT) {
    throw new FeedError(
      'feed_unusable',
      `${wrong} of ${rows.length} values are not of the type ${type} that "${name}" has`,
    );
  }
  if (seen.size === 0 && !allowEmpty)
    throw new FeedError('feed_unusable', 'the feed has no value (allow_empty)');
  return { csv: `${lines.map(csvLine).join('\n')}\n`, entries: seen.size, dropped: rows.length - seen.size };
}

function csvLine(cells: readonly string[]): string {
  return cells
    .map((cell) => (/[",\r\n#\ufeff]/.test(cell) ? `"${cell.replaceAll('"', '""')}"` : cell))
    .join(',');
}

/** Throws FeedError `feed_unusable` if the relay would refuse the list: a rule set must not fail because of a feed. */
function mustCompile(name: string, text: string, files: readonly RuleFile[]): void {
  const path = `${LISTS_FOLDER}${name}.csv`;
  const others = files.filter((file) => file.path !== path && /\/lists\.ya?ml$/i.test(file.path));
  let why: string | undefined;
  compileLists([...others, { path, text }], ({ severity, file, span, message }) => {
    if (severity === 'error' && file === path) why ??= `line ${span.line}: ${message}`;
  });
  if (why !== undefined) throw new FeedError('feed_unusable', `the list would have errors: ${why}`);
}
