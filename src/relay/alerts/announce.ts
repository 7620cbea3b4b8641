/** Tells a destination for people something about the relay itself. */
import type { OperationalMessage } from '../../alerts/message.ts';
import { AlertDocuments, type DocumentDeps } from './documents.ts';
import { NO_INDEX, withEntry } from './index-document.ts';
import { OPERATIONAL } from './names.ts';
import { OperationalMessages } from './operational.ts';

/**
 * Stores a message for a destination; a notifier says it within ten seconds, before all alerts, and never in a group. A message that is
 * stored already, by its id and phase, is not stored again until the other phase was. Resolves when it is durable. Throws CheckpointError.
 */
export async function announce(
  deps: DocumentDeps,
  destination: string,
  message: OperationalMessage,
): Promise<void> {
  const documents = new AlertDocuments(destination, deps);
  const entry = await new OperationalMessages(documents, deps.clock).add(message);
  if (entry === undefined) return;
  await documents.changeIndex((index = NO_INDEX) => {
    const next = withEntry(index, OPERATIONAL, entry);
    return next === index ? { keep: undefined } : { write: next, result: undefined };
  });
}
