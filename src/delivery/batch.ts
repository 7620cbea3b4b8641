/** Makes batches of encoded deliveries: their ids, and their bodies, without a copy if the deliveries are adjacent in a buffer. */
import type { Batch, BatchBody, Encoding } from '../destinations/port.ts';
import { ByteWriter } from '../shared/byte-writer.ts';
import { batchId } from './batch-id.ts';
import type { ByteRange, Encoded, Segment } from './segment.ts';

/** Makes a batch of deliveries, which must have the same encoding. */
export function makeBatch(lane: string, items: readonly Encoded[], { separator }: Encoding): Batch {
  return { id: batchId(items), lane, items, body: bodyOf(items, separator) };
}

/** Adjacent deliveries of one segment. */
interface Run {
  readonly segment: Segment;
  readonly range: ByteRange;
}

function bodyOf(items: readonly Encoded[], separator: string): BatchBody {
  const runs = runsOf(items);
  const [run] = runs;
  if (run === undefined || runs.length > 1) {
    const bytes = joined(runs, separator);
    return { bytes: () => bytes, compressed: (compress) => compress(bytes) };
  }
  const { segment, range } = run;
  return {
    bytes: () => segment.payload(range),
    compressed: (compress) => segment.compressed(range, compress),
  };
}

function runsOf(items: readonly Encoded[]): readonly Run[] {
  const runs: Run[] = [];
  for (const { segment, range } of items) {
    const last = runs.at(-1);
    const isNext = last?.segment === segment && last.range.end + segment.separator.length === range.start;
    if (last && isNext)
      runs[runs.length - 1] = { segment, range: { start: last.range.start, end: range.end } };
    else runs.push({ segment, range });
  }
  return runs;
}

function joined(runs: readonly Run[], separator: string): Uint8Array<ArrayBuffer> {
  const lengths = runs.map(({ range }) => range.end - range.start + separator.length);
  const writer = new ByteWriter(lengths.reduce((sum, length) => sum + length, 0));
  runs.forEach(({ segment, range }, index) => {
    if (index > 0) writer.text(separator);
    writer.bytes(segment.payload(range));
  });
  return writer.slice();
}
