/** Holds tables whose rows a destination always refuses: for that destination only, while its other tables are delivered. */

import { z } from 'zod';
import type { StoredDocument } from '../checkpoints/documents.ts';
import { type SharedDocument, updateDocument } from '../checkpoints/update-document.ts';
import { loggedError } from '../shared/errors.ts';
import type { BreakerDeps, Failure } from './breaker.ts';
import { pauseMs } from './pauses.ts';
import { LOOK_MS, probeEnd, refusalRecordSchema, waitsUntil } from './refusal-record.ts';

/** How many characters of a table's name are used, because rows may contain names of any length. */
const MOST_CHARACTERS = 200;

/** The record of a held table; `failures` counts failed probes. */
const holdSchema = refusalRecordSchema.extend({ message: z.string().max(2_000) });

/** The document `holds/<destination>` with the held tables of one destination, by their names in lower case. */
export const tableHoldsSchema = z.object({ tables: z.record(z.string().max(MOST_CHARACTERS), holdSchema) });

export type TableHold = z.infer<typeof holdSchema>;

/** The folder of these documents. */
export const HOLDS_FOLDER = 'holds/';

export const holdsDocument = (destination: string): string => `${HOLDS_FOLDER}${destination}`;

/** The held tables of one destination, as lanes and visits use them. Tables are named as in the category, in any letter case. */
export interface TableHolds {
  /** The time before which no row of the table is sent, ms since the epoch; undefined if the table is not held. Does not load the document. */
  heldUntil(table: string): number | undefined;
  /** Whether the table is held, also during a probe. */
  isHeld(table: string): boolean;
  /**
   * Asks for permission to send rows of the table. Returns undefined for yes, or the time (ms since the epoch) before which no row may be
   * sent. When the pause of a held table is over, one consumer gets permission to probe.
   */
  admit(table: string): Promise<number | undefined>;
  /** Records that the destination accepted a row of the table, which ends the hold. */
  accepted(table: string): Promise<void>;
  /** Records that the destination accepts rows of other tables but none of this one. Resolves with the end of the hold, ms since the epoch. */
  failed(table: string, failure: Failure): Promise<number>;
  /** Whether any table is held, as far as this process knows. */
  readonly isOpen: boolean;
  /** The tables that are held, as far as this process knows, in lower case. */
  readonly tables: readonly string[];
  /** Loads what other consumers stored. */
  refresh(): Promise<void>;
}

/** Pauses between probes. Milliseconds. */
const FIRST_MS = 30_000;
const LONGEST_MS = 5 * 60_000;
/** How many tables are held at most, because the size of a document is limited. */
const MOST_TABLES = 500;
const TRIES = 5;

type Tables = Readonly<Record<string, TableHold>>;

/** The key of a table. Names come from rows; two names that begin with the same 200 characters count as one table. */
function keyOf(table: string): string {
  return table.toLowerCase().slice(0, MOST_CHARACTERS);
}

/** The hold of a table. It reads only own keys, because a row may call its table `constructor`. */
function holdOf(tables: Tables, key: string): TableHold | undefined {
  return Object.hasOwn(tables, key) ? tables[key] : undefined;
}

/**
 * The holds are shared through a document, which exists only while a table is held. If the document cannot be reached, each process uses
 * its own knowledge.
 */
export function createTableHolds(
  destination: string,
  { documents, clock, logger, metrics }: BreakerDeps,
): TableHolds {
  const name = holdsDocument(destination);
  let tables: Tables = {};
  let etag: string | undefined;

  /** Ignores errors of the shared document: it only protects the destination from requests, so its failure must not stop delivery. */
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

  /** The document with the holds. It does not exist while no table is held. */
  const document: SharedDocument<Tables> = {
    async load() {
      etag = undefined;
      const stored = await documents.get(name);
      etag = stored?.etag;
      tables = tableHoldsSchema.safeParse(stored?.value).data?.tables ?? {};
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
    // Without a document, what this process knows stays, unless it had stored or loaded one before: then another consumer ended the holds.
    if (!isRead || (!stored && etag === undefined)) return;
    etag = stored?.etag;
    tables = tableHoldsSchema.safeParse(stored?.value).data?.tables ?? {};
    // The shortened pauses are stored, or each refresh would extend them again.
    await update((held) => shortened(held));
  }

  /**
   * Shortens pauses that are longer than they were meant to be, because a consumer with a wrong clock set their ends, or because this
   * clock was set back. Undefined if no pause is too long.
   */
  function shortened(held: Tables): Tables | undefined {
    const now = clock.now();
    const longest = ({ pause }: TableHold) => Math.min(LONGEST_MS, pause);
    const far = Object.entries(held).filter(([, hold]) => hold.openUntil > now + longest(hold));
    if (far.length === 0) return undefined;
    const near = far.map(([table, hold]) => [table, { ...hold, openUntil: now + longest(hold) }] as const);
    return { ...held, ...Object.fromEntries(near) };
  }

  /** The known hold of a table, without loading the document. */
  function currentHold(table: string): TableHold | undefined {
    tables = shortened(tables) ?? tables;
    return holdOf(tables, keyOf(table));
  }

  /** Changes the shared holds. Returns false if other consumers wrote meanwhile on each try, or if `change` returned undefined. */
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
      tables = outcome.version.value ?? {};
      isDone = true;
    });
    if (isShared) return isDone;
    // The document cannot be reached, so the change is made in this process only.
    const next = change(tables);
    if (next) tables = next;
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
    get tables() {
      return Object.keys(tables);
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
