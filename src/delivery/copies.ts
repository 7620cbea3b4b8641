/** Puts deliveries into separate segments: copies of deliveries that would keep a large segment in memory, and deliveries without a lane. */
import type { Delivery, Encoding, EnvelopeHead } from '../destinations/port.ts';
import { type Encoded, type KeptRow, type MemoryAccount, Segment } from './segment.ts';

/** An account that does not count, for the deliveries of one request or one dead letter, which are bounded elsewhere. */
const UNCOUNTED: MemoryAccount = { take() {}, give() {} };

/** Copies consecutive deliveries, with their rows, into a new segment. */
export function copiesOf(encoded: readonly Encoded[], account: MemoryAccount): readonly Encoded[] {
  const separator = encoded[0]?.segment.separator ?? '';
  let payloads = 0;
  let rows = 0;
  for (const one of encoded) {
    payloads += one.bytes + separator.length;
    rows += one.rowBytes;
  }
  const segment = new Segment({ separator, account, room: { payloads, rows } });
  let last: Encoded | undefined;
  let row: KeptRow | undefined;
  const copies: Encoded[] = [];
  for (const one of encoded) {
    // The deliveries of a row are consecutive, so they share one copy of it.
    row = row && last?.sharesRow(one) ? { ...row, part: one.part } : segment.addRowOf(one);
    last = one;
    copies.push(segment.addCopy(one, row));
  }
  segment.close();
  return copies;
}

/** Encodes one delivery in a segment of its own. @param row the row's bytes as they are in the blob. */
export function encodedAlone(encoding: Encoding, delivery: Delivery, row: Uint8Array): Encoded {
  const segment = segmentFor(row);
  return segment.add(delivery, encoding, keptIn(segment, delivery.head, row));
}

/** Puts a stored delivery, which was encoded before, into a segment of its own. */
export function encodedBefore(head: EnvelopeHead, payload: string, row: Uint8Array): Encoded {
  const segment = segmentFor(row);
  return segment.addEncoded(head, payload, keptIn(segment, head, row));
}

/** Keeps the row of a delivery that moves no offset. */
function keptIn(segment: Segment, { source: { offset } }: EnvelopeHead, bytes: Uint8Array): KeptRow {
  const from = segment.addRow({ bytes });
  return { offset, end: offset + bytes.length, from, to: segment.rowsLength, part: 'only' };
}

function segmentFor(row: Uint8Array): Segment {
  return new Segment({
    separator: '',
    account: UNCOUNTED,
    room: { payloads: 2 * row.length, rows: row.length },
  });
}
