import { z } from 'zod';
import { DestinationRefusedError, RetryableError, RowsRefusedError } from '../errors.ts';
import type { HttpReply } from '../http.ts';
import { describe, type ReplyContext, retryable, troubleIn } from '../reply.ts';

const hecReply = z.object({
  code: z.number().int().optional(),
  ackId: z.number().int().min(0).optional(),
  'invalid-event-number': z.number().int().min(0).optional(),
});

/** HEC accepted the batch; `ackId` where the token has indexer acknowledgement on. */
export interface HecAccepted {
  readonly ackId: number | undefined;
}

/** Status codes in HEC's reply body (Splunk, "Troubleshoot HTTP Event Collector", possible error codes). */
const ACCEPTED = 0;
const INCORRECT_INDEX = 7;
const ABOUT_ROWS: ReadonlySet<number> = new Set([5, 6, 12, 13, 15]);
/** Token disabled, required, invalid; data channel missing, invalid; ACK disabled; query-string authorization. */
const ABOUT_US: ReadonlySet<number> = new Set([1, 2, 3, 4, INCORRECT_INDEX, 10, 11, 14, 16, 21, 22]);
/** Internal error, busy, unhealthy, shutting down, queue at capacity. */
const PASSING: ReadonlySet<number> = new Set([8, 9, 18, 19, 20, 23, 24, 25, 26]);

/**
 * What a reply to a batch of `size` events means: acceptance, or one of the three troubles, thrown.
 *
 * Only `code: 0` is acceptance: a 200 from something that does not speak HEC is not.
 */
export function acceptance(reply: HttpReply, size: number, context: ReplyContext): HecAccepted {
  const said = parseReply(reply.body);
  const code = said?.code;
  const wellMeant = reply.status >= 200 && reply.status < 300;
  if (wellMeant && code === ACCEPTED) return { ackId: said?.ackId };
  if (code !== undefined && ABOUT_US.has(code)) {
    const name = code === INCORRECT_INDEX ? 'incorrect_index' : `hec_${code}`;
    throw new DestinationRefusedError(name, describe(reply, context));
  }
  if (code !== undefined && ABOUT_ROWS.has(code) && reply.status < 500) {
    throw new RowsRefusedError(`hec_${code}`, describe(reply, context), {
      rows: rowsNamed(said?.['invalid-event-number'], size),
    });
  }
  if (code !== undefined && PASSING.has(code)) throw retryable('busy', reply, context);
  throw troubleIn(reply, context) ?? new RetryableError('bad_reply', `${describe(reply, context)} (not HEC)`);
}

/** HEC counts a batch's events from 0. A number outside the batch is not believed, and the row is found by bisecting. */
function rowsNamed(number: number | undefined, size: number): readonly number[] | undefined {
  if (size === 1) return [0];
  return number === undefined || number >= size ? undefined : [number];
}

function parseReply(body: string): z.infer<typeof hecReply> | undefined {
  try {
    return hecReply.safeParse(JSON.parse(body)).data;
  } catch {
    return undefined;
  }
}
