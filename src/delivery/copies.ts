/** Deliveries in segments of their own: copies of what would keep a large segment in memory, and what no lane sends. */
import { Buffer } from 'node:buffer';
import type { Delivery, Encoding, EnvelopeHead } from '../destinations/port.ts';
import { type ByteRange, type Encoded, type MemoryAccount, Segment } from './segment.ts';

/** For what one request or one dead letter holds, which is bounded elsewhere. */
const UNCOUNTED: MemoryAccount = { take() {}, give() {} };

/** Copies of deliveries that follow each other, with their rows, in one segment that has nothing else. */
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
    // The deliveries of a row follow each other, and share it.
    if (row?.from !== one.rowRange) row = { from: one.rowRange, to: segment.addRow(one.row()) };
    copies.push(segment.addCopy(one, row.to));
  }
  segment.close();
  return copies;
}

/** One delivery. @param row as it is in its blob. */
export function encodedAlone(encoding: Encoding, delivery: Delivery, row: Uint8Array): Encoded {
  const segment = segmentFor(row);
  return segment.add(delivery, encoding, segment.addRow(row));
}

/** A delivery that was encoded before, and stored. */
export function encodedBefore(head: EnvelopeHead, payload: string, row: Uint8Array): Encoded {
  const segment = segmentFor(row);
  const bytes = new Uint8Array(Buffer.from(payload));
  return segment.addCopy({ head, event: undefined, payload: () => bytes }, segment.addRow(row));
}

function segmentFor(row: Uint8Array): Segment {
  return new Segment({
    separator: '',
    account: UNCOUNTED,
    room: { payloads: 2 * row.length, rows: row.length },
  });
}
