/** What a notifier is made of, and what its parts share. */
import type { Manner } from '../../../alerts/groups/due.ts';
import type { Message } from '../../../alerts/message.ts';
import type { DeadLetterStore } from '../../../delivery/dead-letters.ts';
import type { Messenger } from '../../../destinations/messenger.ts';
import type { Clock } from '../../../shared/clock.ts';
import type { Logger } from '../../../shared/logger.ts';
import type { Metrics } from '../../../shared/metrics.ts';
import type { AlertDocuments } from '../documents.ts';
import type { AlertJoiner } from '../joiner.ts';
import type { OperationalMessages } from '../operational.ts';
import type { Troubled } from '../troubled.ts';
import type { KnownIndex } from './known-index.ts';
import type { Lease } from './lease.ts';
import type { Records } from './records.ts';

export interface NotifierDeps {
  readonly destination: string;
  readonly documents: AlertDocuments;
  readonly messenger: Messenger;
  readonly deadLetters: DeadLetterStore;
  readonly joiner: AlertJoiner;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly metrics: Metrics;
  /** What a destination for machines is sent for a message, for its dead letter. Absent: the letter has a record for people. */
  readonly payloadOf?: (message: Message) => string | undefined;
}

export interface Parts extends NotifierDeps {
  readonly manner: Manner;
  readonly known: KnownIndex;
  readonly lease: Lease;
  readonly records: Records;
  readonly operational: OperationalMessages;
  readonly troubled: Troubled;
}

/** Counts a message, or a try, by its result. */
export function counted(
  { metrics, destination }: Pick<Parts, 'metrics' | 'destination'>,
  result: 'said' | 'digest' | 'failed' | 'refused',
): void {
  metrics.count('xdr_relay_messages_total', { destination, result });
}
