/** Records when any consumer last swept a source, so that several consumers do not repeat a sweep, which is billed. */
import { z } from 'zod';
import type { StateDocuments } from '../../checkpoints/documents.ts';
import { ONE_TRY, sharedDocument, updateDocument } from '../../checkpoints/update-document.ts';

const RECORD_DOCUMENT = 'sweeps';

/** By the name of the sweep, when the last completed one began, ms since the epoch. */
const recordSchema = z.object({
  v: z.literal(1),
  began: z.record(z.string().max(20), z.number().int().nonnegative()),
});

function recordOf(documents: StateDocuments) {
  return sharedDocument(documents, RECORD_DOCUMENT, (value) => recordSchema.safeParse(value).data);
}

/** How long ago the last of these sweeps began, in milliseconds; undefined if there was none. Throws CheckpointError. */
export async function sinceSweep(
  documents: StateDocuments,
  names: readonly string[],
  now: number,
): Promise<number | undefined> {
  const { value } = await recordOf(documents).load();
  // A time in the future was recorded by a consumer with a wrong clock, and is ignored.
  const began = names.flatMap((name) => value?.began[name] ?? []).filter((at) => at <= now);
  return began.length === 0 ? undefined : now - Math.max(...began);
}

/** Records a sweep. Does nothing if another consumer records one at the same time. Throws CheckpointError. */
export async function recordSweep(documents: StateDocuments, name: string, began: number): Promise<void> {
  const decide = (current: z.infer<typeof recordSchema> | undefined) => ({
    write: { v: 1 as const, began: { ...current?.began, [name]: began } },
    result: undefined,
  });
  await updateDocument(recordOf(documents), decide, ONE_TRY);
}
