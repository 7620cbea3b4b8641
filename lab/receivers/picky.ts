/** A receiver on loopback that refuses the rows it was told to. */
import { setTimeout as delay } from 'node:timers/promises';
import { type ReceiverReply, startReceiver } from './server.ts';

/** What a row carries so that a receiver knows it whatever the request's format is: `"Mark":"<text>"`. */
const MARK = /"Mark":"([\w-]+)"/g;

/** A request with rows in it, as the receiver saw it. */
export interface PickyRequest {
  /** `performance.now()`, milliseconds. */
  readonly at: number;
  readonly marks: readonly string[];
  readonly isTaken: boolean;
}

export interface PickyReceiver {
  readonly origin: string;
  /** In the order they came. */
  readonly requests: readonly PickyRequest[];
  /** When each row was taken first, by its mark. `performance.now()`, milliseconds. */
  readonly taken: ReadonlyMap<string, number>;
  close(): Promise<void>;
}

/** What the receiver does to a request instead of taking it: an answer, a reset connection, or no answer at all. */
export type Refusal = ReceiverReply | 'reset' | 'silence';

/** Longer than any client of a test waits. Milliseconds. */
const SILENCE_MS = 120_000;

/**
 * An HTTP server on loopback that takes every request with 2xx, but for those with a row it does not want.
 *
 * @param refuses Undefined: the request is taken. `body` is the decompressed text.
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
    // What Splunk's HEC says; a webhook's sender looks at the status only.
    () => ({ status: 200, body: '{"text":"Success","code":0}' }),
  );
  return { origin: receiver.origin, requests, taken, close: () => receiver.close() };
}
