/** How far a backfill got, stored so that another run continues from there. */

import { createHash } from 'node:crypto';
import { z } from 'zod';
import type { StateDocuments } from '../../checkpoints/documents.ts';
import { ONE_TRY, updateDocument } from '../../checkpoints/update-document.ts';
import { NarrowRelayError } from '../../shared/errors.ts';
import type { JsonValue } from '../../shared/json.ts';
import type { BackfillTotals, Position } from './backfill.ts';

/** A backfill cannot continue. Code `backfill_elsewhere`: another process runs the same one. */
export class BackfillError extends NarrowRelayError<'backfill_elsewhere'> {}

/** What makes two backfills the same: the range and destinations as they were asked for. */
export interface BackfillRequest {
  /** The source's name; undefined where there is only one, under `storage`. */
  readonly source?: string | undefined;
  readonly tables: readonly string[];
  /** As given; undefined where it was not. Milliseconds since the epoch, or a time before now such as `24h`. */
  readonly from: string | undefined;
  readonly to: string | undefined;
  readonly destinations: readonly string[];
}

const count = z.number().int().nonnegative();

const stateSchema = z.object({
  v: z.literal(1),
  /** The range when it began, ms since the epoch. */
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
      // Runs that began before these were counted have none.
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

/** `backfills/<hash of the request>`: the order in which tables and destinations were named does not count. */
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

/** One backfill's progress, kept beside the checkpoints. Throws {@link BackfillError} and CheckpointError. */
export class BackfillJournal {
  readonly #documents: StateDocuments;
  readonly #name: string;
  #etag: string | undefined;

  constructor(documents: StateDocuments, request: BackfillRequest) {
    this.#documents = documents;
    this.#name = backfillDocument(request);
  }

  /** What an earlier run left unfinished. A malformed document is replaced by a new one. */
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

  /** Done: the same request starts over. */
  async remove(): Promise<void> {
    if (this.#etag === undefined) return;
    await this.#write(undefined);
  }

  /** Over what this process wrote last, or loaded; undefined: nothing is to be there. */
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
