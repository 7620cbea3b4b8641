/**
 * Watches the whole account, beyond the hours that the sweep lists, for undelivered rows whose blobs will be deleted, and for blobs that
 * were deleted before they were delivered.
 */

import { z } from 'zod';
import type { BlobEntry } from '../../blobs/port.ts';
import { underClaim } from '../../checkpoints/claim-keeper.ts';
import type { StateDocuments } from '../../checkpoints/documents.ts';
import type { CheckpointSummary } from '../../checkpoints/summary.ts';
import { type BlobRef, blobPath, isRowBlobName } from '../../shared/blob-ref.ts';
import { HOUR_MS } from '../../shared/duration.ts';
import { loggedError } from '../../shared/errors.ts';
import { formatAge } from '../../shared/readable.ts';
import { slept } from '../../shared/slept.ts';
import { inTime } from '../discovery/sweep.ts';
import type { RelayDeps } from '../source/deps.ts';
import type { Deadlines } from '../source/risks.ts';
import { liesBefore, type StartMark } from '../source/start.ts';
import { tableOf } from '../source/table.ts';
import { LOSS_FOLDER, lossDocument, reportLoss } from '../visit/losses.ts';
import { bothListings } from './both-listings.ts';
import type { DeletedOn } from './retention.ts';
import { mayBeUnread, unreadOf } from './unread.ts';

/** The blob with undelivered rows that will be deleted first. */
export interface AtRisk {
  /** When the blob will be deleted, ms since the epoch. */
  readonly deletedOn: number;
  /** `container/name`. */
  readonly blob: string;
  /** The destinations that have not received all of the blob. */
  readonly destinations: readonly string[];
}

export type RiskDeps = Pick<RelayDeps, 'blobs' | 'checkpoints' | 'clock'> & {
  readonly start?: StartMark | undefined;
};

export interface RiskOptions {
  readonly container: string;
  /** The destinations of relay.yaml. */
  readonly destinations: readonly string[];
  readonly deletedOn: DeletedOn;
  /** Called for each checkpoint whose blob may be gone. */
  readonly onOrphan?: (ref: BlobRef, checkpoint: CheckpointSummary) => Promise<void>;
}

/** How many checkpoints of a container are loaded at a time; blobs beyond this count as undelivered. */
const MOST_LOADS = 1_000;

/**
 * Lists a container's blobs and checkpoints, and finds the undelivered blob that will be deleted first. Loads only checkpoints that could
 * change the result. Throws BlobError and CheckpointError.
 */
export async function lookAtContainer(
  deps: RiskDeps,
  { container, destinations, deletedOn, onOrphan }: RiskOptions,
  signal?: AbortSignal,
): Promise<AtRisk | undefined> {
  let first: AtRisk | undefined;
  let loads = 0;
  for await (const { name, entry, checkpoint } of bothListings(deps, container, '', signal)) {
    if (!entry) {
      if (checkpoint) await onOrphan?.({ account: deps.blobs.account, container, name }, checkpoint);
      continue;
    }
    const at = deletedOn(entry);
    if (at === undefined || (first && first.deletedOn <= at)) continue;
    if (!isRowBlobName(name) || !mayBeUnread({ entry, checkpoint })) continue;
    if (!checkpoint && liesBefore(entry, deps.start)) continue;
    const waiting =
      loads < MOST_LOADS ? await waitingFor(deps, { entry, checkpoint }, destinations, signal) : destinations;
    if (checkpoint) loads += 1;
    if (waiting.length > 0) first = { deletedOn: at, blob: blobPath(entry.ref), destinations: waiting };
  }
  return first;
}

async function waitingFor(
  { checkpoints, clock }: RiskDeps,
  { entry, checkpoint }: { readonly entry: BlobEntry; readonly checkpoint: CheckpointSummary | undefined },
  destinations: readonly string[],
  signal: AbortSignal | undefined,
): Promise<readonly string[]> {
  const stored = checkpoint && (await checkpoints.load(entry.ref, signal));
  const unread = unreadOf({ entry, checkpoint }, stored?.checkpoint, destinations, clock.now());
  return unread.filter(({ replay }) => !replay).map(({ destination }) => destination);
}

/** Rows whose blob will be deleted within this time are logged, and raise an alarm. Milliseconds. */
const SOON_MS = 72 * HOUR_MS;

/** Whether a blob will be deleted so soon that it needs attention. */
export function isSoon(at: AtRisk, now: number): boolean {
  return at.deletedOn - now < SOON_MS;
}

const WATCH_DOCUMENT = 'watch';
const count = z.number().int().nonnegative();

const watchSchema = z.lazy(() =>
  z.object({
    v: z.literal(1),
    /** By container, when it was last listed, ms since the epoch, and what was found. */
    containers: z.record(
      z.string().max(63),
      z.object({
        at: count,
        /** The container could not be listed the last time. */
        failed: z.literal(true).exactOptional(),
        risk: z
          .object({
            deletedOn: count,
            blob: z.string().max(1_200),
            destinations: z.array(z.string().max(63)).max(500),
          })
          .exactOptional(),
      }),
    ),
  }),
);

type Watched = z.infer<typeof watchSchema>['containers'];

export interface WatchOptions {
  readonly containerPrefix: string;
  readonly deletedOn: DeletedOn;
  /** How many containers one call lists at most. */
  readonly most: number;
}

/** How often a container is listed in which rows are at risk and, below, one without. Milliseconds. */
const RISKY_MS = HOUR_MS;
const CALM_MS = 6 * RISKY_MS;
/** The time limit for one container, because the other containers wait for it. Milliseconds. */
const CONTAINER_MS = 5 * 60_000;
/** How many containers are watched at most, because the size of the document is limited. */
const MOST_CONTAINERS = 500;

/**
 * Lists the containers that are due, unless another consumer is doing so, and sets the gauges from the findings of all consumers. An error
 * with one container is logged and does not affect the others; the next call continues. Never throws.
 */
export async function watchOnce(deps: RelayDeps, options: WatchOptions, stop: AbortSignal): Promise<void> {
  const ref = { account: deps.blobs.account, container: 'sweep', name: 'watch' };
  try {
    const before = await loadWatched(deps, stop);
    const due = await dueContainers(deps, options, before.watched, stop);
    if (due.length > 0) {
      await underClaim(deps, ref, undefined, async (keeper) => {
        await lookAtDue(deps, options, AbortSignal.any([stop, keeper.signal]));
      });
    }
    const { watched } = due.length > 0 ? await loadWatched(deps, stop) : before;
    deps.risks.set(deps.source, deadlinesOf(watched));
  } catch (error) {
    if (stop.aborted) return;
    deps.logger.warn('The watch for blobs that will be deleted failed', {
      ...loggedError(error),
    });
  }
}

async function loadWatched(
  { documents }: RelayDeps,
  signal: AbortSignal,
): Promise<{ readonly watched: Watched; readonly etag: string | undefined }> {
  const stored = await documents.get(WATCH_DOCUMENT, signal);
  return { watched: watchSchema.safeParse(stored?.value).data?.containers ?? {}, etag: stored?.etag };
}

/** The watched containers, including containers that no longer exist. */
export async function watchedContainers(
  documents: StateDocuments,
  signal?: AbortSignal,
): Promise<readonly string[]> {
  const stored = await documents.get(WATCH_DOCUMENT, signal);
  return Object.keys(watchSchema.safeParse(stored?.value).data?.containers ?? {});
}

/** The containers that are due, the one listed longest ago first. Includes deleted containers, whose checkpoints must be checked too. */
async function dueContainers(
  { blobs, clock }: RelayDeps,
  { containerPrefix, most }: WatchOptions,
  watched: Watched,
  signal: AbortSignal,
): Promise<readonly string[]> {
  const names = new Set(Object.keys(watched));
  for await (const name of blobs.containers(containerPrefix, signal)) {
    if (names.size < MOST_CONTAINERS) names.add(name);
  }
  const now = clock.now();
  const ageOf = (name: string) => now - (watched[name]?.at ?? 0);
  return [...names]
    .filter((name) => ageOf(name) >= (watched[name]?.risk ? RISKY_MS : CALM_MS))
    .sort((a, b) => ageOf(b) - ageOf(a))
    .slice(0, most);
}

async function lookAtDue(deps: RelayDeps, options: WatchOptions, signal: AbortSignal): Promise<void> {
  let { watched, etag } = await loadWatched(deps, signal);
  // Another consumer may have listed the containers while this one waited for the claim.
  for (const container of await dueContainers(deps, options, watched, signal)) {
    const found = await lookAtOne(deps, options, container, signal);
    const now = deps.clock.now();
    // A container that failed is tried again in an hour, not at once: a host that lists few containers per call would otherwise never get to the others.
    const one = found
      ? {
          at: now,
          ...(found.risk && { risk: { ...found.risk, destinations: [...found.risk.destinations] } }),
        }
      : { ...watched[container], at: now - CALM_MS + RISKY_MS, failed: true as const };
    watched = { ...watched, [container]: one };
    etag = await deps.documents.put(WATCH_DOCUMENT, { v: 1, containers: watched }, etag);
  }
}

/** Lists one container; undefined if it could not be read within the time limit. Throws the signal's reason. */
async function lookAtOne(
  deps: RelayDeps,
  { deletedOn }: WatchOptions,
  container: string,
  signal: AbortSignal,
): Promise<{ readonly risk: AtRisk | undefined } | undefined> {
  const destinations = [...deps.destinations.keys()];
  let risk: AtRisk | undefined;
  try {
    await inTime(deps.clock, CONTAINER_MS, signal, async (within) => {
      const onOrphan = orphanReporter(deps, container, within);
      risk = await lookAtContainer(deps, { container, destinations, deletedOn, onOrphan }, within);
    });
  } catch (error) {
    signal.throwIfAborted();
    const fields = { container, ...loggedError(error) };
    deps.logger.warn('A container could not be watched', fields);
    return undefined;
  }
  if (risk) report(deps, container, risk);
  return { risk };
}

function report({ clock, logger }: RelayDeps, container: string, risk: AtRisk): void {
  const now = clock.now();
  if (!isSoon(risk, now)) return;
  logger.error('Rows are not delivered, and their blob will be deleted soon', {
    table: tableOf(container),
    blob: risk.blob,
    destinations: risk.destinations,
    deleted_in: formatAge(risk.deletedOn - now),
  });
}

/** Makes a function that reports the loss of a blob whose checkpoint remains, unless it was reported before. */
function orphanReporter(
  deps: RelayDeps,
  container: string,
  signal: AbortSignal,
): (ref: BlobRef, checkpoint: CheckpointSummary) => Promise<void> {
  let known: Promise<ReadonlySet<string>> | undefined;
  return async (ref, { createdOn, offset, end, length, closed }) => {
    if (closed && offset >= (end ?? length)) return;
    known ??= namesOf(deps, `${LOSS_FOLDER}${container}/`, signal);
    if ((await known).has(lossDocument(ref, createdOn))) return;
    if (await deps.blobs.stat(ref, signal)) return;
    const stored = await deps.checkpoints.load(ref, signal);
    if (stored) await reportLoss(deps, ref, stored.checkpoint);
  };
}

async function namesOf(
  { documents }: RelayDeps,
  prefix: string,
  signal: AbortSignal,
): Promise<ReadonlySet<string>> {
  const names = new Set<string>();
  for await (const name of documents.list(prefix, signal)) names.add(name);
  return names;
}

/**
 * When the first undelivered blob of each table is deleted; infinite if nothing is at risk any more. A container that could not be listed
 * keeps the risk that was found before. If none was, whether anything is at risk is unknown: NaN.
 */
function deadlinesOf(watched: Watched): Deadlines {
  return new Map(
    Object.entries(watched).map(([container, { risk, failed }]) => {
      const none = failed ? Number.NaN : Number.POSITIVE_INFINITY;
      return [tableOf(container), risk?.deletedOn ?? none];
    }),
  );
}

/** Calls {@link watchOnce} at once, and then about every `intervalMs` milliseconds, until stopped. */
export async function watchRegularly(
  deps: RelayDeps,
  options: WatchOptions & { readonly intervalMs: number },
  stop: AbortSignal,
): Promise<void> {
  while (!stop.aborted) {
    await watchOnce(deps, options, stop);
    await slept(deps.clock, options.intervalMs * (0.9 + Math.random() * 0.2), stop);
  }
}
