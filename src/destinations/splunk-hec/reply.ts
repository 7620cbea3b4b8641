/** What HEC's replies mean. */

import { z } from 'zod';
import type { CodeOf, ErrorCode } from '../../shared/error-codes.ts';
import { DestinationRefusedError, RetryableError, RowsRefusedError } from '../errors.ts';
import type { HttpReply } from '../http.ts';
import { describe, excerpt, parsedJson, type ReplyContext, retryable, troubleIn } from '../reply.ts';
import type { HecProfile } from './profiles.ts';

const hecReply = z.lazy(() =>
  z.object({
    code: z.number().int().optional(),
    text: z.string().optional(),
    ackId: z.number().int().min(0).optional(),
    'invalid-event-number': z.number().int().min(0).optional(),
  }),
);

const jsonObject = z.record(z.string(), z.unknown());

/** HEC accepted the batch. */
export interface HecAccepted {
  /** Where the token has indexer acknowledgement on. */
  readonly ackId: number | undefined;
  /** HEC took it, and said that its queues are nearly full. */
  readonly isNearCapacity: boolean;
}

/** Status codes in HEC's reply body (Splunk, "Troubleshoot HTTP Event Collector", possible error codes). */
const ACCEPTED = 0;
/** HEC knows no such channel: it is malformed, or was given to another indexer. */
export const INVALID_CHANNEL = 'hec_11' satisfies ErrorCode;
/** No data, invalid format, event missing, event blank, indexed fields. */
const ABOUT_ROWS: ReadonlyMap<number, CodeOf<'destinations'>> = new Map([
  [5, 'hec_5'],
  [6, 'hec_6'],
  [12, 'hec_12'],
  [13, 'hec_13'],
  [15, 'hec_15'],
]);
/** Token disabled, required, invalid; data channel missing, invalid; ACK disabled; query-string authorization. */
const ABOUT_US: ReadonlyMap<number, CodeOf<'destinations'>> = new Map([
  [1, 'hec_1'],
  [2, 'hec_2'],
  [3, 'hec_3'],
  [4, 'hec_4'],
  [7, 'incorrect_index'],
  [10, 'hec_10'],
  [11, INVALID_CHANNEL],
  [14, 'hec_14'],
  [16, 'hec_16'],
  [21, 'hec_21'],
  [22, 'hec_22'],
  // Not in the table: Splunk Cloud Platform was seen to give it for a missing channel.
  [28, 'hec_10'],
]);
/** The queue, or the acknowledgements, approach their limit. With status 200 the batch was taken. */
const NEAR_CAPACITY: ReadonlySet<number> = new Set([24, 25]);
/** Internal error, busy, unhealthy (18 to 20), shutting down, queue at capacity, acknowledgements at capacity. */
const PASSING: ReadonlySet<number> = new Set([8, 9, 18, 19, 20, 23, ...NEAR_CAPACITY, 26, 27]);

/**
 * What a reply to a batch of `size` events means: acceptance, or one of the three troubles, thrown.
 *
 * Acceptance is code 0, 24 or 25 with 2xx: a 200 from something that does not speak HEC is none, unless the profile believes the status. Rows are refused only by a
 * reply that speaks HEC, since a proxy's HTML 400 or 403 says nothing about them; but 413, which Splunk answers in HTML itself.
 */
export function acceptance(
  reply: HttpReply,
  size: number,
  context: ReplyContext,
  { believes }: Pick<HecProfile, 'believes'> = { believes: 'codes' },
): HecAccepted {
  const body = parsedJson(reply.body);
  const said = hecReply.safeParse(body).data;
  const code = said?.code;
  const isSuccess = reply.status >= 200 && reply.status < 300;
  if (isSuccess && code !== undefined && (code === ACCEPTED || NEAR_CAPACITY.has(code))) {
    return { ackId: said?.ackId, isNearCapacity: code !== ACCEPTED };
  }
  if (isSuccess && code === undefined && believes === 'status' && jsonObject.safeParse(body).success) {
    return { ackId: undefined, isNearCapacity: false };
  }
  const told = describeHec(reply, said, context);
  const aboutUs = code === undefined ? undefined : ABOUT_US.get(code);
  if (aboutUs !== undefined) throw new DestinationRefusedError(aboutUs, told);
  const aboutRows = code === undefined ? undefined : ABOUT_ROWS.get(code);
  if (said?.text !== undefined && aboutRows !== undefined && reply.status < 500) {
    throw new RowsRefusedError(aboutRows, told, {
      rows: rowsNamed(said['invalid-event-number'], size),
    });
  }
  if (code !== undefined && PASSING.has(code)) {
    const { retryAfterMs } = retryable('busy', reply, context);
    throw new RetryableError('busy', told, { retryAfterMs });
  }
  const trouble = troubleIn(reply, context);
  if (trouble === undefined) throw new RetryableError('bad_reply', `${describe(reply, context)} (not HEC)`);
  if (trouble instanceof RowsRefusedError && reply.status !== 413 && believes === 'codes') {
    throw new DestinationRefusedError('refused', `${trouble.message} (not HEC)`);
  }
  throw trouble;
}

/** `Splunk answered 400 with code 6: Invalid data format, event 2 of the request`; other replies as they are. */
function describeHec(
  reply: HttpReply,
  said: z.infer<typeof hecReply> | undefined,
  context: ReplyContext,
): string {
  if (said?.code === undefined || said.text === undefined) return describe(reply, context);
  const row = said['invalid-event-number'];
  const text = excerpt(said.text, context.secrets);
  return `${context.who} answered ${reply.status} with code ${said.code}: ${text}${
    row === undefined ? '' : `, event ${row + 1} of the request`
  }`;
}

/** The id that a reply gives, whatever else it says. */
export function ackIdIn({ body }: HttpReply): number | undefined {
  return hecReply.safeParse(parsedJson(body)).data?.ackId;
}

/** HEC counts a batch's events from 0. A number outside the batch is not believed, and the row is found by bisecting. */
function rowsNamed(number: number | undefined, size: number): readonly number[] | undefined {
  if (size === 1) return [0];
  return number === undefined || number >= size ? undefined : [number];
}
