/** Indexer acknowledgement: HEC has taken a batch, and the indexers say later that they have it. */
import { z } from 'zod';
import type { Clock } from '../../shared/clock.ts';
import { codeOf } from '../../shared/errors.ts';
import { RetryableError, RowsRefusedError } from '../errors.ts';
import type { HttpClient, HttpReply, HttpRequest } from '../http.ts';
import { parsedJson, type ReplyContext } from '../reply.ts';
import { acceptance, INVALID_CHANNEL } from './reply.ts';

const ackReply = z.object({ acks: z.record(z.string(), z.boolean()) });

/** Milliseconds between questions: short at first, doubling. */
const FIRST_PAUSE_MS = 250;
const LONGEST_PAUSE_MS = 5_000;

/** What is asked, of whom, and for how long. */
export interface AcknowledgementQuestion {
  readonly http: HttpClient;
  readonly request: HttpRequest;
  readonly ackId: number;
  /** Milliseconds until the batch counts as not acknowledged. */
  readonly timeoutMs: number;
  readonly clock: Clock;
  readonly context: () => ReplyContext;
}

/**
 * Asks until the indexers have acknowledged (Splunk, "About HTTP Event Collector Indexer Acknowledgment").
 *
 * Throws a {@link RetryableError} `not_acknowledged` after `timeoutMs`: the batch is sent again. Passing troubles while
 * asking are sat out until then; refusals of the destination are thrown.
 */
export async function acknowledged(
  { http, request, ackId, timeoutMs, clock, context }: AcknowledgementQuestion,
  signal: AbortSignal,
): Promise<void> {
  const deadline = clock.monotonic() + timeoutMs;
  let pause = FIRST_PAUSE_MS;
  for (;;) {
    await clock.sleep(Math.min(pause, Math.max(0, deadline - clock.monotonic())), signal);
    pause = Math.min(pause * 2, LONGEST_PAUSE_MS);
    try {
      const reply = await http.send(request, signal);
      const acks = parseAcks(reply);
      if (acks === undefined) acceptance(reply, 1, context());
      else if (Object.hasOwn(acks, String(ackId)) && acks[String(ackId)] === true) return;
    } catch (error) {
      if (!isPassing(error)) throw error;
      if (error instanceof RetryableError) pause = Math.max(pause, error.retryAfterMs ?? 0);
    }
    if (clock.monotonic() >= deadline) {
      throw new RetryableError(
        'not_acknowledged',
        `${context().who} took the batch but did not acknowledge it within ${timeoutMs} ms`,
      );
    }
  }
}

/**
 * The question may have reached an indexer that does not know the channel, and no answer to a question is about rows: HEC has
 * taken those already.
 */
function isPassing(error: unknown): boolean {
  if (error instanceof RetryableError || error instanceof RowsRefusedError) return true;
  return codeOf(error) === INVALID_CHANNEL;
}

function parseAcks(reply: HttpReply): Readonly<Record<string, boolean>> | undefined {
  if (reply.status !== 200) return undefined;
  return ackReply.safeParse(parsedJson(reply.body)).data?.acks;
}
