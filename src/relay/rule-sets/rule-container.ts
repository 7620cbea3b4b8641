/** Reads rule files from a blob container. */
import type { BlobEntry, BlobStore } from '../../blobs/port.ts';
import { isRuleFile } from '../../rules/folder.ts';
import type { RuleFile } from '../../rules/rule-file.ts';
import type { CodeOf } from '../../shared/error-codes.ts';
import { NarrowRelayError } from '../../shared/errors.ts';
import { inParallel } from '../../shared/in-parallel.ts';

const MAX_FILES = 20_000;
const MAX_FILE_BYTES = 4 * 1024 * 1024;
const MAX_TOTAL_BYTES = 128 * 1024 * 1024;
/** Blobs read at once. */
const CONCURRENCY = 16;

/** The container of rule files cannot be used. Code `rules_too_large`. */
export class RuleContainerError extends NarrowRelayError<CodeOf<'rules'>> {}

/** The rule files of a container as they were at one moment. */
export interface RuleContainer {
  readonly files: readonly RuleFile[];
  /** Of all names and ETags: equal signatures, equal files. */
  readonly signature: string;
}

/**
 * Reads the rule files of a container, unless their names and ETags are those of `known`: then undefined.
 *
 * Throws {@link RuleContainerError} and BlobError.
 */
export async function readRuleContainer(
  blobs: BlobStore,
  container: string,
  known: string | undefined,
  signal?: AbortSignal,
): Promise<RuleContainer | undefined> {
  const entries: BlobEntry[] = [];
  let bytes = 0;
  for await (const entry of blobs.list(container, '', signal)) {
    if (!isRuleFile(entry.ref.name)) continue;
    entries.push(entry);
    bytes += entry.length;
    if (entries.length > MAX_FILES) throw tooLarge(`${container} has more than ${MAX_FILES} rule files`);
    if (entry.length > MAX_FILE_BYTES)
      throw tooLarge(`${entry.ref.name} has more than ${MAX_FILE_BYTES} bytes`);
    if (bytes > MAX_TOTAL_BYTES)
      throw tooLarge(`${container} has more than ${MAX_TOTAL_BYTES} bytes of rules`);
  }
  const signature = JSON.stringify(entries.map(({ ref, etag }) => [ref.name, etag]));
  if (signature === known) return undefined;
  const files: RuleFile[] = [];
  const read = async (entry: BlobEntry) => {
    files.push(await readFile(blobs, entry, signal));
  };
  await inParallel(entries, CONCURRENCY, read, signal);
  // In the order of the listing, however they came: the version of a rule set depends on it.
  files.sort((a, b) => (a.path < b.path ? -1 : 1));
  return { files, signature };
}

async function readFile(blobs: BlobStore, entry: BlobEntry, signal?: AbortSignal): Promise<RuleFile> {
  const pieces: Uint8Array[] = [];
  for await (const piece of blobs.read(entry.ref, { start: 0, end: entry.length }, signal))
    pieces.push(piece);
  return { path: entry.ref.name, text: Buffer.concat(pieces).toString('utf8') };
}

function tooLarge(message: string): RuleContainerError {
  return new RuleContainerError('rules_too_large', message);
}
