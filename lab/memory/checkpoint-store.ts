/** A store for checkpoints and claims in memory. */
import { conflict } from '../../src/checkpoints/attempt.ts';
import { decodeCheckpoint, encodeCheckpoint } from '../../src/checkpoints/encoding.ts';
import { CheckpointError } from '../../src/checkpoints/errors.ts';
import {
  checkpointFolder,
  checkpointName,
  claimFolder,
  claimName,
  type Scope,
} from '../../src/checkpoints/naming.ts';
import type { CheckpointStore, Claim } from '../../src/checkpoints/port.ts';
import { summaryOf } from '../../src/checkpoints/summary.ts';
import { type BlobRef, blobPath } from '../../src/shared/blob-ref.ts';
import { type Clock, systemClock } from '../../src/shared/clock.ts';

interface Stored {
  readonly source: BlobRef;
  readonly content: Buffer;
  readonly etag: string;
}

interface Lease {
  readonly id: number;
  /** When the lease expires, in milliseconds of the monotonic clock. */
  expires: number;
}

/** Makes a checkpoint store in memory with the service's behaviour. @param clock decides when claims expire. */
export function createMemoryCheckpointStore(
  options: { readonly clock?: Clock; readonly leaseSeconds?: number; readonly scope?: Scope } = {},
): CheckpointStore {
  const { clock = systemClock, leaseSeconds = 60, scope } = options;
  const durationMs = leaseSeconds * 1000;
  const checkpoints = new Map<string, Stored>();
  const leases = new Map<string, Lease>();
  let numbers = 0;

  function guard(name: string, etag: string | undefined): void {
    if (checkpoints.get(name)?.etag === etag) return;
    throw conflict(name);
  }

  return {
    async ensure() {},

    async load(ref, signal) {
      signal?.throwIfAborted();
      const name = checkpointName(ref, scope);
      const stored = checkpoints.get(name);
      return stored && { checkpoint: decodeCheckpoint(stored.content, name), etag: stored.etag };
    },

    async look(ref, signal) {
      signal?.throwIfAborted();
      const name = checkpointName(ref, scope);
      const stored = checkpoints.get(name);
      return stored && summaryOf(stored.source.name, decodeCheckpoint(stored.content, name));
    },

    async save(ref, checkpoint, etag) {
      const name = checkpointName(ref, scope);
      const content = encodeCheckpoint(checkpoint);
      guard(name, etag);
      const written = `"${++numbers}"`;
      checkpoints.set(name, { source: ref, content, etag: written });
      return written;
    },

    async claim(ref, cursor): Promise<Claim | undefined> {
      const name = claimName(ref, cursor, scope);
      const held = leases.get(name);
      if (held && held.expires > clock.monotonic()) return undefined;
      const lease: Lease = { id: ++numbers, expires: clock.monotonic() + durationMs };
      leases.set(name, lease);
      return {
        durationMs,
        async renew() {
          // As in the service, an expired lease can still be renewed while no other consumer has taken it.
          if (leases.get(name)?.id !== lease.id) {
            throw new CheckpointError('claim_lost', `The claim on ${blobPath(ref)} is lost`);
          }
          lease.expires = clock.monotonic() + durationMs;
        },
        async release() {
          if (leases.get(name)?.id === lease.id) leases.delete(name);
        },
      };
    },

    async remove(ref, etag) {
      const name = checkpointName(ref, scope);
      if (etag !== undefined) guard(name, etag);
      checkpoints.delete(name);
      const claim = claimName(ref, undefined, scope);
      for (const [key, lease] of leases) {
        const ours = key === claim || key.startsWith(`${claim}@`);
        if (ours && lease.expires <= clock.monotonic()) leases.delete(key);
      }
    },

    async *list(container, prefix, signal) {
      const wanted = checkpointFolder(container, scope) + prefix;
      for (const name of [...checkpoints.keys()].filter((name) => name.startsWith(wanted)).sort()) {
        signal?.throwIfAborted();
        const stored = checkpoints.get(name);
        if (stored) yield summaryOf(stored.source.name, decodeCheckpoint(stored.content, name));
      }
    },

    async *listClaims(container, prefix, signal) {
      const folder = claimFolder(container, scope);
      const wanted = folder + prefix;
      for (const name of [...leases.keys()].filter((name) => name.startsWith(wanted)).sort()) {
        signal?.throwIfAborted();
        const isHeld = (leases.get(name)?.expires ?? 0) > clock.monotonic();
        if (isHeld) yield name.slice(folder.length);
      }
    },
  };
}
