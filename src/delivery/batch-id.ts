/** Computes the id of a batch. */
import { createHash } from 'node:crypto';
import type { EncodedDelivery } from '../destinations/port.ts';
import { sourcePath } from '../shared/event.ts';

/**
 * A batch's id: `msg_` and 32 hexadecimal digits, computed from its first and its last delivery and their number. It is the same on
 * each retry, and after a crash if the batch has the same rows again. Sent as Standard Webhooks' `webhook-id`.
 */
export function batchId(items: readonly Pick<EncodedDelivery, 'head'>[]): string {
  const hash = createHash('sha256').update(String(items.length));
  for (const item of [items[0], items.at(-1)]) {
    if (!item) continue;
    const { id, source, rule, group } = item.head;
    hash.update(`\n${id}\n${sourcePath(source)}\n${source.offset}\n${rule?.id ?? rule?.title ?? ''}`);
    // What a group has by now is another message than what it had before.
    if (group) hash.update(`\n${item.head.alertId}\n${group.count}`);
  }
  return `msg_${hash.digest('hex').slice(0, 32)}`;
}
