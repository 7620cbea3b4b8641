import pRetry from 'p-retry';
import { DestinationRefusedError, RetryableError, RowsRefusedError } from '../destinations/errors.ts';
import type { Batch, Destination, EncodedDelivery } from '../destinations/port.ts';
import type { Clock } from '../shared/clock.ts';
import { messageOf } from '../shared/errors.ts';
import { batchId } from './batch-id.ts';
import { DestinationDownError } from './errors.ts';

/** How long and how patiently one batch is tried. Milliseconds. */
export interface RetryPolicy {
  readonly retryForMs: number;
  readonly retryMinMs: number;
  readonly retryMaxMs: number;
}

/** A delivery that its destination will never take. */
export interface RefusedDelivery {
  readonly item: EncodedDelivery;
  readonly error: RowsRefusedError;
}

export interface SendContext {
  readonly policy: RetryPolicy;
  readonly clock: Clock;
  readonly signal: AbortSignal;
  /** Called before each request; throws when we may not send any more (the claim is lost). */
  readonly guard: () => void;
  /**
   * Told as a batch goes out in parts: the first `settled` of its deliveries are accepted, or refused for good. `refused` are
   * those of them that were not told before. What this throws ends the sending.
   */
  readonly onSettled?: (settled: number, refused: readonly RefusedDelivery[]) => Promise<void>;
}

/**
 * A destination that refuses every row of a batch this long is wrong itself (a proxy that answers 400 to all, a wrong path):
 * its rows wait instead of becoming dead letters.
 */
const ALL_REFUSED_FROM = 10;

/**
 * Sends a batch until each of its deliveries is accepted or refused for good, in order.
 *
 * Passing trouble is retried under the policy; a refusal is cut down to the rows it is about.
 * Throws {@link DestinationDownError}, the guard's error, or the signal's reason; what was not told as settled may be sent again.
 */
export async function sendBatch(
  destination: Destination,
  batch: Batch,
  context: SendContext,
): Promise<readonly RefusedDelivery[]> {
  const refused: RefusedDelivery[] = [];
  let accepted = 0;
  let settled = 0;
  let told = 0;
  const isWell = () => accepted > 0 || batch.items.length < ALL_REFUSED_FROM;

  const attempt = async (part: Batch): Promise<void> => {
    const isOne = part.items.length === 1;
    // Row by row until one is taken: where the refusals before it cannot be stored, that one alone will be sent again.
    const isProbe = !isOne && refused.length > 0 && !isWell();
    const error = isProbe ? undefined : await trySend(destination, part, context);
    if (!isOne && (isProbe || error)) {
      const rows = isProbe ? [0] : error?.rows;
      for (const items of split(part.items, rows)) await attempt(subBatch(items));
      return;
    }
    if (error) refused.push(...part.items.map((item) => ({ item, error })));
    else accepted += part.items.length;
    settled += part.items.length;
    if (!isWell()) return;
    await context.onSettled?.(settled, refused.slice(told));
    told = refused.length;
  };

  await attempt(batch);
  const [first] = refused;
  if (first && accepted === 0 && batch.items.length >= ALL_REFUSED_FROM) {
    throw new DestinationDownError(
      'refuses_all_rows',
      `${destination.name} refuses every one of ${batch.items.length} rows: ${first.error.message}`,
      { cause: first.error },
    );
  }
  return refused;
}

/**
 * Cuts around the first row that was named, else in the middle. A named row is tried once more alone: should the destination
 * count otherwise than we do, no innocent row is buried.
 */
function split(
  items: readonly EncodedDelivery[],
  rows: readonly number[] | undefined,
): readonly (readonly EncodedDelivery[])[] {
  const named = Math.min(...(rows ?? []).filter((row) => row in items));
  const [from, to] = Number.isFinite(named) ? [named, named + 1] : [items.length >> 1, items.length >> 1];
  return [items.slice(0, from), items.slice(from, to), items.slice(to)].filter((part) => part.length > 0);
}

function subBatch(items: readonly EncodedDelivery[]): Batch {
  return { id: batchId(items), items };
}

/** Undefined when the destination took the batch; the refusal when it will never take some row of it. */
async function trySend(
  destination: Destination,
  batch: Batch,
  { policy, clock, signal, guard }: SendContext,
): Promise<RowsRefusedError | undefined> {
  const deadline = clock.monotonic() + policy.retryForMs;
  try {
    return await pRetry(
      async () => {
        guard();
        try {
          await destination.send(batch, signal);
          return undefined;
        } catch (error) {
          if (error instanceof RowsRefusedError) return error;
          throw error;
        }
      },
      {
        retries: Number.POSITIVE_INFINITY,
        minTimeout: policy.retryMinMs,
        maxTimeout: policy.retryMaxMs,
        maxRetryTime: policy.retryForMs,
        randomize: true,
        signal,
        async onFailedAttempt({ error, retryDelay }) {
          const wait = error instanceof RetryableError ? (error.retryAfterMs ?? 0) : 0;
          const more = wait - retryDelay;
          if (more > 0 && clock.monotonic() + wait < deadline) await clock.sleep(more, signal);
        },
        shouldRetry: ({ error }) =>
          error instanceof RetryableError && clock.monotonic() + (error.retryAfterMs ?? 0) < deadline,
      },
    );
  } catch (error) {
    if (error instanceof RetryableError) {
      throw new DestinationDownError(error.code, `${destination.name} is down: ${error.message}`, {
        cause: error,
        retryAfterMs: error.retryAfterMs,
      });
    }
    if (error instanceof DestinationRefusedError) {
      throw new DestinationDownError(error.code, `${destination.name} refuses us: ${messageOf(error)}`, {
        cause: error,
      });
    }
    throw error;
  }
}
