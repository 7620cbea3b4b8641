/** Divides a batch into batches whose deliveries have the same headers. */
import { ByteWriter } from '../../shared/byte-writer.ts';
import type { Metadata } from '../../shared/metadata-template.ts';
import type { Batch, EncodedDelivery } from '../port.ts';

export interface BatchPart {
  readonly batch: Batch;
  readonly headers: Metadata['headers'];
}

/** The parts of a batch in the order of their first deliveries; the batch itself where all deliveries have the same headers. */
export function byHeaders(batch: Batch): readonly BatchPart[] {
  const [first] = batch.items;
  const headersOf = ({ head }: EncodedDelivery) => head.metadata?.headers;
  const own = first && headersOf(first);
  const key = (headers: Metadata['headers']) => (headers === undefined ? '' : JSON.stringify(headers));
  if (batch.items.every((item) => headersOf(item) === own)) return [{ batch, headers: own }];
  const parts = Map.groupBy(batch.items, (item) => key(headersOf(item)));
  if (parts.size === 1) return [{ batch, headers: own }];
  return [...parts.values()].flatMap((items): readonly BatchPart[] => {
    const [one] = items;
    return one ? [{ batch: { ...batch, items, body: bodyOf(items) }, headers: headersOf(one) }] : [];
  });
}

function bodyOf(items: readonly EncodedDelivery[]): Batch['body'] {
  const bytes = () => {
    const writer = new ByteWriter(items.reduce((sum, item) => sum + item.bytes + 1, 0));
    for (const [n, item] of items.entries()) {
      if (n > 0) writer.text(',');
      writer.bytes(item.payload());
    }
    return writer.slice();
  };
  return { bytes, compressed: (compress) => compress(bytes()) };
}
