import { parseRow } from '../blobs/rows/parse-row.ts';
import type { RawRow } from '../blobs/rows/raw-row.ts';
import type { Destination, EncodedDelivery } from '../destinations/port.ts';
import { batchId } from './batch-id.ts';
import type { DeadLetter } from './dead-letters.ts';
import { DestinationDownError } from './errors.ts';
import { type SendContext, sendBatch } from './send-batch.ts';

/** What became of one delivery that was sent again. */
export type Sent =
  | { readonly kind: 'accepted' }
  /** The destination will not take it. */
  | { readonly kind: 'refused'; readonly code: string; readonly message: string }
  /** The destination takes nothing now. */
  | { readonly kind: 'down'; readonly code: string; readonly message: string };

/** A letter's row as a reader hands it over. */
export function rawRowOf({ row, source, length }: DeadLetter): RawRow {
  const bytes = Buffer.from(row.buffer, row.byteOffset, row.byteLength);
  return { offset: source.offset, end: source.offset + length, bytes, truncated: false };
}

/**
 * The delivery as it was stored. Its envelope names the row, its time and its rule; columns are not in it: today's would be
 * others than those the payload was made of. Undefined where the letter has no payload.
 */
export function storedDelivery(letter: DeadLetter): EncodedDelivery | undefined {
  const { payload, id = '', table = '', rule, source, row } = letter;
  if (payload === undefined) return undefined;
  const parsed = parseRow(rawRowOf(letter), source.blob, row.length);
  const { Timestamp: stamp } = parsed.ok ? parsed.row.properties : {};
  const { time: received } = parsed.ok ? parsed.row.envelope : {};
  const time = [stamp, received].find((value) => typeof value === 'string');
  const envelope = {
    id,
    time: typeof time === 'string' ? time : '',
    table,
    ...(rule !== undefined && { rule: { title: rule } }),
    event: {},
    source,
  };
  return { delivery: { envelope, raw: () => payload }, payload, bytes: Buffer.byteLength(payload) };
}

/** Items of one request, when they are sent again: few, for each is answered for on its own. */
const ITEMS = 50;

/**
 * Sends deliveries to one destination, in batches, and says of each what became of it. Once the destination is down nothing
 * further is sent. Rejects with the signal's reason when it is aborted.
 */
export async function sendAgain(
  destination: Destination,
  items: readonly EncodedDelivery[],
  context: Omit<SendContext, 'guard'>,
): Promise<readonly Sent[]> {
  const sent: Sent[] = [];
  for (const part of cut(items, destination)) {
    const last = sent.at(-1);
    sent.push(...(last?.kind === 'down' ? part.map(() => last) : await sendPart(destination, part, context)));
  }
  return sent;
}

function cut(items: readonly EncodedDelivery[], { batch, type }: Destination): EncodedDelivery[][] {
  // A digest would be made of envelopes, and those of stored deliveries have no columns.
  const most = type === 'slack' ? 1 : Math.min(ITEMS, batch.items);
  const parts: EncodedDelivery[][] = [];
  let bytes = 0;
  for (const item of items) {
    const part = parts.at(-1);
    if (part && part.length < most && bytes + item.bytes <= batch.bytes) {
      part.push(item);
      bytes += item.bytes;
    } else {
      parts.push([item]);
      bytes = item.bytes;
    }
  }
  return parts;
}

async function sendPart(
  destination: Destination,
  items: readonly EncodedDelivery[],
  context: Omit<SendContext, 'guard'>,
): Promise<readonly Sent[]> {
  const batch = { id: batchId(items), items };
  try {
    const refused = await sendBatch(destination, batch, { ...context, guard() {} });
    const errors = new Map(refused.map(({ item, error }) => [item, error]));
    return items.map((item) => {
      const error = errors.get(item);
      return error ? { kind: 'refused', code: error.code, message: error.message } : { kind: 'accepted' };
    });
  } catch (error) {
    if (!(error instanceof DestinationDownError)) throw error;
    if (error.code !== 'refuses_all_rows') {
      return items.map(() => ({ kind: 'down', code: error.code, message: error.message }));
    }
    // Rows that were refused before may well be refused again, all of them: no sign that the destination is broken.
    const singly: Sent[] = [];
    for (const item of items) singly.push(...(await sendPart(destination, [item], context)));
    return singly;
  }
}
