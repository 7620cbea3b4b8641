/** A receiver on loopback that refuses certain rows. */
import { setTimeout as delay } from 'node:timers/promises';
import { type ReceiverReply, startReceiver } from './server.ts';

/** The mark `"Mark":"<text>"` by which the receiver recognizes a row in any format of request. */
const MARK = /"Mark":"([\w-]+)"/g;

/** A request with rows, as the receiver saw it. */
export interface PickyRequest {
  /** `performance.now()`, milliseconds. */
  readonly at: number;
  readonly marks: readonly string[];
  readonly isTaken: boolean;
}

export interface PickyReceiver {
  readonly origin: string;
  /** The requests in the order of arrival. */
  readonly requests: readonly PickyRequest[];
  /** By mark, when each row was first accepted. `performance.now()`, milliseconds. */
  readonly taken: ReadonlyMap<string, number>;
  close(): Promise<void>;
}

/** What the receiver does with a request instead of accepting it: a response, a reset connection, or no response at all. */
export type Refusal = ReceiverReply | 'reset' | 'silence';

/** Longer than any client of a test waits. Milliseconds. */
const SILENCE_MS = 120_000;

/**
 * Starts an HTTP server on loopback that accepts every request with 2xx, except those with a row that it refuses.
 *
 * @param refuses returns undefined to accept the request. `body` is the decompressed text.
 */
export async function startPickyReceiver(
  refuses: (body: string, marks: readonly string[]) => Refusal | undefined,
): Promise<PickyReceiver> {
  const requests: PickyRequest[] = [];
  const taken = new Map<string, number>();
  const counts = { requests: 0, faults: 0, refused: 0, events: 0 };
  const receiver = await startReceiver(
    {
      async fault({ body }) {
        const marks = [...body.matchAll(MARK)].map(([, mark]) => mark ?? '');
        const refusal = refuses(body, marks);
        const at = performance.now();
        requests.push({ at, marks, isTaken: refusal === undefined });
        if (refusal === 'silence') {
          await delay(SILENCE_MS, undefined, { ref: false });
          return 'reset';
        }
        if (refusal === undefined) for (const mark of marks) if (!taken.has(mark)) taken.set(mark, at);
        return refusal;
      },
    },
    counts,
    // The response of Splunk's HEC. The sender of a webhook checks only the status.
    () => ({ status: 200, body: '{"text":"Success","code":0}' }),
  );
  return { origin: receiver.origin, requests, taken, close: () => receiver.close() };
}
