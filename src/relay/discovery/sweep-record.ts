/** Records when any consumer last swept a source, so that several consumers do not repeat a sweep, which is billed. */
import { z } from 'zod';
import type { StateDocuments } from '../../checkpoints/documents.ts';
import { ONE_TRY, sharedDocument, updateDocument } from '../../checkpoints/update-document.ts';

import { type ChangedTables, type TableRecords, tableRecordSchema } from '../source/tables.ts';

const RECORD_DOCUMENT = 'sweeps';

/** By the name of the sweep, when the last completed one began, ms since the epoch. */
const recordSchema = z.lazy(() =>
  z.object({
    v: z.literal(1),
    began: z.record(z.string().max(20), z.number().int().nonnegative()),
    /** By container, when its table was last written. In this document, so that it costs no request of its own. */
    tables: z.record(z.string().max(63), tableRecordSchema).exactOptional(),
  }),
);

type SweepRecord = z.infer<typeof recordSchema>;

function recordOf(documents: StateDocuments) {
  return sharedDocument(documents, RECORD_DOCUMENT, (value) => recordSchema.safeParse(value).data);
}

export interface LastSweep {
  /** How long ago the last of the sweeps began, in milliseconds; undefined if there was none. */
  readonly ago: number | undefined;
  /** What was seen of the tables. */
  readonly tables: TableRecords;
}

/** The last of these sweeps, by any consumer. Throws CheckpointError. */
export async function lastSweep(
  documents: StateDocuments,
  names: readonly string[],
  now: number,
): Promise<LastSweep> {
  const { value } = await recordOf(documents).load();
  // A time in the future was recorded by a consumer with a wrong clock, and is ignored.
  const began = names.flatMap((name) => value?.began[name] ?? []).filter((at) => at <= now);
  return { ago: began.length === 0 ? undefined : now - Math.max(...began), tables: value?.tables ?? {} };
}

/** When each table was last written, by container, as the sweeps have seen it. Throws CheckpointError. */
export async function knownTables(documents: StateDocuments, signal?: AbortSignal): Promise<TableRecords> {
  const stored = await documents.get(RECORD_DOCUMENT, signal);
  return recordSchema.safeParse(stored?.value).data?.tables ?? {};
}

/**
 * Records a sweep and what it has seen of the tables. If another consumer records one at the same time, its record stays, and
 * the result is undefined. Throws CheckpointError.
 */
export async function recordSweep(
  documents: StateDocuments,
  { name, began }: { readonly name: string; readonly began: number },
  change: (before: TableRecords) => ChangedTables,
): Promise<ChangedTables | undefined> {
  const decide = (current: SweepRecord | undefined) => {
    const changed = change(current?.tables ?? {});
    const tables = { ...changed.tables };
    return { write: { v: 1 as const, began: { ...current?.began, [name]: began }, tables }, result: changed };
  };
  const outcome = await updateDocument(recordOf(documents), decide, ONE_TRY);
  return outcome.kind === 'busy' ? undefined : outcome.result;
}
