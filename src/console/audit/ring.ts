/** The last entries of the audit log, as a document of the state, so that a page can show them. The log itself is in the relay's log. */
import { z } from 'zod';
import { type StateDocuments, UnreadableDocumentError } from '../../checkpoints/documents.ts';
import { CheckpointError } from '../../checkpoints/errors.ts';
import type { JsonValue } from '../../shared/json.ts';
import type { AuditEntry } from '../model/audit.ts';

const DOCUMENT = 'console/audit';
/** Entries that are kept: some 300 bytes each. */
const MOST_ENTRIES = 500;
/** Of these, entries about what was refused, which who has no login can make: they must not push out what was done. */
const MOST_REFUSED = 200;
/** Other replicas may write at the same time. */
const MOST_TRIES = 5;

const text = (most: number) => z.string().max(most);
const entrySchema = z.object({
  at: z.iso.datetime(),
  who: text(200),
  id: text(100).optional(),
  address: text(100).optional(),
  what: text(400),
  result: z.enum(['done', 'failed', 'refused']),
  code: text(100).optional(),
}) satisfies z.ZodType<AuditEntry>;
const ringSchema = z.object({ version: z.literal(1), entries: z.array(z.unknown()).max(10_000) });

/** The entries that are kept, the newest last. What another version has written in another way is left out. Throws CheckpointError. */
export async function readRing(
  documents: Pick<StateDocuments, 'get'>,
  signal?: AbortSignal,
): Promise<{ readonly entries: readonly AuditEntry[]; readonly etag: string | undefined }> {
  const stored = await readStored(documents, signal);
  const kept = ringSchema.safeParse(stored?.value).data?.entries ?? [];
  const entries = kept.flatMap((entry) => entrySchema.safeParse(entry).data ?? []);
  return { entries, etag: stored?.etag };
}

/** What something else has damaged has no entries, and is replaced by the next ones. */
async function readStored(
  documents: Pick<StateDocuments, 'get'>,
  signal?: AbortSignal,
): Promise<{ readonly value?: JsonValue; readonly etag: string } | undefined> {
  try {
    return await documents.get(DOCUMENT, signal);
  } catch (error) {
    if (error instanceof UnreadableDocumentError) return { etag: error.etag };
    throw error;
  }
}

function newest(entries: readonly AuditEntry[]): readonly AuditEntry[] {
  const refused = entries.filter(({ result }) => result === 'refused');
  const tooMany = new Set(refused.slice(0, Math.max(0, refused.length - MOST_REFUSED)));
  return entries.filter((entry) => !tooMany.has(entry)).slice(-MOST_ENTRIES);
}

/** Adds entries, and drops the oldest. Throws CheckpointError. */
export async function addToRing(
  documents: Pick<StateDocuments, 'get' | 'put'>,
  added: readonly AuditEntry[],
): Promise<void> {
  for (let tries = 1; ; tries++) {
    const { entries, etag } = await readRing(documents);
    const kept = newest([...entries, ...added]);
    try {
      await documents.put(DOCUMENT, { version: 1, entries: kept.map(plain) }, etag);
      return;
    } catch (error) {
      const isRace = error instanceof CheckpointError && error.code === 'checkpoint_conflict';
      if (!isRace || tries === MOST_TRIES) throw error;
    }
  }
}

function plain(entry: AuditEntry): JsonValue {
  return Object.fromEntries(
    Object.entries(entry).flatMap(([key, value]) => (value === undefined ? [] : [[key, value]])),
  );
}
