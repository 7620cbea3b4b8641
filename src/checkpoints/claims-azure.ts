/** Claims as leases on small blobs of the state container. */
import type { BlobLeaseClient, BlockBlobClient } from '@azure/storage-blob';
import { storageFailure } from '../azure/failure.ts';
import { writeSmallBlob } from '../azure/small-blob.ts';
import { withDeadline } from '../shared/deadline.ts';
import { unavailable } from './attempt.ts';
import { CheckpointError } from './errors.ts';
import type { Claim } from './port.ts';

/** How long a claim lasts, in seconds, and how long one request for it may take. */
export interface LeaseTimes {
  readonly leaseSeconds: number;
  readonly timeoutMs: number;
}

/** Takes the lease on `client`; undefined where another holds it. `what` names the claim in errors. Throws what the SDK throws. */
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

/** Writes the empty blob that a lease needs. Another consumer may have been faster. */
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
        // It runs out by itself.
      }
    },
  };
}
