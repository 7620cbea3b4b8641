/** Logs at a first start how much will be read, and queues the older hours. */

import { BlobError } from '../../blobs/errors.ts';
import { underClaim } from '../../checkpoints/claim-keeper.ts';
import { startOfHour } from '../../shared/duration.ts';
import { loggedError } from '../../shared/errors.ts';
import type { RelayDeps } from '../source/deps.ts';
import { liesBefore, START_DOCUMENT, type StartMark, startSchema } from '../source/start.ts';
import { backfill } from './backfill.ts';

/** The number and bytes of blobs before and after a given time. */
export interface Volume {
  readonly before: { readonly blobs: number; readonly bytes: number };
  readonly after: { readonly blobs: number; readonly bytes: number };
  /** False if the time limit was reached, or a container could not be listed, before everything was counted. */
  readonly complete: boolean;
}

/** The time limit for listing an account. Milliseconds. */
const VOLUME_MS = 120_000;

/** Counts an account's blobs by listing whole containers, for two minutes at most. Throws BlobError and the signal's reason. */
export async function volumeAround(
  { blobs, clock }: Pick<RelayDeps, 'blobs' | 'clock'>,
  containerPrefix: string,
  start: StartMark,
  signal: AbortSignal,
): Promise<Volume> {
  const before = { blobs: 0, bytes: 0 };
  const after = { blobs: 0, bytes: 0 };
  const until = clock.monotonic() + VOLUME_MS;
  let complete = true;
  for await (const container of blobs.containers(containerPrefix, signal)) {
    try {
      for await (const entry of blobs.list(container, '', signal)) {
        if (clock.monotonic() > until) return { before, after, complete: false };
        const side = liesBefore(entry, start) ? before : after;
        side.blobs += 1;
        side.bytes += entry.length;
      }
    } catch (error) {
      signal.throwIfAborted();
      if (!(error instanceof BlobError)) throw error;
      // If a container cannot be listed, the count is incomplete, but the older hours of the other containers are still queued.
      complete = false;
    }
  }
  return { before, after, complete };
}

export interface FirstReading {
  readonly containerPrefix: string;
  /** How far back the sweep lists. Milliseconds. */
  readonly wideMs: number;
  readonly isFirst: boolean;
}

/** How many tasks may wait while older hours are queued, so that new events do not wait behind them. */
const QUEUE_LIMIT = 1_000;

/**
 * At a first start, logs how much will be read and how much will not, and queues the hours between `start_at` and the hours that the sweep
 * lists. After a restart, a consumer continues with this. Errors are logged, because the sweep covers the recent hours anyway.
 */
export async function beginReading(
  deps: RelayDeps,
  { containerPrefix, wideMs, isFirst }: FirstReading,
  signal: AbortSignal,
): Promise<void> {
  const { blobs, clock, logger } = deps;
  try {
    if (isFirst) {
      const now = clock.now();
      const start = deps.start ?? { from: startOfHour(now - wideMs), decidedOn: now };
      const { before, after, complete } = await volumeAround(deps, containerPrefix, start, signal);
      logger.info('First start on this account', {
        from: new Date(start.from).toISOString(),
        blobs: after.blobs,
        bytes: after.bytes,
        blobs_before: before.blobs,
        bytes_before: before.bytes,
        complete,
        ...(before.blobs > 0 && { hint: 'xdr-relay backfill reads what lies before' }),
      });
    }
    if (deps.start === undefined) return;
    const ref = { account: blobs.account, container: 'sweep', name: 'start' };
    await underClaim(deps, ref, undefined, (keeper) =>
      queueOlder(deps, containerPrefix, wideMs, AbortSignal.any([signal, keeper.signal])),
    );
  } catch (error) {
    if (signal.aborted) return;
    logger.warn('The first start could not be finished; the next start tries again', {
      ...loggedError(error),
    });
  }
}

async function queueOlder(
  deps: RelayDeps,
  containerPrefix: string,
  wideMs: number,
  signal: AbortSignal,
): Promise<void> {
  const stored = await deps.documents.get(START_DOCUMENT, signal);
  const record = startSchema.safeParse(stored?.value).data;
  if (!stored || !record || record.queued) return;
  const to = record.decidedOn - wideMs;
  if (record.from < to) {
    const range = { containerPrefix, from: record.from, to };
    const totals = await backfill(deps, {
      range,
      destinations: [],
      dryRun: false,
      queueLimit: QUEUE_LIMIT,
      signal,
    });
    if (totals.passedOver.length > 0) {
      deps.logger.warn('The hours since start_at are not all queued; the next start tries again', {
        ...totals,
      });
      return;
    }
    deps.logger.info('The hours since start_at are queued', { ...totals });
  }
  await deps.documents.put(START_DOCUMENT, { ...record, queued: true }, stored.etag);
}
