/** What counted storage operations would cost in a month, at the prices that come with the relay. */
import type { BilledCounts } from '../lab/counting-proxy.ts';
import { estimate } from '../src/relay/cost/estimate.ts';
import { LIST_PRICES } from '../src/relay/cost/prices.ts';

/** USD a month if it goes on as it did for `ms`. Azure bills leases as other operations. */
export function monthlyPrice({ lease, ...counts }: BilledCounts, ms: number): number {
  return estimate({ ...counts, other: counts.other + lease }, ms, LIST_PRICES).cost;
}

/** `{ write: 2, read: 1 }` as text, without what there was none of. @param per what each count is divided by */
export function countsText(counts: BilledCounts, per: number): string {
  return Object.entries(counts)
    .filter(([, count]) => count > 0)
    .map(([name, count]) => `${name} ${(count / per).toFixed(count / per < 10 ? 2 : 0)}`)
    .join(', ');
}
