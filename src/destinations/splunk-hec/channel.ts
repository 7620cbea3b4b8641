/**
 * A data channel at one collector: the ids that its indexer gave for batches, and the questions whether it has them
 * (Splunk, "About HTTP Event Collector Indexer Acknowledgment").
 */
import { randomUUID } from 'node:crypto';
import { z } from 'zod';
import type { Clock } from '../../shared/clock.ts';
import { codeOf } from '../../shared/errors.ts';
import { whenAborted } from '../../shared/when-aborted.ts';
import { DestinationRefusedError, RetryableError, RowsRefusedError } from '../errors.ts';
import type { HttpReply } from '../http.ts';
import type { Handover } from '../port.ts';
import { parsedJson, type ReplyContext } from '../reply.ts';
import { acceptance, INVALID_CHANNEL } from './reply.ts';

const ackReply = z.object({ acks: z.record(z.string(), z.boolean()) });

/** Milliseconds between two questions: short at first and after an answer that acknowledges something, else growing. */
const FIRST_PAUSE_MS = 250;
const LONGEST_PAUSE_MS = 5_000;
const GROWTH = 1.5;

/** Troubles after which no collector has the batch, so that it was given no id. */
const NOT_TAKEN: ReadonlySet<string> = new Set(['unreachable', 'busy', 'throttled', 'not_acknowledged']);

export interface ChannelDeps {
  readonly clock: Clock;
  /** Asks about ids, all in one request. @param cookies lead a load balancer to the indexer that gave them. */
  readonly ask: (
    question: {
      readonly channel: string;
      readonly ids: readonly number[];
      readonly cookies: readonly string[];
    },
    signal: AbortSignal,
  ) => Promise<HttpReply>;
  readonly context: () => ReplyContext;
  /** Milliseconds until a batch counts as not acknowledged. */
  readonly timeoutMs: number;
  /** Ends all questions. */
  readonly closing: AbortSignal;
}

/** What a collector answered. */
export interface Answered {
  /** Undefined where it gave none. */
  readonly ackId: number | undefined;
  readonly cookies: readonly string[];
}

/** One channel. Batches are posted one after the other; their acknowledgements are awaited at once. */
export interface Channel {
  /** For `X-Splunk-Request-Channel`. */
  readonly id: string;
  /** What the load balancer set last. */
  readonly cookies: readonly string[];
  /** False once it is unknown whose an id is: no batch may be posted here any more. */
  readonly isOpen: boolean;
  /** Whether the indexer gave an id twice: it restarted, or it is not always the same one. */
  readonly isMixed: boolean;
  /**
   * Posts a batch. `send` tells of each reply, also of one that refuses the batch: a collector may have taken the events before the one
   * that it refuses, and given an id for those. The result's `acknowledged` resolves when the indexer has the batch, and rejects with a {@link RetryableError}
   * `not_acknowledged` or `acknowledgement_lost`, a {@link DestinationRefusedError}, or the signal's reason.
   */
  post(
    send: (onReply: (answered: Answered) => void) => Promise<{ readonly ackId: number }>,
    signal: AbortSignal,
  ): Promise<Handover>;
}

interface Waiting {
  /** Monotonic milliseconds. */
  readonly deadline: number;
  readonly settle: (error?: unknown) => void;
}

/**
 * Ids count from 0 in each channel of each indexer, and an indexer that restarts begins anew. So an answer about an id is believed only while
 * it cannot be about another batch of this channel: ids must grow, no request may have ended without a reply (its batch may have been given
 * any id), and an answer that came while a request was on its way waits for that request's reply.
 */
export function createChannel({ clock, ask, context, timeoutMs, closing }: ChannelDeps): Channel {
  const id = randomUUID();
  const waiting = new Map<number, Waiting>();
  let cookies: readonly string[] = [];
  let posting: Promise<unknown> = Promise.resolve();
  let last = -1;
  let isOpen = true;
  let isMixed = false;
  let asking: AbortController | undefined;

  return {
    id,
    get cookies() {
      return cookies;
    },
    get isOpen() {
      return isOpen;
    },
    get isMixed() {
      return isMixed;
    },
    async post(send, signal) {
      const { promise, resolve } = Promise.withResolvers<void>();
      posting = promise;
      try {
        const { ackId } = await send(hear);
        return { acknowledged: isOpen ? acknowledged(ackId, signal) : lost() };
      } catch (error) {
        if (!isNotTaken(error)) lose('left a request on the same data channel without a reply');
        throw error;
      } finally {
        resolve();
      }
    },
  };

  function hear(answered: Answered): void {
    if (answered.cookies.length > 0) cookies = answered.cookies;
    if (answered.ackId === undefined) return;
    isMixed ||= answered.ackId <= last;
    if (isMixed) lose('gave an acknowledgement id twice');
    last = answered.ackId;
  }

  function acknowledged(ackId: number, signal: AbortSignal): Promise<void> {
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    // It is awaited later; until then, a failure must not count as unhandled.
    promise.catch(() => {});
    const abort = () => settle(signal.reason);
    const settle = (error?: unknown) => {
      signal.removeEventListener('abort', abort);
      waiting.delete(ackId);
      if (waiting.size === 0) asking?.abort();
      if (error === undefined) resolve();
      else reject(error);
    };
    waiting.set(ackId, { deadline: clock.monotonic() + timeoutMs, settle });
    whenAborted(signal, abort);
    if (asking === undefined && waiting.size > 0) askUntilSettled();
    return promise;
  }

  function lost(): Promise<never> {
    const rejected = Promise.reject(lossOf('gave an acknowledgement id twice'));
    rejected.catch(() => {});
    return rejected;
  }

  function lossOf(what: string): RetryableError {
    return new RetryableError(
      'acknowledgement_lost',
      `${context().who} ${what}, so it is unknown whether it has the batch`,
    );
  }

  function lose(what: string): void {
    isOpen = false;
    settleAll(lossOf(what));
  }

  function settleAll(error: unknown): void {
    for (const { settle } of [...waiting.values()]) settle(error);
  }

  function askUntilSettled(): void {
    const stop = new AbortController();
    asking = stop;
    const signal = AbortSignal.any([stop.signal, closing]);
    askRepeatedly(signal).then(
      () => {
        asking = undefined;
      },
      (error: unknown) => {
        asking = undefined;
        // Where all waits were aborted, nobody hears of it, and what was posted since begins anew.
        if (!stop.signal.aborted) settleAll(error);
        else if (waiting.size > 0) askUntilSettled();
      },
    );
  }

  async function askRepeatedly(signal: AbortSignal): Promise<void> {
    let pause = FIRST_PAUSE_MS;
    while (waiting.size > 0) {
      const left = Math.min(...[...waiting.values()].map(({ deadline }) => deadline)) - clock.monotonic();
      await clock.sleep(Math.max(0, Math.min(pause, left)), signal);
      pause = Math.min(pause * GROWTH, LONGEST_PAUSE_MS);
      try {
        if (await askOnce(signal)) pause = FIRST_PAUSE_MS;
      } catch (error) {
        if (!isPassing(error)) throw error;
        if (error instanceof RetryableError) pause = Math.max(pause, error.retryAfterMs ?? 0);
      }
      expire();
    }
  }

  /** Whether the answer acknowledged a batch. */
  async function askOnce(signal: AbortSignal): Promise<boolean> {
    const ids = [...waiting.keys()];
    const reply = await ask({ channel: id, ids, cookies }, signal);
    const acks = parseAcks(reply);
    if (acks === undefined) {
      acceptance(reply, 1, context());
      return false;
    }
    await posting;
    const confirmed = ids.filter((each) => Object.hasOwn(acks, String(each)) && acks[String(each)] === true);
    // What was lost meanwhile is settled.
    for (const each of confirmed) waiting.get(each)?.settle();
    return confirmed.length > 0;
  }

  function expire(): void {
    const now = clock.monotonic();
    for (const { deadline, settle } of [...waiting.values()]) {
      if (deadline > now) continue;
      settle(
        new RetryableError(
          'not_acknowledged',
          `${context().who} took the batch but did not acknowledge it within ${timeoutMs} ms`,
        ),
      );
    }
  }
}

/** Whether a batch that could not be posted was certainly given no id. */
function isNotTaken(error: unknown): boolean {
  if (error instanceof RowsRefusedError || error instanceof DestinationRefusedError) return true;
  return error instanceof RetryableError && NOT_TAKEN.has(error.code);
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
