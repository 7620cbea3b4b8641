/** A blob store in memory with the behaviour of Azure Storage. */
import { BlobError } from '../../src/blobs/errors.ts';
import { type BlobEntry, type BlobStat, type BlobStore, PEEK_BYTES } from '../../src/blobs/port.ts';
import { type BlobRef, blobPath } from '../../src/shared/blob-ref.ts';
import { type Clock, systemClock } from '../../src/shared/clock.ts';

/** A {@link BlobStore} that tests can write to. */
export interface MemoryBlobStore extends BlobStore {
  /** Creates a container; `put` and `append` do so too. */
  createContainer(container: string): void;
  /** Writes a whole block blob, and replaces a blob of the same name. */
  put(container: string, name: string, content: Uint8Array): BlobRef;
  /** Appends to an append blob, which is created if it does not exist. */
  append(container: string, name: string, content: Uint8Array): BlobRef;
  /** Replaces a blob's content but keeps its creation time and type, as a block list does. */
  rewrite(ref: BlobRef, content: Uint8Array): void;
  remove(ref: BlobRef): void;
  /** Moves a blob to the archive tier, or back. */
  archive(ref: BlobRef, isArchived: boolean): void;
}

interface Stored {
  pieces: Buffer[];
  length: number;
  createdOn: number;
  lastModified: number;
  type: 'append' | 'block';
  isArchived: boolean;
  writes: number;
}

const PIECE = 4 * 1_048_576;
/** What a reader who is done with each piece before the next gets at once. Its memory is used again, as on Node: otherwise a bench would measure this store's garbage. */
const PAGE = 262_144;
/** What a piece is overwritten with where its reader should be done with it: a read that comes too late is seen. No text in UTF-8 has this byte. */
const POISON = 0xff;
/** Larger blobs are those of benches, which would measure it. Bytes. */
const MOST_POISONED = 16 * 1_048_576;

/** Makes a blob store in memory. */
export function createMemoryBlobStore(
  options: { readonly account?: string; readonly clock?: Clock } = {},
): MemoryBlobStore {
  const { account = 'memory', clock = systemClock } = options;
  const stored = new Map<string, Map<string, Stored>>();
  /** Pages that nobody reads any more. */
  const spare: Uint8Array[] = [];
  let lastCreated = 0;

  function create(container: string, name: string, type: Stored['type']): Stored {
    const inContainer = createContainer(container);
    const now = clock.now();
    // The creation time identifies a blob, so it must be unique.
    lastCreated = Math.max(now, lastCreated + 1);
    const blob: Stored = {
      pieces: [],
      length: 0,
      createdOn: lastCreated,
      lastModified: now,
      type,
      isArchived: false,
      writes: 0,
    };
    inContainer.set(name, blob);
    return blob;
  }

  function createContainer(container: string): Map<string, Stored> {
    const inContainer = stored.get(container) ?? new Map<string, Stored>();
    stored.set(container, inContainer);
    return inContainer;
  }

  function find(ref: BlobRef): Stored | undefined {
    if (ref.account === account) return stored.get(ref.container)?.get(ref.name);
    throw new BlobError('blob_forbidden', `${blobPath(ref)} is not of the account ${account}`);
  }

  function readable(ref: BlobRef): Stored {
    const blob = find(ref);
    if (!blob) throw new BlobError('blob_gone', `There is no blob ${blobPath(ref)}`);
    if (blob.isArchived) throw new BlobError('blob_archived', `${blobPath(ref)} is in the archive tier`);
    return blob;
  }

  function passing(bytes: Buffer): Uint8Array {
    const page = (bytes.length === PAGE && spare.pop()) || new Uint8Array(bytes.length);
    bytes.copy(page);
    return page;
  }

  function takeBack(piece: Uint8Array, { length }: Stored): void {
    if (length < MOST_POISONED) piece.fill(POISON);
    if (piece.length === PAGE) spare.push(piece);
  }

  function add(blob: Stored, content: Uint8Array): void {
    blob.pieces.push(Buffer.from(content));
    blob.length += content.length;
    blob.lastModified = clock.now();
    blob.writes += 1;
  }

  function names(container: string, prefix: string): string[] {
    const inContainer = stored.get(container);
    if (!inContainer) throw new BlobError('blob_gone', `There is no container ${container}`);
    return [...inContainer.keys()].filter((name) => name.startsWith(prefix)).sort();
  }

  return {
    account,
    createContainer(container) {
      createContainer(container);
    },
    put(container, name, content) {
      add(create(container, name, 'block'), content);
      return { account, container, name };
    },
    append(container, name, content) {
      add(stored.get(container)?.get(name) ?? create(container, name, 'append'), content);
      return { account, container, name };
    },
    rewrite(ref, content) {
      const blob = find(ref);
      if (!blob) throw new BlobError('blob_gone', `There is no blob ${blobPath(ref)}`);
      blob.pieces = [];
      blob.length = 0;
      add(blob, content);
    },
    remove(ref) {
      stored.get(ref.container)?.delete(ref.name);
    },
    archive(ref, isArchived) {
      const blob = find(ref);
      if (blob) blob.isArchived = isArchived;
    },
    async stat(ref, signal) {
      signal?.throwIfAborted();
      const blob = find(ref);
      return blob && statOf(blob);
    },
    async peek(ref, from, signal) {
      signal?.throwIfAborted();
      const blob = find(ref);
      if (!blob) return undefined;
      const stat = statOf(blob);
      if (stat.type !== 'append' || from >= blob.length) return { stat };
      const end = Math.min(blob.length, from + PEEK_BYTES);
      const pieces: Uint8Array[] = [];
      for (let at = from; at < end; at += pieces.at(-1)?.length ?? 0) pieces.push(view(blob, at, end));
      const bytes = Buffer.concat(pieces);
      return { stat, ahead: { ref, createdOn: stat.createdOn, start: from, bytes } };
    },
    async *read(ref, { start, end, createdOn, isPassing }, signal) {
      let at = start;
      let identity = createdOn;
      while (at < end) {
        signal?.throwIfAborted();
        const blob = readable(ref);
        if (at >= blob.length) return;
        identity ??= blob.createdOn;
        if (blob.createdOn !== identity) {
          throw new BlobError('blob_replaced', `Another blob has the name ${blobPath(ref)} now`);
        }
        const bytes = view(blob, at, Math.min(end, at + (isPassing ? PAGE : PIECE)));
        const piece = isPassing ? passing(bytes) : new Uint8Array(bytes);
        at += piece.length;
        try {
          yield piece;
        } finally {
          // Also where the reader stops at this piece: the host's page serves another reader then.
          if (isPassing) takeBack(piece, blob);
        }
      }
    },
    async *containers(prefix, signal) {
      for (const name of [...stored.keys()].filter((name) => name.startsWith(prefix)).sort()) {
        signal?.throwIfAborted();
        yield name;
      }
    },
    async *list(container, prefix, signal) {
      for (const name of names(container, prefix)) {
        signal?.throwIfAborted();
        const blob = stored.get(container)?.get(name);
        if (blob) yield { ref: { account, container, name }, ...statOf(blob) } satisfies BlobEntry;
      }
    },
    async *folders(container, prefix, signal) {
      let last: string | undefined;
      for (const name of names(container, prefix)) {
        signal?.throwIfAborted();
        const slash = name.indexOf('/', prefix.length);
        const folder = name.slice(0, slash + 1);
        if (slash >= 0 && folder !== last) yield folder;
        if (slash >= 0) last = folder;
      }
    },
  };
}

function statOf(blob: Stored): BlobStat {
  const { length, createdOn, lastModified, type, writes, isArchived } = blob;
  const etag = `${createdOn}-${writes}`;
  return { length, createdOn, lastModified, type, etag, ...(isArchived && { isArchived }) };
}

/** The bytes of [start, end), of one appended piece at most: the store's own, which must be copied. */
function view(blob: Stored, start: number, end: number): Buffer {
  let before = 0;
  for (const piece of blob.pieces) {
    if (start < before + piece.length) return piece.subarray(start - before, end - before);
    before += piece.length;
  }
  return Buffer.alloc(0);
}
