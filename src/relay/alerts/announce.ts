/** Tells a destination for people something about the relay itself. */
import type { OperationalMessage } from '../../alerts/message.ts';
import type { StateDocuments } from '../../checkpoints/documents.ts';
import type { Clock } from '../../shared/clock.ts';
import type { Logger } from '../../shared/logger.ts';
import { AlertDocuments } from './documents.ts';
import { NO_INDEX, withEntry } from './index-document.ts';
import { OPERATIONAL } from './names.ts';
import { OperationalMessages } from './operational.ts';

export interface AnnounceDeps {
  readonly documents: StateDocuments;
  readonly clock: Clock;
  readonly logger: Logger;
}

/**
 * Stores a message for a destination; a notifier says it within ten seconds, before all alerts, and never in a group. A message that is
 * stored already, by its id and phase, is not stored again until the other phase was. Resolves when it is durable. Throws CheckpointError.
 */
export async function announce(
  deps: AnnounceDeps,
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
