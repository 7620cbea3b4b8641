/**
 * Adds rows to blobs of the archive, each row once.
 *
 * ARCHITECTURE.md beside this file says why: what is there is never changed, only added to, and each block says which rows it has.
 */

import { RetryableError } from '../errors.ts';
import { gzipped } from '../gzip.ts';
import type { BatchBody, EncodedDelivery } from '../port.ts';
import { type Block, blockId, inOrder } from './block-list.ts';
import { KEYS_AT, withKeys } from './member.ts';
import { digestOfKeys, keyText, type RowKey, readKeys, writtenKeys } from './row-keys.ts';
import type { ArchiveContainer, BlobFacts, KnownBlob } from './storage.ts';

/** A row on its way into the archive. */
export interface ArchivedRow {
  readonly key: RowKey;
  readonly item: EncodedDelivery;
}

/** Rows that belong into one blob, at most `MOST_ROWS`. */
export interface PartRows {
  /** The blob's name without `.json.gz`. */
  readonly part: string;
  readonly rows: readonly ArchivedRow[];
  /** The bytes of all of them, where they stand together already. */
  readonly body: BatchBody | undefined;
  readonly facts: BlobFacts;
}

/** With this many, the list of a blob's blocks has some 45 KiB, and is sent with every batch: further blocks go into another blob. */
const MOST_BLOCKS = 500;
/** How often a blob is looked at again because somebody else wrote it meanwhile. */
const MOST_LOOKS = 5;
/** Blobs of which the list is remembered. */
const MOST_KNOWN = 64;
/** As the relay's own sources are named, so that an archive can be one. */
const SUFFIX = '.json.gz';

export interface Parts {
  /** Resolves when each of the rows is in the archive. Throws as {@link ArchiveContainer}. */
  add(rows: PartRows, signal: AbortSignal): Promise<void>;
}

/** @param mostBlocks of one blob; smaller in tests. */
export function archiveParts(container: ArchiveContainer, mostBlocks = MOST_BLOCKS): Parts {
  const remembered = new Map<string, KnownBlob>();

  function remember(name: string, known: KnownBlob): void {
    remembered.delete(name);
    remembered.set(name, known);
    const [oldest] = remembered.keys();
    if (remembered.size > MOST_KNOWN && oldest !== undefined) remembered.delete(oldest);
  }

  async function look(name: string, signal: AbortSignal): Promise<KnownBlob> {
    const known = remembered.get(name) ?? (await container.blockList(name, signal));
    remember(name, known);
    return known;
  }

  /** The rows that are in none of the blob's blocks; undefined where the blob was changed meanwhile. */
  async function missing(
    name: string,
    { etag, blocks }: KnownBlob,
    rows: readonly ArchivedRow[],
    signal: AbortSignal,
  ): Promise<readonly ArchivedRow[] | undefined> {
    let left = rows;
    const digest = digestOfKeys(writtenKeys(rows.map(({ key }) => key)));
    if (blocks.some(({ range }) => range?.digest === digest)) return [];
    let start = 0;
    for (const block of blocks) {
      if (etag !== undefined && left.some(({ key }) => mayHave(block, key))) {
        const keys = await keysOf(name, { etag, start, block }, signal);
        if (keys === undefined) return undefined;
        left = left.filter(({ key }) => !keys.has(keyText(key)));
      }
      start += block.size;
    }
    return left;
  }

  async function keysOf(
    name: string,
    { etag, start, block }: { readonly etag: string; readonly start: number; readonly block: Block },
    signal: AbortSignal,
  ): Promise<ReadonlySet<string> | undefined> {
    const range = { etag, start: start + KEYS_AT, length: block.range?.keyBytes ?? 0 };
    const text = await container.ascii(name, range, signal);
    if (text === undefined) return undefined;
    const keys = digestOfKeys(text) === block.range?.digest ? readKeys(text) : undefined;
    if (keys) return keys;
    const end = range.start + range.length;
    throw new RetryableError(
      'archive_damaged',
      `the block ${block.id} of ${name}, whose keys are the bytes ${range.start} to ${end}, does not say which rows are in it`,
    );
  }

  /** Adds rows as one block. Returns false where the blob was changed meanwhile. */
  async function append(
    {
      name,
      known,
      rows,
      body,
      facts,
    }: Omit<PartRows, 'part'> & { readonly name: string; readonly known: KnownBlob },
    signal: AbortSignal,
  ): Promise<boolean> {
    const keys = writtenKeys(rows.map(({ key }) => key));
    const range = {
      first: rows[0]?.key.offset ?? 0,
      last: rows.at(-1)?.key.offset ?? 0,
      keyBytes: keys.length,
      digest: digestOfKeys(keys),
    };
    const member = body ? await body.compressed(gzipped) : await gzipped(joined(rows));
    const bytes = withKeys(member, keys);
    const block: Block = { id: blockId(range), size: bytes.length, range };
    const blocks = inOrder(known.blocks, block);
    await container.stage(name, block.id, bytes, signal);
    const ids = blocks.map(({ id }) => id);
    const etag = await container.commit(name, { known, ids, staged: new Set([block.id]), ...facts }, signal);
    if (etag === undefined) return false;
    remember(name, { etag, blocks });
    return true;
  }

  /** Returns false where a blob was changed meanwhile: then what is there has to be looked at again. */
  async function tryAdd({ part, rows, body, facts }: PartRows, signal: AbortSignal): Promise<boolean> {
    let left = rows;
    for (let number = 0; ; number += 1) {
      const name = nameOf(part, number);
      const known = await look(name, signal);
      const fresh = await missing(name, known, left, signal);
      if (fresh === undefined) return false;
      if (fresh.length === 0) return true;
      left = fresh;
      // A full blob is never added to, so what it lacks goes into the next.
      if (known.blocks.length >= mostBlocks) continue;
      const whole = left.length === rows.length ? body : undefined;
      return await append({ name, known, rows: left, body: whole, facts }, signal);
    }
  }

  function forget(part: string): void {
    for (const name of remembered.keys()) if (name.startsWith(`${part}.`)) remembered.delete(name);
  }

  return {
    async add(part, signal) {
      const rows = part.rows.toSorted(byOffset);
      const isSorted = rows.every((row, at) => row === part.rows[at]);
      const sorted = { ...part, rows, body: isSorted ? part.body : undefined };
      for (let look = 0; look < MOST_LOOKS; look += 1) {
        try {
          if (await tryAdd(sorted, signal)) return;
        } catch (error) {
          // Nothing shows whether the last request was carried out.
          forget(part.part);
          throw error;
        }
        forget(part.part);
      }
      throw new RetryableError('server_error', `somebody else keeps writing ${nameOf(part.part, 0)}`);
    },
  };
}

function nameOf(part: string, number: number): string {
  return number === 0 ? `${part}${SUFFIX}` : `${part}.${number}${SUFFIX}`;
}

function mayHave({ range }: Block, { offset }: RowKey): boolean {
  return range !== undefined && range.first <= offset && offset <= range.last;
}

/** Rows of one batch come in the order of the blob; deliveries of one row keep theirs. */
function byOffset(a: ArchivedRow, b: ArchivedRow): number {
  return a.key.offset - b.key.offset;
}

/** The bytes of rows, each of which ends with a line's end. */
export function joined(rows: readonly Pick<ArchivedRow, 'item'>[]): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(rows.reduce((sum, { item }) => sum + item.bytes, 0));
  let at = 0;
  for (const { item } of rows) {
    bytes.set(item.payload(), at);
    at += item.bytes;
  }
  return bytes;
}
