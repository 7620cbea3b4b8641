/** A table whose rows one destination always refuses is held for that destination alone, while its other tables flow. */

import { z } from 'zod';
import type { StoredDocument } from '../checkpoints/documents.ts';
import { type SharedDocument, updateDocument } from '../checkpoints/update-document.ts';
import { loggedError } from '../shared/errors.ts';
import type { BreakerDeps, Failure } from './breaker.ts';
import { pauseMs } from './pauses.ts';
import { LOOK_MS, probeEnd, refusalRecordSchema, waitsUntil } from './refusal-record.ts';

/** Characters of a table's name: a row may give any. */
const MOST_CHARACTERS = 200;

/** `failures` are probes. */
const holdSchema = refusalRecordSchema.extend({ message: z.string().max(2_000) });

/** What is stored of one destination's holds, as the document `holds/<destination>`: by table, in lower case. */
export const tableHoldsSchema = z.object({ tables: z.record(z.string().max(MOST_CHARACTERS), holdSchema) });

export type TableHold = z.infer<typeof holdSchema>;

/** The folder of the documents with all destinations' holds. */
export const HOLDS_FOLDER = 'holds/';

export const holdsDocument = (destination: string): string => `${HOLDS_FOLDER}${destination}`;

/** What lanes and visits ask of the holds of one destination. Tables are named as in the category, in any case. */
export interface TableHolds {
  /** ms since the epoch before which no row of the table is sent; undefined: the table is not held. Asks nobody. */
  heldUntil(table: string): number | undefined;
  /** Whether the table is held, a probe that is under way included. */
  isHeld(table: string): boolean;
  /**
   * Asks to send rows of the table: undefined is yes; a moment (ms since the epoch) is not before then. When the time of a hold is
   * over, one of all consumers is let in to probe.
   */
  admit(table: string): Promise<number | undefined>;
  /** The destination accepted a row of the table: a hold ends. */
  accepted(table: string): Promise<void>;
  /** The destination accepts rows of other tables and none of this one. Resolves with the end of the hold, ms since the epoch. */
  failed(table: string, failure: Failure): Promise<number>;
  /** Whether any table is held, as far as this process knows. */
  readonly isOpen: boolean;
  /** Loads what other consumers have recorded. */
  refresh(): Promise<void>;
}

/** Pauses between probes. Milliseconds. */
const FIRST_MS = 30_000;
const LONGEST_MS = 5 * 60_000;
/** Tables beyond this are not held, because a document's size is limited. */
const MOST_TABLES = 500;
const TRIES = 5;

type Tables = Readonly<Record<string, TableHold>>;

/** Names come from rows: two that begin with the same 200 characters are one table here. */
function keyOf(table: string): string {
  return table.toLowerCase().slice(0, MOST_CHARACTERS);
}

/** A table may be called `constructor`. */
function holdOf(tables: Tables, key: string): TableHold | undefined {
  return Object.hasOwn(tables, key) ? tables[key] : undefined;
}

/**
 * Shared through a document, which exists only while a table is held. If it cannot be reached, each process uses what it
 * knows itself.
 */
export function createTableHolds(
  destination: string,
  { documents, clock, logger, metrics }: BreakerDeps,
): TableHolds {
  const name = holdsDocument(destination);
  let tables: Tables = {};
  let etag: string | undefined;

  function set(next: Tables): void {
    for (const table of Object.keys(tables)) if (!holdOf(next, table)) gauge(table, 0);
    for (const table of Object.keys(next)) gauge(table, 1);
    tables = next;
  }

  function gauge(table: string, value: number): void {
    metrics.gauge('xdr_relay_table_held', value, { destination, table });
  }

  /** What is shared only spares the destination: trouble with it must not keep rows from being delivered. */
  async function quietly(work: () => Promise<void>): Promise<boolean> {
    try {
      await work();
      return true;
    } catch (error) {
      logger.warn("A destination's held tables could not be shared", {
        destination,
        ...loggedError(error),
      });
      return false;
    }
  }

  /** The holds in the document; while no table is held there is none. */
  const document: SharedDocument<Tables> = {
    async load() {
      etag = undefined;
      const stored = await documents.get(name);
      etag = stored?.etag;
      set(tableHoldsSchema.safeParse(stored?.value).data?.tables ?? {});
      return { value: tables, etag };
    },
    async save(next, known) {
      if (Object.keys(next).length > 0) return documents.put(name, { tables: next }, known);
      await documents.remove(name, known);
      return undefined;
    },
  };

  async function refresh(): Promise<void> {
    let stored: StoredDocument | undefined;
    const isRead = await quietly(async () => {
      stored = await documents.get(name);
    });
    // The document existed and is gone: another consumer ended the holds.
    if (!isRead || (!stored && etag === undefined)) return;
    etag = stored?.etag;
    set(tableHoldsSchema.safeParse(stored?.value).data?.tables ?? {});
    // Written, or each look would believe the same moment a little longer.
    await update((held) => shortened(held));
  }

  /** A wait ends when it was meant to, also where another clock has set its end, or ours has been set back. Undefined: none is too long. */
  function shortened(held: Tables): Tables | undefined {
    const now = clock.now();
    const longest = ({ pause }: TableHold) => Math.min(LONGEST_MS, pause);
    const far = Object.entries(held).filter(([, hold]) => hold.openUntil > now + longest(hold));
    if (far.length === 0) return undefined;
    const near = far.map(([table, hold]) => [table, { ...hold, openUntil: now + longest(hold) }] as const);
    return { ...held, ...Object.fromEntries(near) };
  }

  /** The hold of a table, for a look that asks nobody. */
  function currentHold(table: string): TableHold | undefined {
    tables = shortened(tables) ?? tables;
    return holdOf(tables, keyOf(table));
  }

  /** Changes the shared holds. False where others wrote meanwhile each time, or the change said that there is nothing to do. */
  async function update(change: (current: Tables) => Tables | undefined): Promise<boolean> {
    let isDone = false;
    const isShared = await quietly(async () => {
      const outcome = await updateDocument<Tables, undefined>(
        document,
        (current = {}) => {
          const next = change(current);
          return next ? { write: next, result: undefined } : { keep: undefined };
        },
        { tries: TRIES },
        { value: tables, etag },
      );
      if (outcome.kind !== 'written') return;
      etag = outcome.version.etag;
      set(outcome.version.value ?? {});
      isDone = true;
    });
    if (isShared) return isDone;
    // Alone with what it knows: the change is made here only.
    const next = change(tables);
    if (next) set(next);
    return next !== undefined;
  }

  return {
    heldUntil(table) {
      const hold = currentHold(table);
      return hold && waitsUntil(hold, clock.now());
    },
    get isOpen() {
      return Object.keys(tables).length > 0;
    },
    isHeld: (table) => holdOf(tables, keyOf(table)) !== undefined,
    refresh,

    async admit(table) {
      const key = keyOf(table);
      const hold = currentHold(table);
      if (!hold) return undefined;
      const asked = waitsUntil(hold, clock.now());
      if (clock.now() < asked) return asked;
      await refresh();
      const now = clock.now();
      const current = holdOf(tables, key);
      if (!current) return undefined;
      if (now < waitsUntil(current, now)) return waitsUntil(current, now);
      const isTaken = await update((held) => {
        const one = holdOf(held, key);
        if (!one || now < waitsUntil(one, now)) return undefined;
        return { ...held, [key]: { ...one, probedUntil: probeEnd(now) } };
      });
      const known = holdOf(tables, key);
      if (isTaken || !known) return undefined;
      return Math.max(waitsUntil(known, now), now + LOOK_MS);
    },

    async accepted(table) {
      const key = keyOf(table);
      if (!holdOf(tables, key)) return;
      await update((held) => {
        const { [key]: ended, ...others } = held;
        return ended && others;
      });
      logger.info('A table is accepted again', { destination, table });
    },

    async failed(table, { code, message, retryAfterMs = 0 }) {
      const key = keyOf(table);
      const now = clock.now();
      const known = holdOf(tables, key);
      const pauseAfter = (failures: number) =>
        Math.max(pauseMs(failures, FIRST_MS, LONGEST_MS), Math.min(retryAfterMs, LONGEST_MS));
      await update((held) => {
        const one = holdOf(held, key);
        if (!one && Object.keys(held).length >= MOST_TABLES) return undefined;
        const failures = (one?.failures ?? 0) + 1;
        const hold = {
          failures,
          openUntil: now + pauseAfter(failures),
          pause: pauseAfter(failures),
          probedUntil: 0,
          since: one?.since ?? now,
          code,
          message: message.slice(0, 2_000),
        };
        return { ...held, [key]: hold };
      });
      if (!known) {
        metrics.count('xdr_relay_tables_held_total', { destination, table });
        logger.error('A table is held: its destination refuses every row of it, and accepts others', {
          destination,
          table,
          code,
          error: message,
        });
      }
      return holdOf(tables, key)?.openUntil ?? now + pauseAfter(1);
    },
  };
}
