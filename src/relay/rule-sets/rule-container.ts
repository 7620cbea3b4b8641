/** Reads rule files from a blob container. */
import { BlobError } from '../../blobs/errors.ts';
import type { BlobEntry, BlobStore } from '../../blobs/port.ts';
import { databaseFile } from '../../databases/mmdb.ts';
import { isRuleFile } from '../../rules/folder.ts';
import { isDatabaseFile, isListFile, tooManyListBytes } from '../../rules/lists/list-files.ts';
import { maxBytesOf } from '../../rules/open-rule-file.ts';
import type { RuleFile } from '../../rules/rule-file.ts';
import type { CodeOf } from '../../shared/error-codes.ts';
import { NarrowRelayError } from '../../shared/errors.ts';
import { inParallel } from '../../shared/in-parallel.ts';

const MAX_FILES = 20_000;
const MAX_TOTAL_BYTES = 128 * 1024 * 1024;
/** How many blobs are read in parallel. */
const CONCURRENCY = 16;

/** The container of rule files cannot be used. Code `rules_too_large` or `rules_container_unreadable`. */
export class RuleContainerError extends NarrowRelayError<CodeOf<'rules'>> {}

/** The rule files of a container as they were at one moment. */
export interface RuleContainer {
  readonly files: readonly RuleFile[];
  /** A hash of all names and ETags. Equal signatures mean equal files. */
  readonly signature: string;
}

export interface ContainerReading {
  readonly signal?: AbortSignal | undefined;
  /** The most bytes that all lists together may have; undefined for no bound of their own. */
  readonly mostListBytes?: number;
  /** Only files whose names begin so are read. */
  readonly prefix?: string;
}

/**
 * Reads the rule files of a container; undefined if their names and ETags are the same as those of `known`.
 *
 * Throws {@link RuleContainerError}, also if the container is missing or access is denied, and BlobError for temporary failures.
 */
export async function readRuleContainer(
  blobs: BlobStore,
  container: string,
  known: string | undefined,
  { signal, mostListBytes, prefix = '' }: ContainerReading = {},
): Promise<RuleContainer | undefined> {
  const entries = await listRuleFiles(blobs, container, prefix, signal);
  if (mostListBytes !== undefined) checkLists(entries, mostListBytes);
  const signature = JSON.stringify(entries.map(({ ref, etag }) => [ref.name, etag]));
  if (signature === known) return undefined;
  const files: RuleFile[] = [];
  const read = async (entry: BlobEntry) => {
    files.push(await readFile(blobs, entry, signal));
  };
  await inParallel(entries, CONCURRENCY, read, signal);
  // The files arrive in any order and are sorted, because the version of a rule set depends on the order.
  files.sort((a, b) => (a.path < b.path ? -1 : 1));
  return { files, signature };
}

/** Lists the rule files, and checks the limits. */
async function listRuleFiles(
  blobs: BlobStore,
  container: string,
  prefix: string,
  signal?: AbortSignal,
): Promise<readonly BlobEntry[]> {
  const entries: BlobEntry[] = [];
  let bytes = 0;
  const listing = listed(blobs.list(container, prefix, signal));
  for await (const entry of listing) {
    if (!isRuleFile(entry.ref.name)) continue;
    entries.push(entry);
    bytes += entry.length;
    if (entries.length > MAX_FILES) throw tooLarge(`${container} has more than ${MAX_FILES} rule files`);
    const most = maxBytesOf(entry.ref.name);
    if (entry.length > most) throw tooLarge(`${entry.ref.name} has more than ${most} bytes`);
    if (bytes > MAX_TOTAL_BYTES)
      throw tooLarge(`${container} has more than ${MAX_TOTAL_BYTES} bytes of rules`);
  }
  return entries;
}

/** An isolate of a Worker has little memory: lists that would fill it must not be read. */
function checkLists(entries: readonly BlobEntry[], most: number): void {
  const lists = entries.filter(({ ref }) => isListFile(ref.name));
  const bytes = lists.reduce((sum, { length }) => sum + length, 0);
  if (bytes > most) throw tooLarge(tooManyListBytes(bytes, most));
}

/** Turns errors about a missing container or role into RuleContainerErrors: they do not pass by themselves, as an account out of reach does. */
async function* listed(listing: AsyncIterable<BlobEntry>): AsyncGenerator<BlobEntry> {
  try {
    yield* listing;
  } catch (error) {
    throw unreadable(error);
  }
}

function unreadable(error: unknown): unknown {
  if (!(error instanceof BlobError) || !['blob_gone', 'blob_forbidden'].includes(error.code)) return error;
  const message = `the container of the rules cannot be read: ${error.message}`;
  return new RuleContainerError('rules_container_unreadable', message, { cause: error });
}

async function readFile(blobs: BlobStore, entry: BlobEntry, signal?: AbortSignal): Promise<RuleFile> {
  const pieces: Uint8Array[] = [];
  for await (const piece of blobs.read(entry.ref, { start: 0, end: entry.length }, signal))
    pieces.push(piece);
  const bytes = Buffer.concat(pieces);
  const file = { path: entry.ref.name, modified: entry.lastModified };
  return isDatabaseFile(file.path)
    ? { ...file, text: '', database: databaseFile(bytes) }
    : { ...file, text: bytes.toString('utf8') };
}

function tooLarge(message: string): RuleContainerError {
  return new RuleContainerError('rules_too_large', message);
}
