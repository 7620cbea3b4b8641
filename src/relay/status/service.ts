/** Lists the destinations and tables that are out of service, and puts them back into service. */
import type { StateDocuments } from '../../checkpoints/documents.ts';
import { type BreakerRecord, breakerDocument, breakerRecordSchema } from '../../delivery/breaker.ts';
import { HOLDS_FOLDER, holdsDocument, type TableHold, tableHoldsSchema } from '../../delivery/table-holds.ts';

const BREAKERS = 'breakers/';

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
}

/**
 * Closes a destination's breaker and releases its held tables. Running consumers notice it at their next refresh, within 10 seconds. Throws
 * CheckpointError.
 */
export async function resetDestination(documents: StateDocuments, destination: string): Promise<Reset> {
  return {
    breaker: await removed(documents, breakerDocument(destination)),
    holds: await removed(documents, holdsDocument(destination)),
  };
}

/** Removes a document, and returns whether it existed. Removes it without an ETag condition, so that a consumer that writes at the same time cannot keep it. */
async function removed(documents: StateDocuments, name: string): Promise<boolean> {
  const stored = await documents.get(name);
  if (stored) await documents.remove(name);
  return stored !== undefined;
}
