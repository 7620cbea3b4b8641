/** The state of each destination, as the shared documents have it: for the command `destinations` and for the console. */
import type { StateDocuments } from '../../checkpoints/documents.ts';
import { type HeldTable, heldTables, type OutOfService, openBreakers, silentMessengers } from './service.ts';

export interface DestinationState {
  readonly name: string;
  readonly type: string;
  /** Present while it is out of service or disabled. */
  readonly breaker: Awaited<ReturnType<typeof openBreakers>>[number] | undefined;
  /** Present while a destination for people takes no messages. */
  readonly messages: OutOfService | undefined;
  /** The tables whose rows wait because it refuses all of them. */
  readonly holds: readonly HeldTable[];
}

/** One for each of `destinations`, in their order. @param now ms since the epoch. Throws CheckpointError. */
export async function destinationStates(
  documents: StateDocuments,
  destinations: Readonly<Record<string, { readonly type: string }>>,
  now: number,
  signal?: AbortSignal,
): Promise<readonly DestinationState[]> {
  const [breakers, holds, silent] = await Promise.all([
    openBreakers(documents, signal),
    heldTables(documents, signal),
    silentMessengers(documents, now, signal),
  ]);
  return Object.entries(destinations).map(([name, { type }]) => ({
    name,
    type,
    breaker: breakers.find(({ destination }) => destination === name),
    messages: silent.find(({ destination }) => destination === name),
    holds: holds.filter(({ destination }) => destination === name),
  }));
}
