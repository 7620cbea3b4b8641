/** What one storage account does at most, and which limit a workload meets first. */
import { estimate } from '../../src/relay/cost/estimate.ts';
import { LIST_PRICES } from '../../src/relay/cost/prices.ts';
import { OPERATION_TYPES } from '../../src/shared/storage-operations.ts';
import type { Result, Settings, Workload } from './model.ts';

/**
 * Targets of a standard general-purpose v2 account (Microsoft Learn, "Scalability and performance targets for standard storage
 * accounts" and "... for Queue Storage"): the lower figure, which holds in every region.
 */
export const ACCOUNT_LIMITS = {
  requestsPerSecond: 20_000,
  egressBitsPerSecond: 50e9,
  queueMessagesPerSecond: 2_000,
} as const;

export interface Outlook {
  readonly rowsPerSecond: number;
  readonly requestsPerSecond: number;
  readonly queuePerDay: number;
  readonly dollarsPerDay: number;
  /** What limits first, with the part of it that is used. */
  readonly first: { readonly limit: string; readonly used: number; readonly change: string };
}

const DAY = 86_400;

/** What a simulated stretch says of a day. */
export function outlookOf(result: Result, workload: Workload, settings: Settings): Outlook {
  const { seconds, operations } = result;
  const requests = OPERATION_TYPES.filter((type) => type !== 'queue').reduce(
    (sum, type) => sum + operations[type],
    0,
  );
  const { lines } = estimate(operations, seconds * 1000, LIST_PRICES);
  const dollarsPerDay = lines.reduce((sum, { cost }) => sum + cost, 0) / (365 / 12);
  const rowsPerSecond = result.delivered / seconds;
  const used = [
    {
      limit: 'processor of a consumer',
      used: result.busiest,
      change: 'more consumers, or limits.threads where a machine has more cores',
    },
    {
      limit: 'blobs read at once',
      used: result.places,
      change: 'a larger limits.blobs, or more consumers',
    },
    {
      limit: 'blobs that consumers follow',
      used: workload.blobs / (settings.consumers * settings.follow),
      change: 'more consumers, or a larger limits.follow',
    },
    {
      limit: 'requests of the account',
      used: requests / seconds / ACCOUNT_LIMITS.requestsPerSecond,
      change:
        'a longer tail.poll_min and delivery.checkpoint_every; then the state in an account of its own (state:)',
    },
    {
      limit: 'egress of the account',
      used: (rowsPerSecond * workload.rowBytes * 8) / ACCOUNT_LIMITS.egressBitsPerSecond,
      change: 'several accounts (sources:)',
    },
    {
      limit: 'messages of the queue',
      used: operations.queue / seconds / ACCOUNT_LIMITS.queueMessagesPerSecond,
      change: 'a queue of another kind',
    },
  ];
  const [first = { limit: '', used: 0, change: '' }] = used.toSorted((a, b) => b.used - a.used);
  return {
    rowsPerSecond,
    requestsPerSecond: requests / seconds,
    queuePerDay: (operations.queue / seconds) * DAY,
    dollarsPerDay,
    first,
  };
}
