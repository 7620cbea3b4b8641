/**
 * The rule set that came into force last, kept with its files among the shared documents: a consumer that starts and finds rules with
 * errors goes on with it.
 *
 * The files are one compressed text, cut into pieces that a document can hold. The document `last-good-rules` names the pieces and is
 * written after them; the pieces that it named before are removed then. So at every moment it names a whole set.
 */
import { createHash, randomUUID } from 'node:crypto';
import { promisify } from 'node:util';
import { gunzip, gzip } from 'node:zlib';
import { z } from 'zod';
import type { StateDocuments } from '../../checkpoints/documents.ts';
import { type Patience, sharedDocument, updateDocument } from '../../checkpoints/update-document.ts';
import type { RuleFile } from '../../rules/rule-file.ts';
import type { CodeOf } from '../../shared/error-codes.ts';
import { messageOf, NarrowRelayError } from '../../shared/errors.ts';
import { inParallel } from '../../shared/in-parallel.ts';

/** The last good set cannot be kept or read. Code `rules_too_large` or `rules_kept_unreadable`. */
export class LastGoodError extends NarrowRelayError<CodeOf<'rules'>> {}

/** A rule set that was in force. */
export interface LastGood {
  /** Of its files; the same as the compiled set's. */
  readonly version: string;
  /** When it was kept, ms since the epoch. */
  readonly at: number;
  readonly files: readonly RuleFile[];
}

/** Compressed: that many requests of PIECE_BYTES are made at a start. */
const MAX_COMPRESSED_BYTES = 16 * 1024 * 1024;
/** As base64 in JSON it stays below what a document may have. */
const PIECE_BYTES = 720 * 1024;
/** Of the files as JSON: an isolate of a Worker, which has 128 MB, must be able to read them. SigmaHQ's are about 8 MiB. */
const MAX_TEXT_BYTES = 64 * 1024 * 1024;
/** Pieces that no set names: of a consumer that ended before it could name them. They are removed when they are older. Milliseconds. */
const ORPHAN_MS = 24 * 3_600_000;
const AT_ONCE = 4;
/** Others write when rules change, which is seldom. */
const PATIENCE: Patience = { tries: 4 };
/** A set that another consumer replaces while it is read is read anew, so many times. */
const READS = 4;

const HEAD = 'last-good-rules';
const PIECES = `${HEAD}/`;

const headSchema = z.object({
  v: z.literal(1),
  version: z.string(),
  at: z.number(),
  /** Names of documents, in order. */
  pieces: z.array(z.string().startsWith(PIECES)).min(1),
  /** Of the compressed files. */
  sha256: z.string(),
});
type Head = z.infer<typeof headSchema>;

const pieceSchema = z.object({ base64: z.base64() });
const filesSchema = z.array(z.object({ path: z.string(), text: z.string() }));

const pack = promisify<Buffer, Buffer>(gzip);
const unpack = promisify<Buffer, { readonly maxOutputLength: number }, Buffer>(gunzip);

/**
 * Keeps a set that is in force; does nothing where it is kept already. Throws {@link LastGoodError} for one that is too large, and
 * CheckpointError.
 */
export async function keepLastGood(
  documents: StateDocuments,
  { version, at, files }: LastGood,
): Promise<void> {
  const head = headDocument(documents);
  const known = await head.load();
  const kept = known.value;
  if (kept?.version === version && (await allThere(documents, kept))) return;
  const text = Buffer.from(JSON.stringify(files.map(({ path, text }) => ({ path, text }))));
  if (text.length > MAX_TEXT_BYTES) throw tooLarge(`${text.length} bytes`, MAX_TEXT_BYTES);
  const packed = await pack(text);
  if (packed.length > MAX_COMPRESSED_BYTES) {
    throw tooLarge(`${packed.length} bytes compressed`, MAX_COMPRESSED_BYTES);
  }
  const id = `${at}-${randomUUID().slice(0, 8)}`;
  const count = Math.ceil(packed.length / PIECE_BYTES);
  const pieces = Array.from({ length: count }, (_, n) => `${PIECES}${id}-${n}`);
  await inParallel(pieces.entries(), AT_ONCE, async ([n, name]) => {
    const piece = packed.subarray(n * PIECE_BYTES, (n + 1) * PIECE_BYTES);
    await documents.put(name, { base64: piece.toString('base64') }, undefined);
  });
  const written: Head = { v: 1, version, at, pieces, sha256: sha256(packed) };
  const outcome = await updateDocument<Head, undefined>(
    head,
    // Another consumer that kept the same set meanwhile has written other pieces: either will do.
    () => ({ write: written, result: undefined }),
    PATIENCE,
    known,
  );
  if (outcome.kind === 'busy') throw outcome.conflict;
  await removePieces(documents, new Set(pieces), new Set(kept?.pieces), at);
}

/** The set that was in force last; undefined where none was ever kept. Throws {@link LastGoodError} for one that is damaged, and CheckpointError. */
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
    if (packed) return { version: head.version, at: head.at, files: await filesIn(packed, head) };
    if (left === 1) throw damaged('a piece of it is missing');
  }
}

function headDocument(documents: StateDocuments) {
  return sharedDocument(documents, HEAD, (value) => headSchema.safeParse(value).data);
}

/** Undefined where a piece is gone: another consumer replaced the set, or somebody removed it. */
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
    return filesSchema.parse(JSON.parse(text.toString()));
  } catch (thrown) {
    throw damaged(messageOf(thrown));
  }
}

async function allThere(documents: StateDocuments, { pieces }: Head): Promise<boolean> {
  const found = new Set<string>();
  for await (const name of documents.list(PIECES)) found.add(name);
  return pieces.every((name) => found.has(name));
}

/** Those that were named before, and old ones that nothing names. */
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
