/** What HEC's replies mean. */
import { z } from 'zod';
import { DestinationRefusedError, RetryableError, RowsRefusedError } from '../errors.ts';
import type { HttpReply } from '../http.ts';
import { describe, parsedJson, type ReplyContext, retryable, troubleIn } from '../reply.ts';

const hecReply = z.object({
  code: z.number().int().optional(),
  text: z.string().optional(),
  ackId: z.number().int().min(0).optional(),
  'invalid-event-number': z.number().int().min(0).optional(),
});

/** HEC accepted the batch. */
export interface HecAccepted {
  /** Where the token has indexer acknowledgement on. */
  readonly ackId: number | undefined;
  /** HEC took it, and said that its queues are nearly full. */
  readonly isNearCapacity: boolean;
}

/** Status codes in HEC's reply body (Splunk, "Troubleshoot HTTP Event Collector", possible error codes). */
const ACCEPTED = 0;
const INCORRECT_INDEX = 7;
/** HEC knows no such channel: it is malformed, or was given to another indexer. */
export const INVALID_CHANNEL = 'hec_11';
/** No data, invalid format, event missing, event blank, indexed fields. */
const ABOUT_ROWS: ReadonlySet<number> = new Set([5, 6, 12, 13, 15]);
/** Token disabled, required, invalid; data channel missing, invalid; ACK disabled; query-string authorization. */
const ABOUT_US: ReadonlySet<number> = new Set([1, 2, 3, 4, INCORRECT_INDEX, 10, 11, 14, 16, 21, 22]);
/** The queue, or the acknowledgements, approach their limit. With status 200 the batch was taken. */
const NEAR_CAPACITY: ReadonlySet<number> = new Set([24, 25]);
/** Internal error, busy, unhealthy (18 to 20), shutting down, queue at capacity, acknowledgements at capacity. */
const PASSING: ReadonlySet<number> = new Set([8, 9, 18, 19, 20, 23, ...NEAR_CAPACITY, 26, 27]);

/**
 * What a reply to a batch of `size` events means: acceptance, or one of the three troubles, thrown.
 *
 * Acceptance is code 0, 24 or 25 with 2xx: a 200 from something that does not speak HEC is none. Rows are refused only by a
 * reply that speaks HEC, since a proxy's HTML 400 or 403 says nothing about them; but 413, which Splunk answers in HTML itself.
 */
export function acceptance(reply: HttpReply, size: number, context: ReplyContext): HecAccepted {
  const said = hecReply.safeParse(parsedJson(reply.body)).data;
  const code = said?.code;
  const isSuccess = reply.status >= 200 && reply.status < 300;
  if (isSuccess && code !== undefined && (code === ACCEPTED || NEAR_CAPACITY.has(code))) {
    return { ackId: said?.ackId, isNearCapacity: code !== ACCEPTED };
  }
  if (code !== undefined && ABOUT_US.has(code)) {
    const name = code === INCORRECT_INDEX ? 'incorrect_index' : `hec_${code}`;
    throw new DestinationRefusedError(name, describe(reply, context));
  }
  if (said?.text !== undefined && code !== undefined && ABOUT_ROWS.has(code) && reply.status < 500) {
    throw new RowsRefusedError(`hec_${code}`, describe(reply, context), {
      rows: rowsNamed(said['invalid-event-number'], size),
    });
  }
  if (code !== undefined && PASSING.has(code)) throw retryable('busy', reply, context);
  const trouble = troubleIn(reply, context);
  if (trouble === undefined) throw new RetryableError('bad_reply', `${describe(reply, context)} (not HEC)`);
  if (trouble instanceof RowsRefusedError && reply.status !== 413) {
    throw new DestinationRefusedError('refused', `${trouble.message} (not HEC)`);
  }
  throw trouble;
}

/** HEC counts a batch's events from 0. A number outside the batch is not believed, and the row is found by bisecting. */
function rowsNamed(number: number | undefined, size: number): readonly number[] | undefined {
  if (size === 1) return [0];
  return number === undefined || number >= size ? undefined : [number];
}
