/** Decides at the first start where reading of an account begins, and stores the decision. */

import { z } from 'zod';
import type { BlobEntry, BlobStore } from '../../blobs/port.ts';
import type { StateDocuments } from '../../checkpoints/documents.ts';
import type { CheckpointStore } from '../../checkpoints/port.ts';
import { createDocument } from '../../checkpoints/update-document.ts';
import type { Task } from '../../queue/task.ts';
import { hourOf } from '../../shared/blob-ref.ts';
import type { Clock } from '../../shared/clock.ts';
import { startOfHour } from '../../shared/duration.ts';
import type { Logger } from '../../shared/logger.ts';
import { startAtInstant } from '../../shared/start-at.ts';

export const START_DOCUMENT = 'start';

const count = z.number().int().nonnegative();

export const startSchema = z.lazy(() =>
  z.object({
    v: z.literal(1),
    /** Blobs of earlier hours are read only on request. The beginning of an hour, ms since the epoch. */
    from: count,
    /** `start_at` at that time and, below, the time of the decision. */
    startAt: z.string().max(100),
    decidedOn: count,
    /** Whether the hours between `from` and the hours that the sweep lists are queued. */
    queued: z.boolean(),
  }),
);

type StartRecord = z.infer<typeof startSchema>;

export interface StartDeps {
  readonly blobs: BlobStore;
  readonly checkpoints: CheckpointStore;
  readonly documents: StateDocuments;
  readonly clock: Clock;
  readonly logger: Logger;
}

export interface StartOptions {
  readonly containerPrefix: string;
  /** `start_at` of relay.yaml. */
  readonly startAt: string | undefined;
}

/** Where reading begins: blobs of hours before `from` that existed at `decidedOn` need not be delivered. Times in ms since the epoch. */
export interface StartMark {
  /** The beginning of an hour. */
  readonly from: number;
  readonly decidedOn: number;
}

export interface ReadingStart {
  /** Undefined if everything is read. */
  readonly start: StartMark | undefined;
  /** Whether nothing was ever read from this account. */
  readonly isFirst: boolean;
}

/** The stored decision of an earlier start; undefined if there is none. */
export async function rememberedStart(
  documents: StateDocuments,
  signal?: AbortSignal,
): Promise<StartMark | undefined> {
  const stored = await documents.get(START_DOCUMENT, signal);
  const record = startSchema.safeParse(stored?.value).data;
  return record && { from: record.from, decidedOn: record.decidedOn };
}

/**
 * Decides where reading begins, or loads the stored decision. `start_at` is used only while there is no checkpoint at all: later it would
 * leave out blobs that must be delivered. Throws BlobError and CheckpointError.
 */
export async function decideStart(deps: StartDeps, options: StartOptions): Promise<ReadingStart> {
  const { documents, clock, logger } = deps;
  const { startAt } = options;
  const remembered = await rememberedStart(documents);
  if (remembered !== undefined) return { start: remembered, isFirst: false };
  const isFirst = !(await hasCheckpoints(deps, options.containerPrefix));
  if (startAt === undefined) return { start: undefined, isFirst };
  if (!isFirst) {
    logger.info('start_at has no effect: blobs of this account were read before', { start_at: startAt });
    return { start: undefined, isFirst };
  }
  const now = clock.now();
  const instant = startAtInstant(startAt, now) ?? now;
  const from = startOfHour(instant);
  const record: StartRecord = { v: 1, from, startAt, decidedOn: now, queued: false };
  if (!(await createDocument(documents, START_DOCUMENT, record))) {
    // Another process has decided at the same time, and its decision is used.
    return { start: (await rememberedStart(documents)) ?? { from, decidedOn: now }, isFirst };
  }
  return { start: { from, decidedOn: now }, isFirst };
}

async function hasCheckpoints({ blobs, checkpoints }: StartDeps, containerPrefix: string): Promise<boolean> {
  for await (const container of blobs.containers(containerPrefix)) {
    for await (const _ of checkpoints.list(container, '')) return true;
  }
  return false;
}

/** Whether a blob is before the start. A blob of an earlier hour that was created after the decision is new, and is read. */
export function liesBefore(
  { ref, createdOn }: Pick<BlobEntry, 'ref' | 'createdOn'>,
  start: StartMark | undefined,
): boolean {
  if (start === undefined || createdOn >= start.decidedOn) return false;
  const hour = hourOf(ref.name);
  return hour !== undefined && hour < start.from;
}

/** Whether a task comes from a notification, not from a request, and is about a blob before the start. Throws BlobError and CheckpointError. */
export async function isBeforeStart(
  {
    blobs,
    checkpoints,
    start,
  }: Pick<StartDeps, 'blobs' | 'checkpoints'> & { readonly start?: StartMark | undefined },
  { blob, origin, cursor }: Task,
  signal?: AbortSignal,
): Promise<boolean> {
  if (start === undefined || origin !== 'notification' || cursor) return false;
  const hour = hourOf(blob.name);
  if (hour === undefined || hour >= start.from) return false;
  const stat = await blobs.stat(blob, signal);
  if (!stat || !liesBefore({ ref: blob, createdOn: stat.createdOn }, start)) return false;
  return (await checkpoints.load(blob, signal)) === undefined;
}
