/** Sends the deliveries of dead letters again. */
import { parseRow } from '../blobs/rows/parse-row.ts';
import type { RawRow } from '../blobs/rows/raw-row.ts';
import { envelopeDelivery } from '../destinations/envelope-delivery.ts';
import { RowsRefusedError } from '../destinations/errors.ts';
import type { Destination } from '../destinations/port.ts';
import { envelopeIn, RECORDS } from '../destinations/record.ts';
import type { ByteWriter } from '../shared/byte-writer.ts';
import type { Clock } from '../shared/clock.ts';
import type { ErrorCode } from '../shared/error-codes.ts';
import { makeBatch, partsWithin } from './batch.ts';
import { encodedAlone, encodedBefore } from './copies.ts';
import type { DeadLetter } from './dead-letters.ts';
import { askedWait, isSendError, kindOf, mayPass, type SendError } from './failure.ts';
import { backoffMs, type RetryPolicy } from './retry-policy.ts';
import type { Encoded } from './segment.ts';

/** The result for one delivery that was sent again. */
export type Sent =
  | { readonly kind: 'accepted' }
  /** The destination refuses this delivery. */
  | { readonly kind: 'refused'; readonly code: ErrorCode; readonly message: string }
  /** The destination accepted none of the sent rows: it is down, or refuses them all. */
  | { readonly kind: 'down'; readonly code: ErrorCode; readonly message: string };

/** The row of a letter in the form that the reader of blobs returns. */
export function rawRowOf({ row, source, length }: DeadLetter): RawRow {
  const bytes = Buffer.from(row.buffer, row.byteOffset, row.byteLength);
  return { offset: source.offset, end: source.offset + length, bytes, truncated: false };
}

/**
 * The stored delivery of a letter; undefined if the letter has no payload. Its envelope has the row's id, its time and its rule, but no
 * columns, because today's rules might produce other columns than the payload was made from.
 */
export function storedDelivery(
  letter: DeadLetter,
  destination?: Pick<Destination, 'messenger' | 'groupsAlerts' | 'encoding'>,
): Encoded | undefined {
  const { payload, id = '', table = '', rule, source, row } = letter;
  if (payload === undefined) return undefined;
  const parsed = parseRow(rawRowOf(letter), source.blob, row.length);
  const { Timestamp: stamp } = parsed.ok ? parsed.row.properties : {};
  const { time: received } = parsed.ok ? parsed.row.envelope : {};
  const time = [stamp, received].find((value) => typeof value === 'string');
  const head = {
    id,
    time: typeof time === 'string' ? time : '',
    // Where the row's own time is none, the event is dated by this.
    ...(typeof received === 'string' && { received }),
    table,
    ...(rule !== undefined && { rule: { title: rule } }),
    source,
  };
  // The alert waited for a group at a destination that is sent single alerts now.
  const kept =
    destination && !destination.messenger && !destination.groupsAlerts && envelopeIn(Buffer.from(payload));
  if (kept) return encodedAlone(destination.encoding, envelopeDelivery(kept, undefined), row);
  // A former version stored the message of the product. What people are told now is made of the row.
  if (destination?.messenger !== undefined && parsed.ok && envelopeIn(Buffer.from(payload)) === undefined) {
    const event = parsed.row.properties;
    const writeEvent = (writer: ByteWriter) => writer.json(event);
    const column = (name: string) => event[name];
    return encodedAlone(
      RECORDS,
      { head, event, writeRaw: writeEvent, writeEvent, writeMapped: () => {}, column },
      row,
    );
  }
  return encodedBefore(head, payload, row);
}

export interface ResendContext {
  readonly policy: RetryPolicy;
  readonly clock: Clock;
  readonly signal: AbortSignal;
}

/** How many items one request has at most: few, because the items of a failed request are sent again one by one. */
const ITEMS = 50;
/** After so many consecutive rows that fail for a reason that may not be their own, the destination counts as down. */
const FAILURES = 5;

/**
 * Sends deliveries to one destination in batches, and reports the result of each. Once the destination counts as down, nothing more is
 * sent. Rejects with the signal's reason when it is aborted.
 */
export async function sendAgain(
  destination: Destination,
  items: readonly Encoded[],
  context: ResendContext,
): Promise<readonly Sent[]> {
  const results: (SendError | undefined)[] = [];
  let accepted = 0;
  let failures = 0;
  let last: SendError | undefined;
  const isDown = () => last !== undefined && (kindOf(last) === 'unreached' || failures >= FAILURES);
  const { batch } = destination;
  for (const part of partsWithin(items, { items: Math.min(ITEMS, batch.items), bytes: batch.bytes })) {
    const error = isDown() ? last : await trySend(destination, part, context);
    if (!error) {
      if (destination.reaches?.(part) !== false) accepted += part.length;
      failures = 0;
      results.push(...part.map(() => undefined));
      continue;
    }
    for (const item of part) {
      const own = part.length === 1 || isDown() ? error : await trySend(destination, [item], context);
      results.push(own);
      if (!own && destination.reaches?.([item]) !== false) accepted += 1;
      failures = own && !(own instanceof RowsRefusedError) ? failures + 1 : 0;
      last = own ?? last;
    }
  }
  return results.map((error) => {
    if (!error) return { kind: 'accepted' };
    const { code, message } = error;
    // The destination has accepted other rows, so it refuses this one, whatever its status says.
    const isRefused = error instanceof RowsRefusedError || (accepted > 0 && kindOf(error) !== 'unreached');
    return { kind: isRefused ? 'refused' : 'down', code, message };
  });
}

/** Sends a batch, with retries under the policy. Undefined if the destination accepted all of it. */
async function trySend(
  destination: Destination,
  items: readonly Encoded[],
  { policy, clock, signal }: ResendContext,
): Promise<SendError | undefined> {
  const over = clock.monotonic() + policy.retryForMs;
  for (let failures = 1; ; failures++) {
    try {
      await destination.send(makeBatch(`redrive/${destination.name}`, items, destination.encoding), signal);
      return undefined;
    } catch (error) {
      if (!isSendError(error)) throw error;
      const wait = Math.max(askedWait(error), backoffMs(policy, failures));
      if (!mayPass(error) || clock.monotonic() + wait >= over) return error;
      await clock.sleep(wait, signal);
    }
  }
}
