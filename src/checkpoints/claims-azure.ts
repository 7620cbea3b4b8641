/** Implements claims as leases on small blobs of the state container. */
import type { BlobLeaseClient, BlockBlobClient } from '@azure/storage-blob';
import { storageFailure } from '../azure/failure.ts';
import { writeSmallBlob } from '../azure/small-blob.ts';
import { withDeadline } from '../shared/deadline.ts';
import { unavailable } from './attempt.ts';
import { CheckpointError } from './errors.ts';
import type { Claim } from './port.ts';

/** The duration of a claim in seconds, and the time limit of a request for it. */
export interface LeaseTimes {
  readonly leaseSeconds: number;
  readonly timeoutMs: number;
}

/** Acquires the lease on a blob; undefined if another consumer holds it. Throws the SDK's errors. @param what names the claim in errors. */
export async function takeClaim(
  client: BlockBlobClient,
  lease: BlobLeaseClient,
  what: string,
  times: LeaseTimes,
): Promise<Claim | undefined> {
  let outcome = await acquire(lease, times);
  if (outcome === 'missing') {
    await createClaimBlob(client, times.timeoutMs);
    outcome = await acquire(lease, times);
  }
  return outcome === 'held' ? claimOn(lease, what, times) : undefined;
}

async function acquire(
  lease: BlobLeaseClient,
  { leaseSeconds, timeoutMs }: LeaseTimes,
): Promise<'held' | 'taken' | 'missing'> {
  try {
    await withDeadline(timeoutMs, undefined, (abortSignal) =>
      lease.acquireLease(leaseSeconds, { abortSignal }),
    );
    return 'held';
  } catch (thrown) {
    const { code } = storageFailure(thrown);
    if (code === 'LeaseAlreadyPresent') return 'taken';
    if (code === 'BlobNotFound') return 'missing';
    throw thrown;
  }
}

/** Creates the empty blob that a lease needs. Another consumer may create it at the same time. */
async function createClaimBlob(client: BlockBlobClient, timeoutMs: number): Promise<void> {
  try {
    await writeSmallBlob(client, Buffer.alloc(0), { etag: undefined, timeoutMs });
  } catch (thrown) {
    if (storageFailure(thrown).status !== 412) throw thrown;
  }
}

function claimOn(lease: BlobLeaseClient, what: string, { leaseSeconds, timeoutMs }: LeaseTimes): Claim {
  return {
    durationMs: leaseSeconds * 1000,
    async renew() {
      try {
        await withDeadline(timeoutMs, undefined, (abortSignal) => lease.renewLease({ abortSignal }));
      } catch (thrown) {
        const { status, text } = storageFailure(thrown);
        if (status === 404 || status === 409 || status === 412) {
          throw new CheckpointError('claim_lost', `The claim on ${what} is lost: ${text}`);
        }
        throw unavailable(`renew the claim on ${what}`, thrown);
      }
    },
    async release() {
      try {
        await withDeadline(timeoutMs, undefined, (abortSignal) => lease.releaseLease({ abortSignal }));
      } catch {
        // A lease that cannot be released expires by itself.
      }
    },
  };
}
