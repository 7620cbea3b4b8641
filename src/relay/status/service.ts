/** Lists the destinations and tables that are out of service, and puts them back into service. */
import type { StateDocuments } from '../../checkpoints/documents.ts';
import { readAny } from '../../checkpoints/read-any.ts';
import {
  type Patience,
  replacingDamaged,
  sharedDocument,
  updateDocument,
} from '../../checkpoints/update-document.ts';
import { type BreakerRecord, breakerDocument, breakerRecordSchema } from '../../delivery/breaker.ts';
import { HOLDS_FOLDER, holdsDocument, type TableHold, tableHoldsSchema } from '../../delivery/table-holds.ts';
import type { JsonValue } from '../../shared/json.ts';
import { indexSchema, NO_INDEX } from '../alerts/index-document.ts';
import { indexDocument } from '../alerts/names.ts';
import { waitingAlerts } from '../alerts/status.ts';

const BREAKERS = 'breakers/';

/** How often a reset is tried while consumers write. */
const PATIENCE: Patience = { tries: 20 };

/** A table whose rows wait because one destination always refuses them. */
export interface HeldTable extends TableHold {
  readonly destination: string;
  readonly table: string;
}

/** The destinations out of service, by name. Documents that are not breakers are left out. */
export async function openBreakers(
  documents: StateDocuments,
  signal?: AbortSignal,
): Promise<readonly (BreakerRecord & { readonly destination: string })[]> {
  const found: (BreakerRecord & { readonly destination: string })[] = [];
  for await (const name of documents.list(BREAKERS, signal)) {
    const record = breakerRecordSchema.safeParse((await documents.get(name, signal))?.value).data;
    if (record) found.push({ destination: name.slice(BREAKERS.length), ...record });
  }
  return found;
}

/** A destination that takes nothing, since when, why, and when it is tried next. Times in ms since the epoch. */
export interface OutOfService
  extends Readonly<Pick<BreakerRecord, 'since' | 'openUntil' | 'failures' | 'message'>> {
  readonly destination: string;
  readonly code: string;
  /** Since when it is disabled, and so not tried. */
  readonly disabledAt?: number | undefined;
}

/** The destinations for people that take no messages. Their alerts are folded meanwhile, and their breakers stay closed. */
export async function silentMessengers(
  documents: StateDocuments,
  now: number,
  signal?: AbortSignal,
): Promise<readonly OutOfService[]> {
  return (await waitingAlerts(documents, now, signal)).flatMap(({ destination, pause }) => {
    if (pause === undefined) return [];
    const { until: openUntil, ...why } = pause;
    return [{ destination, openUntil, ...why }];
  });
}

/** The held tables, sorted by destination and table. */
export async function heldTables(
  documents: StateDocuments,
  signal?: AbortSignal,
): Promise<readonly HeldTable[]> {
  const found: HeldTable[] = [];
  for await (const name of documents.list(HOLDS_FOLDER, signal)) {
    const holds = tableHoldsSchema.safeParse((await documents.get(name, signal))?.value).data;
    for (const [table, hold] of Object.entries(holds?.tables ?? {})) {
      found.push({ destination: name.slice(HOLDS_FOLDER.length), table, ...hold });
    }
  }
  return found;
}

/** What a reset has removed. */
export interface Reset {
  readonly breaker: boolean;
  readonly holds: boolean;
  /** The pause of a destination for people that takes no messages. */
  readonly pause: boolean;
}

/**
 * Closes a destination's breaker, releases its held tables, and ends the pause of its messages. Running consumers notice it at their next
 * refresh, within 10 seconds. Throws CheckpointError.
 */
export async function resetDestination(documents: StateDocuments, destination: string): Promise<Reset> {
  return {
    breaker: await removed(documents, breakerDocument(destination)),
    holds: await removed(documents, holdsDocument(destination)),
    pause: await resumed(documents, destination),
  };
}

/**
 * Enables a destination that is disabled, and returns whether it was. Running consumers notice it at their next refresh, within 10
 * seconds. Throws CheckpointError.
 */
export async function enableDestination(documents: StateDocuments, destination: string): Promise<boolean> {
  const stored = await documents.get(breakerDocument(destination));
  if (breakerRecordSchema.safeParse(stored?.value).data?.disabledAt === undefined) return false;
  return removed(documents, breakerDocument(destination));
}

/** Ends the pause of a destination's messages, and returns whether there was one. */
async function resumed(documents: StateDocuments, destination: string): Promise<boolean> {
  // A damaged index has no pause: consumers make it anew.
  const document = replacingDamaged(
    sharedDocument<JsonValue>(documents, indexDocument(destination), (value) => value),
  );
  const outcome = await updateDocument<JsonValue, boolean>(
    document,
    (stored) => {
      const { pause, ...rest } = indexSchema.safeParse(stored).data ?? NO_INDEX;
      // Without what is undefined, which JSON does not have.
      return pause === undefined
        ? { keep: false }
        : { write: JSON.parse(JSON.stringify(rest)), result: true };
    },
    PATIENCE,
  );
  if (outcome.kind === 'busy') throw outcome.conflict;
  return outcome.result;
}

/** Removes a document, damaged or not, and returns whether it existed. Removes it without an ETag condition, so that a consumer that writes at the same time cannot keep it. */
async function removed(documents: StateDocuments, name: string): Promise<boolean> {
  const stored = await readAny(documents, name);
  if (stored) await documents.remove(name);
  return stored !== undefined;
}
