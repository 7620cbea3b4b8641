/** Records how the last pull of each list feed went, for status, doctor and the metrics of a running relay. */
import { z } from 'zod';
import type { StateDocuments } from '../../checkpoints/documents.ts';
import { sharedDocument, updateDocument } from '../../checkpoints/update-document.ts';

const recordSchema = z.object({
  /** When the feed was pulled last, ms since the epoch. */
  at: z.number(),
  /** How many pulls have failed one after the other; 0 if the last one did not. */
  failures: z.number(),
  /** Why the last one failed. */
  message: z.string().exactOptional(),
});
export type FeedRecord = z.infer<typeof recordSchema>;

const documentSchema = z.record(z.string(), recordSchema);

const DOCUMENT = 'list-feeds';
const TRIES = { tries: 4 };

/** How one pull of a feed went. */
export interface PullOutcome {
  readonly list: string;
  /** Undefined if it did not fail. */
  readonly failure: string | undefined;
}

/** Records pulls. Records of feeds that are not configured any more are dropped. Throws CheckpointError. */
export async function recordPulls(
  documents: StateDocuments,
  outcomes: readonly PullOutcome[],
  { configured, now }: { readonly configured: readonly string[]; readonly now: number },
): Promise<void> {
  await documents.ensure();
  const outcome = await updateDocument<Readonly<Record<string, FeedRecord>>, undefined>(
    document(documents),
    (stored) => {
      const kept = Object.entries(stored ?? {}).filter(([list]) => configured.includes(list));
      const records = new Map(kept);
      for (const { list, failure } of outcomes) {
        const failures = failure === undefined ? 0 : (records.get(list)?.failures ?? 0) + 1;
        records.set(list, {
          at: now,
          failures,
          ...(failure !== undefined && { message: failure.slice(0, 500) }),
        });
      }
      return { write: Object.fromEntries(records), result: undefined };
    },
    TRIES,
  );
  if (outcome.kind === 'busy') throw outcome.conflict;
}

/** The records by list; empty if nothing was pulled yet. Throws CheckpointError. */
export async function feedRecords(
  documents: StateDocuments,
  signal?: AbortSignal,
): Promise<ReadonlyMap<string, FeedRecord>> {
  const stored = await documents.get(DOCUMENT, signal);
  return new Map(Object.entries(documentSchema.safeParse(stored?.value).data ?? {}));
}

function document(documents: StateDocuments) {
  return sharedDocument(documents, DOCUMENT, (value) => documentSchema.safeParse(value).data);
}
