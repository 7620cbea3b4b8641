/** What waits to be told to people, read from the state. */
import type { StateDocuments } from '../../checkpoints/documents.ts';
import { waitingIn } from './gauges.ts';
import { indexSchema, pausedUntil, refusedPlaces } from './index-document.ts';
import { ALERTS_FOLDER, indexDocument } from './names.ts';

/** A message to people that is due for so long is an alarm. Seconds. */
export const OVERDUE_SECONDS = 5 * 60;

/** The alerts for one destination for people. */
export interface WaitingAlerts {
  readonly destination: string;
  /** Alerts that people were not told of; most of them are not due. */
  readonly pending: number;
  readonly groups: number;
  /** How long the oldest message is due and not said. Seconds. */
  readonly overdueSeconds: number;
  /** Why nothing is said, if the destination takes no messages. Times in ms since the epoch. */
  readonly pause?: {
    readonly code: string;
    readonly message: string;
    readonly since: number;
    readonly failures: number;
    readonly until: number;
  };
  /** Places of the destination, such as channels, that take nothing while others do; `since` in ms since the epoch. */
  readonly refused?: readonly {
    readonly place: string;
    readonly since: number;
    readonly code: string;
    readonly message: string;
  }[];
}

/** The destinations for people into whose groups something was folded. Throws CheckpointError. */
export async function waitingAlerts(
  documents: StateDocuments,
  now: number,
  signal?: AbortSignal,
): Promise<readonly WaitingAlerts[]> {
  const found: WaitingAlerts[] = [];
  for await (const name of documents.list(ALERTS_FOLDER, signal)) {
    const destination = name.slice(ALERTS_FOLDER.length, -'/index'.length);
    if (name !== indexDocument(destination)) continue;
    const index = indexSchema.safeParse((await documents.get(name, signal))?.value).data;
    if (index === undefined) continue;
    const { pause } = index;
    const until = pausedUntil(index, now);
    const refused = [...refusedPlaces(index, now)].map(([place, { since, code, message }]) => ({
      place,
      since,
      code,
      message,
    }));
    found.push({
      destination,
      ...waitingIn(index, now),
      ...(refused.length > 0 && { refused }),
      ...(pause !== undefined && {
        pause: {
          code: pause.code,
          message: pause.message,
          since: pause.since,
          failures: pause.failures,
          until: until ?? now,
        },
      }),
    });
  }
  return found;
}
