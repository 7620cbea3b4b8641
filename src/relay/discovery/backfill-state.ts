/** Stores how far a backfill has come, so that another run continues from there. */

import { createHash } from 'node:crypto';
import { z } from 'zod';
import type { StateDocuments } from '../../checkpoints/documents.ts';
import { ONE_TRY, updateDocument } from '../../checkpoints/update-document.ts';
import { NarrowRelayError } from '../../shared/errors.ts';
import type { JsonValue } from '../../shared/json.ts';
import type { BackfillTotals, Position } from './backfill.ts';

/** A backfill cannot continue. Code `backfill_elsewhere`: another process runs the same one. */
export class BackfillError extends NarrowRelayError<'backfill_elsewhere'> {}

/** The parameters that identify a backfill: source, tables, range and destinations as requested. */
export interface BackfillRequest {
  /** The source's name; undefined for a single source, under `storage`. */
  readonly source?: string | undefined;
  readonly tables: readonly string[];
  /** The beginning as given; undefined if it was not. Milliseconds since the epoch, or a time before now such as `24h`. */
  readonly from: string | undefined;
  readonly to: string | undefined;
  readonly destinations: readonly string[];
}

const count = z.number().int().nonnegative();

const stateSchema = z.object({
  v: z.literal(1),
  /** The range as it was when the backfill began, ms since the epoch. */
  from: z.number(),
  to: z.number(),
  startedOn: count,
  at: z
    .object({ container: z.string(), tenant: z.string(), folder: z.string(), name: z.string().optional() })
    .optional(),
  totals: z
    .object({
      listed: count,
      queued: count,
      bytes: count,
      underWay: count,
      busy: count,
      // Runs of older versions did not count these.
      unreadable: count.default(0),
      passedOver: z.array(z.string()).default([]),
      held: count.default(0),
    })
    .optional(),
});

/** How far a backfill has come. */
export interface BackfillState {
  readonly from: number;
  readonly to: number;
  readonly startedOn: number;
  readonly at?: Position | undefined;
  readonly totals?: BackfillTotals | undefined;
}

/** The document's name, `backfills/<hash of the request>`. The order of tables and destinations does not matter. */
export function backfillDocument({ source, tables, from, to, destinations }: BackfillRequest): string {
  const key = [
    [...tables].sort(),
    from ?? null,
    to ?? null,
    [...destinations].sort(),
    ...(source === undefined ? [] : [source]),
  ];
  return `backfills/${createHash('sha256').update(JSON.stringify(key)).digest('hex').slice(0, 32)}`;
}

/** Stores the progress of one backfill in a shared document. Its methods throw {@link BackfillError} and CheckpointError. */
export class BackfillJournal {
  readonly #documents: StateDocuments;
  readonly #name: string;
  #etag: string | undefined;

  constructor(documents: StateDocuments, request: BackfillRequest) {
    this.#documents = documents;
    this.#name = backfillDocument(request);
  }

  /** Loads the progress of an unfinished earlier run. A malformed document will be replaced. */
  async load(signal?: AbortSignal): Promise<BackfillState | undefined> {
    const stored = await this.#documents.get(this.#name, signal);
    this.#etag = stored?.etag;
    const parsed = stateSchema.safeParse(stored?.value);
    return parsed.success ? parsed.data : undefined;
  }

  async save({ from, to, startedOn, at, totals }: BackfillState): Promise<void> {
    const value = {
      v: 1,
      from,
      to,
      startedOn,
      ...(at && {
        at: {
          container: at.container,
          tenant: at.tenant,
          folder: at.folder,
          ...(at.name !== undefined && { name: at.name }),
        },
      }),
      ...(totals && { totals: { ...totals } }),
    };
    await this.#write(value);
  }

  /** Removes the progress of a finished run, so that the same request starts over. */
  async remove(): Promise<void> {
    if (this.#etag === undefined) return;
    await this.#write(undefined);
  }

  /** Writes over the version that this process last wrote or loaded. @param value undefined removes the document. */
  async #write(value: JsonValue | undefined): Promise<void> {
    const known = { value: undefined, etag: this.#etag };
    const outcome = await updateDocument(
      {
        load: async () => known,
        save: async (next: JsonValue | undefined, etag) => {
          if (next !== undefined) return this.#documents.put(this.#name, next, etag);
          await this.#documents.remove(this.#name, etag);
          return undefined;
        },
      },
      () => ({ write: value, result: undefined }),
      ONE_TRY,
      known,
    );
    if (outcome.kind === 'busy') {
      throw new BackfillError('backfill_elsewhere', 'Another process is at the same backfill', {
        cause: outcome.conflict,
      });
    }
    this.#etag = outcome.kind === 'written' ? outcome.version.etag : this.#etag;
  }
}
