/** The last entries of the audit log, as a document of the state, so that a page can show them. The log itself is in the relay's log. */
import { z } from 'zod';
import type { StateDocuments } from '../../checkpoints/documents.ts';
import {
  type Patience,
  replacingDamaged,
  type SharedDocument,
  sharedDocument,
  updateDocument,
} from '../../checkpoints/update-document.ts';
import type { JsonValue } from '../../shared/json.ts';
import type { AuditEntry } from '../model/audit.ts';

const DOCUMENT = 'console/audit';
/** Entries that are kept: some 300 bytes each. */
const MOST_ENTRIES = 500;
/** Of these, entries about what was refused, which who has no login can make: they must not push out what was done. */
const MOST_REFUSED = 200;
/** Other replicas may write at the same time. */
const PATIENCE: Patience = { tries: 5 };

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
  documents: StateDocuments,
  signal?: AbortSignal,
): Promise<readonly AuditEntry[]> {
  return entriesOf((await ringDocument(documents, signal).load()).value);
}

/** What something else has damaged has no entries, and is replaced by the next ones. */
function ringDocument(documents: StateDocuments, signal?: AbortSignal): SharedDocument<JsonValue> {
  return replacingDamaged(sharedDocument<JsonValue>(documents, DOCUMENT, (stored) => stored, signal));
}

function entriesOf(stored: JsonValue | undefined): readonly AuditEntry[] {
  const kept = ringSchema.safeParse(stored).data?.entries ?? [];
  return kept.flatMap((entry) => entrySchema.safeParse(entry).data ?? []);
}

function newest(entries: readonly AuditEntry[]): readonly AuditEntry[] {
  const refused = entries.filter(({ result }) => result === 'refused');
  const tooMany = new Set(refused.slice(0, Math.max(0, refused.length - MOST_REFUSED)));
  return entries.filter((entry) => !tooMany.has(entry)).slice(-MOST_ENTRIES);
}

/** Adds entries, and drops the oldest. Throws CheckpointError. */
export async function addToRing(documents: StateDocuments, added: readonly AuditEntry[]): Promise<void> {
  const outcome = await updateDocument<JsonValue, undefined>(
    ringDocument(documents),
    (stored) => ({
      write: { version: 1, entries: newest([...entriesOf(stored), ...added]).map(plain) },
      result: undefined,
    }),
    PATIENCE,
  );
  if (outcome.kind === 'busy') throw outcome.conflict;
}

function plain(entry: AuditEntry): JsonValue {
  return Object.fromEntries(
    Object.entries(entry).flatMap(([key, value]) => (value === undefined ? [] : [[key, value]])),
  );
}
