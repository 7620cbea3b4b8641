/** Makes batches of encoded deliveries: their ids, and their bodies, without a copy if the deliveries are adjacent in a buffer. */
import type { Batch, BatchBody, BatchLimits, EncodedDelivery, Encoding } from '../destinations/port.ts';
import { ByteWriter } from '../shared/byte-writer.ts';
import { batchId } from './batch-id.ts';
import type { Encoded, Segment } from './segment.ts';

/** Makes a batch of deliveries, which must have the same encoding. @param reading see {@link Batch.reading}. */
export function makeBatch(
  lane: string,
  items: readonly Encoded[],
  { separator }: Encoding,
  reading?: string,
): Batch {
  const body = bodyOf(items, separator);
  return { id: batchId(items), lane, items, body, ...(reading !== undefined && { reading }) };
}

/** Deliveries in their order, cut into what one batch may have. A delivery that exceeds the bytes alone goes alone. */
export function partsWithin(
  items: readonly Encoded[],
  limits: Pick<BatchLimits, 'items' | 'bytes'>,
): readonly (readonly Encoded[])[] {
  const parts: Encoded[][] = [];
  let bytes = 0;
  for (const item of items) {
    const part = parts.at(-1);
    if (part && part.length < limits.items && bytes + item.bytes <= limits.bytes) {
      part.push(item);
      bytes += item.bytes;
    } else {
      parts.push([item]);
      bytes = item.bytes;
    }
  }
  return parts;
}

/** A part of a batch, of deliveries that need not be adjacent. */
export function partOfBatch(batch: Batch, items: readonly EncodedDelivery[], { separator }: Encoding): Batch {
  const { lane, reading } = batch;
  const separators = separator.length * Math.max(0, items.length - 1);
  const length = items.reduce((sum, { bytes }) => sum + bytes, separators);
  let bytes: Uint8Array<ArrayBuffer> | undefined;
  const joinedBytes = () => {
    bytes ??= joinedPayloads(items, separator, length);
    return bytes;
  };
  const body: BatchBody = { ...bodyOfBytes(joinedBytes), length };
  return { id: batchId(items), lane, items, body, ...(reading !== undefined && { reading }) };
}

function joinedPayloads(
  items: readonly EncodedDelivery[],
  separator: string,
  length: number,
): Uint8Array<ArrayBuffer> {
  const writer = new ByteWriter(length);
  items.forEach((item, index) => {
    if (index > 0) writer.text(separator);
    writer.bytes(item.payload());
  });
  return writer.slice();
}

/** Adjacent deliveries of one segment. */
interface Run {
  readonly segment: Segment;
  readonly start: number;
  end: number;
}

function bodyOf(items: readonly Encoded[], separator: string): BatchBody {
  const runs = runsOf(items);
  const [run] = runs;
  if (run === undefined || runs.length > 1) {
    const bytes = joined(runs, separator);
    return { ...bodyOfBytes(() => bytes), length: bytes.length };
  }
  const { segment, ...range } = run;
  return {
    length: range.end - range.start,
    bytes: () => segment.payload(range),
    copy: (to) => segment.copyPayload(range, to),
    compressed: (compress) => segment.compressed(range, compress),
  };
}

/** The body that is bytes of its own. */
function bodyOfBytes(bytes: BatchBody['bytes']): Omit<BatchBody, 'length'> {
  return { bytes, copy: (to) => to.bytes(bytes()), compressed: (compress) => compress(bytes()) };
}

function runsOf(items: readonly Encoded[]): readonly Readonly<Run>[] {
  const runs: Run[] = [];
  let last: Run | undefined;
  for (const { segment, start, end } of items) {
    if (last?.segment === segment && last.end + segment.separator.length === start) {
      last.end = end;
    } else {
      last = { segment, start, end };
      runs.push(last);
    }
  }
  return runs;
}

function joined(runs: readonly Readonly<Run>[], separator: string): Uint8Array<ArrayBuffer> {
  const lengths = runs.map(({ start, end }) => end - start + separator.length);
  const writer = new ByteWriter(lengths.reduce((sum, length) => sum + length, 0));
  runs.forEach(({ segment, ...range }, index) => {
    if (index > 0) writer.text(separator);
    segment.copyPayload(range, writer);
  });
  return writer.slice();
}
