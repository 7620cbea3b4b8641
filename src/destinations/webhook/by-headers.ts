/** Divides a batch into the batches of single requests: their deliveries have the same headers. */
import { ByteWriter } from '../../shared/byte-writer.ts';
import type { Metadata } from '../../shared/metadata-template.ts';
import type { Batch, EncodedDelivery } from '../port.ts';

export interface BatchPart {
  readonly batch: Batch;
  readonly headers: Metadata['headers'];
}

/** The parts of a batch, with the encoding's separator between deliveries, in the order of their first ones; the batch itself where all deliveries have the same headers. */
export function byHeaders(batch: Batch, separator: string): readonly BatchPart[] {
  const [first] = batch.items;
  const headersOf = ({ head }: EncodedDelivery) => head.metadata?.headers;
  const own = first && headersOf(first);
  const key = (headers: Metadata['headers']) => (headers === undefined ? '' : JSON.stringify(headers));
  if (batch.items.every((item) => headersOf(item) === own)) return [{ batch, headers: own }];
  const parts = Map.groupBy(batch.items, (item) => key(headersOf(item)));
  if (parts.size === 1) return [{ batch, headers: own }];
  return [...parts.values()].flatMap((items): readonly BatchPart[] => {
    const [one] = items;
    return one
      ? [{ batch: { ...batch, items, body: bodyOf(items, separator) }, headers: headersOf(one) }]
      : [];
  });
}

/** Each delivery by itself. */
export function oneByOne(batch: Batch, separator: string): readonly BatchPart[] {
  return batch.items.map((item) => ({
    batch: { ...batch, items: [item], body: bodyOf([item], separator) },
    headers: item.head.metadata?.headers,
  }));
}

function bodyOf(items: readonly EncodedDelivery[], separator: string): Batch['body'] {
  const length = items.reduce((sum, { bytes }) => sum + bytes, separator.length * (items.length - 1));
  const copy = (to: ByteWriter) => {
    for (const [n, item] of items.entries()) {
      if (n > 0) to.text(separator);
      to.bytes(item.payload());
    }
  };
  const bytes = () => {
    const writer = new ByteWriter(length);
    copy(writer);
    return writer.slice();
  };
  return { length, bytes, copy, compressed: (compress) => compress(bytes()) };
}
