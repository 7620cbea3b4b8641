/**
 * Stores the files of the rule set that came into force last in shared documents, so that a consumer that starts and finds rules with
 * errors can continue with it.
 *
 * The files are compressed as one text and cut into pieces that fit into documents. The document `last-good-rules`, which names the pieces,
 * is written after them, and the pieces that it named before are removed after that. So at every moment it names a complete set.
 */
import { createHash, randomUUID } from 'node:crypto';
import { promisify } from 'node:util';
import { gunzip, gzip, type ZlibOptions } from 'node:zlib';
import { z } from 'zod';
import type { StateDocuments } from '../../checkpoints/documents.ts';
import { type Patience, sharedDocument, updateDocument } from '../../checkpoints/update-document.ts';
import { ruleFileOf, storedFile, storedFileSchema } from '../../databases/stored-file.ts';
import { lengthOf } from '../../rules/lists/list-files.ts';
import type { RuleFile } from '../../rules/rule-file.ts';
import type { CodeOf } from '../../shared/error-codes.ts';
import { messageOf, NarrowRelayError } from '../../shared/errors.ts';
import { inParallel } from '../../shared/in-parallel.ts';

/** The last good set cannot be stored or read. Code `rules_too_large` or `rules_kept_unreadable`. */
export class LastGoodError extends NarrowRelayError<CodeOf<'rules'>> {}

/** A rule set that was in force. */
export interface LastGood {
  /** The version of the files, the same as the compiled set's. */
  readonly version: string;
  /** When the set was stored, ms since the epoch. */
  readonly at: number;
  readonly files: readonly RuleFile[];
  /** Of several folders of rule files, the names of those that had files. */
  readonly folders?: readonly string[];
}

/** The limit of the compressed files. A start reads them with one request per PIECE_BYTES. */
const MAX_COMPRESSED_BYTES = 16 * 1024 * 1024;
/** Takes half of the time of zlib's usual level, 6, and a tenth more room: a start waits for it. */
const QUICK_LEVEL = 3;
/** The size of a piece, which as base64 in JSON stays below the limit of a document. */
const PIECE_BYTES = 720 * 1024;
/** The limit of the files as JSON, which an isolate of a Worker with its 128 MB must be able to read. SigmaHQ's rules have about 8 MiB. */
const MAX_TEXT_BYTES = 64 * 1024 * 1024;
/** The age at which pieces that no set names are removed: a consumer ended before it could name them. Milliseconds. */
const ORPHAN_MS = 24 * 3_600_000;
const AT_ONCE = 4;
/** Few tries suffice, because other consumers write only when rules change. */
const PATIENCE: Patience = { tries: 4 };
/** How often reading starts again if another consumer replaces the set meanwhile. */
const READS = 4;

const HEAD = 'last-good-rules';
const PIECES = `${HEAD}/`;

const headSchema = z.lazy(() =>
  z.object({
    v: z.literal(1),
    version: z.string(),
    at: z.number(),
    /** The names of the pieces' documents, in order. */
    pieces: z.array(z.string().startsWith(PIECES)).min(1),
    /** The hash of the compressed files. */
    sha256: z.string(),
    folders: z.array(z.string()).exactOptional(),
  }),
);
type Head = z.infer<typeof headSchema>;

const pieceSchema = z.object({ base64: z.base64() });
const filesSchema = z.array(storedFileSchema);

const pack = promisify<Buffer, ZlibOptions, Buffer>(gzip);
const unpack = promisify<Buffer, { readonly maxOutputLength: number }, Buffer>(gunzip);

/**
 * Stores a set that is in force, unless it is stored already. Throws {@link LastGoodError} for a set that is too large, and CheckpointError.
 */
export async function keepLastGood(
  documents: StateDocuments,
  { version, at, files, folders = [] }: LastGood,
): Promise<void> {
  const head = headDocument(documents);
  const known = await head.load();
  const kept = known.value;
  const isKept = kept?.version === version && (kept.folders ?? []).join('\n') === folders.join('\n');
  if (isKept && (await allThere(documents, kept))) return;
  const compressed = await packedFiles(files);
  const id = `${at}-${randomUUID().slice(0, 8)}`;
  const count = Math.ceil(compressed.length / PIECE_BYTES);
  const pieces = Array.from({ length: count }, (_, n) => `${PIECES}${id}-${n}`);
  await inParallel(pieces.entries(), AT_ONCE, async ([n, name]) => {
    const piece = compressed.subarray(n * PIECE_BYTES, (n + 1) * PIECE_BYTES);
    await documents.put(name, { base64: piece.toString('base64') }, undefined);
  });
  const written: Head = {
    v: 1,
    version,
    at,
    pieces,
    sha256: sha256(compressed),
    ...(folders.length > 0 && { folders: [...folders] }),
  };
  const outcome = await updateDocument<Head, undefined>(
    head,
    // If another consumer stored the same set meanwhile, its pieces are as good as these, so either may win.
    () => ({ write: written, result: undefined }),
    PATIENCE,
    known,
  );
  if (outcome.kind === 'busy') throw outcome.conflict;
  await removePieces(documents, new Set(pieces), new Set(kept?.pieces), at);
}

/**
 * The files as one compressed text. Where they are too large with their databases, the databases are left out: rules go on without what `geo`
 * writes rather than not at all. Throws {@link LastGoodError} for files that are too large without them, too.
 */
async function packedFiles(files: readonly RuleFile[]): Promise<Buffer> {
  try {
    return await packed(files);
  } catch (error) {
    if (!(error instanceof LastGoodError) || files.every(({ database }) => !database)) throw error;
    return await packed(files.map(({ database: _, ...file }) => file));
  }
}

async function packed(files: readonly RuleFile[]): Promise<Buffer> {
  const size = files.reduce((sum, file) => sum + lengthOf(file), 0);
  if (size > MAX_TEXT_BYTES) throw tooLarge(`${size} bytes`, MAX_TEXT_BYTES);
  const text = Buffer.from(JSON.stringify(files.map(storedFile)));
  if (text.length > MAX_TEXT_BYTES) throw tooLarge(`${text.length} bytes`, MAX_TEXT_BYTES);
  const quickly = await pack(text, { level: QUICK_LEVEL });
  const bytes = quickly.length > MAX_COMPRESSED_BYTES ? await pack(text, {}) : quickly;
  if (bytes.length > MAX_COMPRESSED_BYTES)
    throw tooLarge(`${bytes.length} bytes compressed`, MAX_COMPRESSED_BYTES);
  return bytes;
}

/** Loads the set that was in force last; undefined if none was ever stored. Throws {@link LastGoodError} for a damaged set, and CheckpointError. */
export async function loadLastGood(
  documents: StateDocuments,
  signal?: AbortSignal,
): Promise<LastGood | undefined> {
  for (let left = READS; ; left--) {
    const stored = await documents.get(HEAD, signal);
    if (!stored) return undefined;
    const head = headSchema.safeParse(stored.value).data;
    if (!head) throw damaged('the document is none of ours');
    const packed = await piecesOf(documents, head, signal);
    const { version, at, folders } = head;
    if (packed) return { version, at, files: await filesIn(packed, head), ...(folders && { folders }) };
    if (left === 1) throw damaged('a piece of it is missing');
  }
}

/** Which set {@link loadLastGood} would load, without its files; undefined if none was ever stored. Throws as it does. */
export async function lastGoodVersion(
  documents: StateDocuments,
  signal?: AbortSignal,
): Promise<Pick<LastGood, 'version' | 'at'> | undefined> {
  const stored = await documents.get(HEAD, signal);
  if (!stored) return undefined;
  const head = headSchema.safeParse(stored.value).data;
  if (!head) throw damaged('the document is none of ours');
  return { version: head.version, at: head.at };
}

function headDocument(documents: StateDocuments) {
  return sharedDocument(documents, HEAD, (value) => headSchema.safeParse(value).data);
}

/** Reads the pieces of a set; undefined if one is missing, because another consumer replaced the set, or because somebody removed the piece. */
async function piecesOf(
  documents: StateDocuments,
  { pieces }: Head,
  signal?: AbortSignal,
): Promise<Buffer | undefined> {
  const found: Buffer[] = [];
  await inParallel(pieces.entries(), AT_ONCE, async ([n, name]) => {
    const piece = pieceSchema.safeParse((await documents.get(name, signal))?.value).data;
    if (piece) found[n] = Buffer.from(piece.base64, 'base64');
  });
  return Object.keys(found).length === pieces.length ? Buffer.concat(found) : undefined;
}

async function filesIn(packed: Buffer, head: Head): Promise<readonly RuleFile[]> {
  if (sha256(packed) !== head.sha256) throw damaged('its content is not what was written');
  try {
    const text = await unpack(packed, { maxOutputLength: MAX_TEXT_BYTES });
    return filesSchema.parse(JSON.parse(text.toString())).map(ruleFileOf);
  } catch (thrown) {
    throw damaged(messageOf(thrown));
  }
}

async function allThere(documents: StateDocuments, { pieces }: Head): Promise<boolean> {
  const found = new Set<string>();
  for await (const name of documents.list(PIECES)) found.add(name);
  return pieces.every((name) => found.has(name));
}

/** Removes the pieces that were named before, and old pieces that no set names. */
async function removePieces(
  documents: StateDocuments,
  named: ReadonlySet<string>,
  before: ReadonlySet<string>,
  now: number,
): Promise<void> {
  const names: string[] = [];
  for await (const name of documents.list(PIECES)) {
    const age = now - Number.parseInt(name.slice(PIECES.length), 10);
    if (!named.has(name) && (before.has(name) || age > ORPHAN_MS)) names.push(name);
  }
  await inParallel(names, AT_ONCE, (name) => documents.remove(name));
}

function sha256(bytes: Buffer): string {
  return createHash('sha256').update(bytes).digest('hex');
}

function tooLarge(size: string, most: number): LastGoodError {
  const message = `the rules are too large to be kept for a start with broken ones: ${size}, and at most ${most} are kept`;
  return new LastGoodError('rules_too_large', message);
}

function damaged(why: string): LastGoodError {
  return new LastGoodError(
    'rules_kept_unreadable',
    `the last good rules in documents/${HEAD}.json cannot be read: ${why}`,
  );
}
