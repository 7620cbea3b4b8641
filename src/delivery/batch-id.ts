/** Computes the id of a batch. */
import { createHash } from 'node:crypto';
import type { EncodedDelivery } from '../destinations/port.ts';
import { sourcePath } from '../shared/event.ts';

/**
 * A batch's id, from its first and its last delivery and their number: the same on each retry, and again after a crash where
 * the same rows meet. Standard Webhooks' `webhook-id`. `msg_` and 32 hex digits.
 */
export function batchId(items: readonly Pick<EncodedDelivery, 'head'>[]): string {
  const hash = createHash('sha256').update(String(items.length));
  for (const item of [items[0], items.at(-1)]) {
    if (!item) continue;
    const { id, source, rule } = item.head;
    hash.update(`\n${id}\n${sourcePath(source)}\n${source.offset}\n${rule?.id ?? rule?.title ?? ''}`);
  }
  return `msg_${hash.digest('hex').slice(0, 32)}`;
}
