/** When a source was swept last, by any consumer: each sweep is billed, and several consumers need not make it several times. */
import { z } from 'zod';
import type { StateDocuments } from '../../checkpoints/documents.ts';
import { ONE_TRY, sharedDocument, updateDocument } from '../../checkpoints/update-document.ts';

const RECORD_DOCUMENT = 'sweeps';

/** By the name of the sweep: when the last one began that came to its end, ms since the epoch. */
const recordSchema = z.object({
  v: z.literal(1),
  began: z.record(z.string().max(20), z.number().int().nonnegative()),
});

function recordOf(documents: StateDocuments) {
  return sharedDocument(documents, RECORD_DOCUMENT, (value) => recordSchema.safeParse(value).data);
}

/** How long ago the last of these sweeps began, milliseconds; undefined where there was none. Throws CheckpointError. */
export async function sinceSweep(
  documents: StateDocuments,
  names: readonly string[],
  now: number,
): Promise<number | undefined> {
  const { value } = await recordOf(documents).load();
  // One that is to come was recorded by a clock that was off.
  const began = names.flatMap((name) => value?.began[name] ?? []).filter((at) => at <= now);
  return began.length === 0 ? undefined : now - Math.max(...began);
}

/** Where another consumer records a sweep at the same moment, the next sweep is recorded. Throws CheckpointError. */
export async function recordSweep(documents: StateDocuments, name: string, began: number): Promise<void> {
  const decide = (current: z.infer<typeof recordSchema> | undefined) => ({
    write: { v: 1 as const, began: { ...current?.began, [name]: began } },
    result: undefined,
  });
  await updateDocument(recordOf(documents), decide, ONE_TRY);
}
