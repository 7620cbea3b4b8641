import { z } from 'zod';
import type { Clock } from '../../shared/clock.ts';
import { RetryableError } from '../errors.ts';
import type { HttpClient, HttpReply, HttpRequest } from '../http.ts';
import type { ReplyContext } from '../reply.ts';
import { acceptance } from './retry.ts';

const ackReply = z.object({ acks: z.record(z.string(), z.boolean()) });

/** Milliseconds between questions: short at first, doubling. */
const FIRST_PAUSE_MS = 250;
const LONGEST_PAUSE_MS = 5_000;

/**
 * Asks until the indexers have acknowledged (Splunk, "About HTTP Event Collector Indexer Acknowledgment").
 *
 * Throws a {@link RetryableError} `not_acknowledged` after `timeoutMs`: the batch is sent again. Passing troubles while
 * asking are sat out until then; refusals of the destination are thrown.
 */
export async function acknowledged(
  http: HttpClient,
  request: HttpRequest,
  ackId: number,
  timeoutMs: number,
  clock: Clock,
  context: () => ReplyContext,
  signal: AbortSignal,
): Promise<void> {
  const deadline = clock.monotonic() + timeoutMs;
  let pause = FIRST_PAUSE_MS;
  for (;;) {
    await clock.sleep(pause, signal);
    pause = Math.min(pause * 2, LONGEST_PAUSE_MS);
    try {
      const reply = await http.send(request, signal);
      const acks = parseAcks(reply);
      if (acks === undefined) acceptance(reply, 1, context());
      else if (Object.hasOwn(acks, String(ackId)) && acks[String(ackId)] === true) return;
    } catch (error) {
      if (!(error instanceof RetryableError)) throw error;
    }
    if (clock.monotonic() >= deadline) {
      throw new RetryableError(
        'not_acknowledged',
        `${context().who} took the batch but did not acknowledge it within ${timeoutMs} ms`,
      );
    }
  }
}

function parseAcks(reply: HttpReply): Readonly<Record<string, boolean>> | undefined {
  if (reply.status !== 200) return undefined;
  try {
    return ackReply.safeParse(JSON.parse(reply.body)).data?.acks;
  } catch {
    return undefined;
  }
}
