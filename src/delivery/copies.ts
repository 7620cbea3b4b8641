/** Puts deliveries into separate segments: copies of deliveries that would keep a large segment in memory, and deliveries without a lane. */
import type { Delivery, Encoding, EnvelopeHead } from '../destinations/port.ts';
import { type ByteRange, type Encoded, type MemoryAccount, Segment } from './segment.ts';

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
  let row: { readonly from: ByteRange; readonly to: ByteRange } | undefined;
  const copies: Encoded[] = [];
  for (const one of encoded) {
    // The deliveries of a row are consecutive, so they share one copy of it.
    if (row?.from !== one.rowRange) row = { from: one.rowRange, to: segment.addRowOf(one) };
    copies.push(segment.addCopy(one, row.to));
  }
  segment.close();
  return copies;
}

/** Encodes one delivery in a segment of its own. @param row the row's bytes as they are in the blob. */
export function encodedAlone(encoding: Encoding, delivery: Delivery, row: Uint8Array): Encoded {
  const segment = segmentFor(row);
  return segment.add(delivery, encoding, segment.addRow(row));
}

/** Puts a stored delivery, which was encoded before, into a segment of its own. */
export function encodedBefore(head: EnvelopeHead, payload: string, row: Uint8Array): Encoded {
  const segment = segmentFor(row);
  return segment.addEncoded(head, payload, segment.addRow(row));
}

function segmentFor(row: Uint8Array): Segment {
  return new Segment({
    separator: '',
    account: UNCOUNTED,
    room: { payloads: 2 * row.length, rows: row.length },
  });
}
