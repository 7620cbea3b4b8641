/** Records losses: blobs that were deleted or replaced before everything in them was delivered. A record is kept until a person clears it. */

import { createHash } from 'node:crypto';
import { z } from 'zod';
import type { Checkpoint } from '../../checkpoints/checkpoint.ts';
import type { StateDocuments } from '../../checkpoints/documents.ts';
import { createDocument } from '../../checkpoints/update-document.ts';
import { type BlobRef, blobPath, hourOf } from '../../shared/blob-ref.ts';
import type { RelayDeps } from '../source/deps.ts';
import { tableOf } from '../source/table.ts';
import { hasUnread } from './reading.ts';

const count = z.number().int().nonnegative();

const lossSchema = z.lazy(() =>
  z.object({
    v: z.literal(1),
    account: z.string(),
    container: z.string(),
    name: z.string(),
    /** The creation time of the lost blob, ms since the epoch. */
    createdOn: count,
    /** Its stored length at the last check. */
    length: count,
    /** When the loss was noticed, ms since the epoch. */
    noticedOn: count,
    /** `replaced` if another blob has the name now. */
    reason: z.enum(['deleted', 'replaced']),
    ranges: z.array(
      z.object({
        destination: z.string(),
        /** The range of logical offsets; `to` is absent if no visit has read far enough to know it. */
        from: count,
        to: count.optional(),
      }),
    ),
  }),
);

/** The part of a blob that one destination will never receive. */
export type LostRange = z.infer<typeof lossSchema>['ranges'][number];

/** A blob that is gone although some of its rows were not delivered. */
export type Loss = z.infer<typeof lossSchema>;

export type LossDeps = Pick<RelayDeps, 'destinations' | 'documents' | 'clock' | 'logger' | 'metrics'>;

export const LOSS_FOLDER = 'losses/';

/**
 * The ranges of a lost blob that each destination has not received; empty if everything was delivered. A destination that was added after
 * the blob was closed need not receive it. Replays are left out, because what they read was delivered before.
 */
export function lostRanges(checkpoint: Checkpoint, destinations: Iterable<string>): readonly LostRange[] {
  const { format, length, end, closed } = checkpoint;
  const isUnseen =
    length === 0 && !closed && end === undefined && Object.keys(checkpoint.destinations).length === 0;
  return [...destinations].flatMap((destination): LostRange[] => {
    // The sweep found the blob, but it was deleted before any visit, so its length is unknown.
    if (isUnseen) return [{ destination, from: 0 }];
    const own = checkpoint.destinations[destination];
    const cursor = own ?? (closed ? undefined : { offset: 0 });
    // In an open blob, a last line without a line end counts as lost too.
    if (!cursor || !hasUnread(checkpoint, cursor, true)) return [];
    const to = format === 'lines' ? length : end?.length === length ? end.offset : undefined;
    if (to !== undefined && to <= cursor.offset) return [];
    return [{ destination, from: cursor.offset, ...(to !== undefined && { to }) }];
  });
}

/** The bytes of a range. If its end is unknown, it is taken to be the blob's stored length, which is a lower bound. */
export function lostBytes({ from, to }: LostRange, { length }: Pick<Loss, 'length'>): number {
  return to === undefined ? length : to - from;
}

/**
 * Reports a loss: stores a document `losses/...`, counts it, and logs an error. The same loss is reported once, however many consumers
 * notice it. Throws CheckpointError if it cannot be stored, so that the task comes back.
 *
 * @param checkpoint the checkpoint of the lost blob, not of another blob that has its name now.
 * @param successor of what has its name now, if anything has: another blob, or the same one where its content was overwritten.
 */
export async function reportLoss(
  deps: LossDeps,
  ref: BlobRef,
  checkpoint: Checkpoint,
  successor?: Pick<Checkpoint, 'createdOn'>,
): Promise<void> {
  const ranges = lostRanges(checkpoint, deps.destinations.keys());
  if (ranges.length === 0) return;
  const { createdOn, length, grownOn } = checkpoint;
  // A blob can be deleted only once, but overwritten in place many times, so each replacement needs its own record.
  const replaced = successor?.createdOn === createdOn ? `${length} ${grownOn}` : undefined;
  const reason = successor ? 'replaced' : 'deleted';
  const loss = { v: 1 as const, ...ref, createdOn, length, noticedOn: deps.clock.now(), reason } as const;
  const value = {
    ...loss,
    ranges: ranges.map(({ to, ...range }) => ({ ...range, ...(to !== undefined && { to }) })),
  };
  const document = lossDocument(ref, createdOn, replaced);
  if (!(await createDocument(deps.documents, document, value))) return;
  const table = tableOf(ref.container);
  for (const range of ranges) {
    const labels = { table, destination: range.destination };
    deps.metrics.count('xdr_relay_lost_blobs_total', labels);
    deps.metrics.count('xdr_relay_lost_bytes_total', labels, lostBytes(range, loss));
  }
  deps.logger.error('A blob was deleted with rows that were not delivered', {
    blob: blobPath(ref),
    reason,
    length,
    ranges,
  });
}

/** The document's name, `losses/<container>/<hour>-<hash>`, which sorts by the blobs' hours. @param replaced distinguishes the contents of one blob. */
export function lossDocument(
  { account, container, name }: BlobRef,
  createdOn: number,
  replaced?: string,
): string {
  const hour = hourOf(name);
  const when = hour === undefined ? 'undated' : new Date(hour).toISOString().slice(0, 13).replace('T', '-');
  const key = [account, name, createdOn, ...(replaced === undefined ? [] : [replaced])];
  const hash = createHash('sha256').update(JSON.stringify(key)).digest('hex');
  return `${LOSS_FOLDER}${container}/${when}-${hash.slice(0, 32)}`;
}

/** Lists the losses with the names of their documents. Documents that are not losses are left out. */
export async function* listLosses(
  documents: StateDocuments,
  signal?: AbortSignal,
): AsyncGenerator<{ readonly document: string; readonly loss: Loss }> {
  for await (const document of documents.list(LOSS_FOLDER, signal)) {
    const loss = await readLoss(documents, document, signal);
    if (loss) yield { document, loss };
  }
}

/** The number of losses, and the last `most` of them with their content. */
export async function recentLosses(
  documents: StateDocuments,
  most: number,
  signal?: AbortSignal,
): Promise<{ readonly total: number; readonly losses: readonly Loss[] }> {
  let total = 0;
  const names: string[] = [];
  for await (const name of documents.list(LOSS_FOLDER, signal)) {
    total += 1;
    names.push(name);
    if (names.length > most) names.shift();
  }
  const losses: Loss[] = [];
  for (const name of names) {
    const loss = await readLoss(documents, name, signal);
    if (loss) losses.push(loss);
  }
  return { total, losses };
}

async function readLoss(
  documents: StateDocuments,
  name: string,
  signal: AbortSignal | undefined,
): Promise<Loss | undefined> {
  return lossSchema.safeParse((await documents.get(name, signal))?.value).data;
}

/**
 * Removes a loss that a person has acknowledged, and the checkpoint of the lost blob, because otherwise the loss would be noticed again. A
 * blob that comes back later counts as new. Throws BlobError and CheckpointError.
 */
export async function clearLoss(
  { blobs, checkpoints, documents }: Pick<RelayDeps, 'blobs' | 'checkpoints' | 'documents'>,
  { document, loss }: { readonly document: string; readonly loss: Loss },
): Promise<void> {
  const ref = { account: loss.account, container: loss.container, name: loss.name };
  const stored = await checkpoints.load(ref);
  if (stored?.checkpoint.createdOn === loss.createdOn && !(await blobs.stat(ref))) {
    await checkpoints.remove(ref, stored.etag);
  }
  await documents.remove(document);
}
