/** Where reading begins on an account that was never read: decided at the first start, and stored. */

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

export const startSchema = z.object({
  v: z.literal(1),
  /** Blobs of hours before it are not read by themselves, ms since the epoch; the beginning of an hour. */
  from: count,
  /** `start_at` as it was then, and when it was read. */
  startAt: z.string().max(100),
  decidedOn: count,
  /** The hours between `from` and what the sweep looks back are queued. */
  queued: z.boolean(),
});

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

/** Where reading begins: blobs of hours before `from` that existed at `decidedOn` are owed to no destination. ms since the epoch. */
export interface StartMark {
  /** The beginning of an hour. */
  readonly from: number;
  readonly decidedOn: number;
}

export interface ReadingStart {
  /** Undefined: there is no such moment. */
  readonly start: StartMark | undefined;
  /** Nothing was ever read from this account. */
  readonly isFirst: boolean;
}

/** What an earlier start has decided; undefined where nothing was. */
export async function rememberedStart(
  documents: StateDocuments,
  signal?: AbortSignal,
): Promise<StartMark | undefined> {
  const stored = await documents.get(START_DOCUMENT, signal);
  const record = startSchema.safeParse(stored?.value).data;
  return record && { from: record.from, decidedOn: record.decidedOn };
}

/**
 * Decides where to begin, or finds what was decided. `start_at` counts only while there is no checkpoint at all: later it would
 * leave out what is owed. Throws BlobError and CheckpointError.
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
    // Another process started at the same moment, and its decision holds.
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

/** Whether a blob lies before the start. One of an old hour that was created after the start was decided is new, and is read. */
export function liesBefore(
  { ref, createdOn }: Pick<BlobEntry, 'ref' | 'createdOn'>,
  start: StartMark | undefined,
): boolean {
  if (start === undefined || createdOn >= start.decidedOn) return false;
  const hour = hourOf(ref.name);
  return hour !== undefined && hour < start.from;
}

/** Whether a task is a notification of a blob before the start, and not a request for it. Throws BlobError and CheckpointError. */
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
