/** Adds up the storage operations of all consumers by day, in shared documents, for `xdr-relay cost`. */
import { z } from 'zod';
import type { StateDocuments } from '../../checkpoints/documents.ts';
import { sharedDocument, updateDocument } from '../../checkpoints/update-document.ts';
import type { Clock } from '../../shared/clock.ts';
import { addEach } from '../../shared/counts.ts';
import { DAY_MS } from '../../shared/duration.ts';
import { loggedError } from '../../shared/errors.ts';
import type { Logger } from '../../shared/logger.ts';
import { slept } from '../../shared/slept.ts';
import {
  NO_OPERATIONS,
  OPERATION_TYPES,
  type Operations,
  type OperationType,
} from '../../shared/storage-operations.ts';

/** Counts the operations of one process. */
export class OperationCounts {
  #counts: Record<OperationType, number> = { ...NO_OPERATIONS };

  add(type: OperationType): void {
    this.#counts[type] += 1;
  }

  /** Returns the operations since the last call, and resets the counts. */
  take(): Operations {
    const taken = this.#counts;
    this.#counts = { ...NO_OPERATIONS };
    return taken;
  }

  /** Adds operations back that could not be stored. */
  giveBack(operations: Operations): void {
    for (const type of OPERATION_TYPES) this.#counts[type] += operations[type];
  }
}

const count = z.number().int().nonnegative();
const daySchema = z.lazy(() =>
  z.object({
    /** The beginning of the counted time; `to` is its end. Both in ms since the epoch. */
    from: count,
    to: count,
    operations: z.object(
      Object.fromEntries(OPERATION_TYPES.map((type) => [type, count.default(0)])) as Record<
        OperationType,
        z.ZodDefault<z.ZodNumber>
      >,
    ),
  }),
);
/** The schema of a document, which holds one month; its days are keyed by two digits. */
const monthSchema = z.object({ v: z.literal(1), days: z.record(z.string().regex(/^\d\d$/), daySchema) });
type Month = z.infer<typeof monthSchema>;

function monthDocument(documents: StateDocuments, at: number, signal?: AbortSignal) {
  const name = `usage/${new Date(at).toISOString().slice(0, 7)}`;
  return sharedDocument<Month>(documents, name, (value) => monthSchema.safeParse(value).data, signal);
}

/** The operations in a period. Times in ms since the epoch. */
export interface Usage {
  readonly from: number;
  readonly to: number;
  readonly operations: Operations;
}

/** How often adding to a document is tried while other consumers add to it. */
const TRIES = 8;
const PAUSE_MS = 500;

/** Adds a period to the day on which it began. Returns false if other consumers kept writing. Throws CheckpointError. */
export async function addUsage(
  documents: StateDocuments,
  { from, to, operations }: Usage,
  clock: Pick<Clock, 'sleep'>,
): Promise<boolean> {
  const day = new Date(from).toISOString().slice(8, 10);
  const added = await updateDocument<Month, undefined>(
    monthDocument(documents, from),
    (current) => {
      const days = current?.days ?? {};
      const known = days[day];
      const sum = known
        ? {
            from: Math.min(known.from, from),
            to: Math.max(known.to, to),
            operations: addEach(NO_OPERATIONS, known.operations, operations),
          }
        : { from, to, operations: { ...operations } };
      return { write: { v: 1, days: { ...days, [day]: sum } }, result: undefined };
    },
    { tries: TRIES, pause: { clock, ms: () => PAUSE_MS * Math.random() } },
  );
  return added.kind === 'written';
}

/** The operations of all consumers since a given time. */
export interface CountedUsage extends Usage {
  /** How much of the time from `from` to `to` was counted; days without a consumer are left out. Milliseconds. */
  readonly countedMs: number;
}

/** The operations of all consumers from the day of `since` on; undefined if none were counted. Throws CheckpointError. */
export async function usageSince(
  documents: StateDocuments,
  { since, now }: { readonly since: number; readonly now: number },
  signal?: AbortSignal,
): Promise<CountedUsage | undefined> {
  let usage: CountedUsage | undefined;
  const firstDay = Math.floor(since / DAY_MS) * DAY_MS;
  for (let at = firstDay; at <= now; at = startOfNextMonth(at)) {
    const { value } = await monthDocument(documents, at, signal).load();
    for (const { from, to, operations } of Object.values(value?.days ?? {})) {
      if (from < firstDay || from > now) continue;
      usage = {
        from: Math.min(usage?.from ?? from, from),
        to: Math.max(usage?.to ?? to, to),
        countedMs: (usage?.countedMs ?? 0) + to - from,
        operations: addEach(NO_OPERATIONS, usage?.operations ?? NO_OPERATIONS, operations),
      };
    }
  }
  return usage;
}

function startOfNextMonth(at: number): number {
  const date = new Date(at);
  return Date.UTC(date.getUTCFullYear(), date.getUTCMonth() + 1);
}

/** How often a process stores its counts, which takes a read and a write. Milliseconds. */
const STORE_MS = 15 * 60_000;
/** When a process first stores its counts: earlier, so that `cost` soon has something to show. Milliseconds. */
const FIRST_MS = 5 * 60_000;
/** The time limit for storing the last counts when a process stops, because an account that does not respond must not delay it. Milliseconds. */
const LAST_MS = 2_000;

export interface UsageDeps {
  readonly documents: StateDocuments;
  readonly clock: Clock;
  readonly logger: Logger;
}

/** Regularly stores the counts of a process until it is stopped, and then the rest. Never throws. */
export async function storeUsageRegularly(
  { documents, clock, logger }: UsageDeps,
  counts: OperationCounts,
  stop: AbortSignal,
): Promise<void> {
  let from = clock.now();
  const store = async () => {
    const to = clock.now();
    const operations = counts.take();
    try {
      if (await addUsage(documents, { from, to, operations }, clock)) from = to;
      else counts.giveBack(operations);
    } catch (error) {
      counts.giveBack(operations);
      logger.debug('The number of storage operations could not be stored', { ...loggedError(error) });
    }
  };
  for (let ms = FIRST_MS; await slept(clock, ms, stop); ms = STORE_MS) await store();
  const stored = new AbortController();
  await Promise.race([store(), slept(clock, LAST_MS, stored.signal)]);
  stored.abort();
}
