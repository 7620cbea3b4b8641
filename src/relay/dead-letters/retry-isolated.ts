/** Retries isolated rows, which failed alone while their destination accepted others. */

import { underClaim } from '../../checkpoints/claim-keeper.ts';
import type { CheckpointStore } from '../../checkpoints/port.ts';
import { makeBatch } from '../../delivery/batch.ts';
import type {
  DeadLetter,
  DeadLetterArchive,
  DeadLetterSummary,
  Isolation,
} from '../../delivery/dead-letters.ts';
import type { Mark } from '../../delivery/evidence.ts';
import { type Answer, isSendError, kindOf } from '../../delivery/failure.ts';
import { afterRetry, firstPauseMs, isDue } from '../../delivery/isolating.ts';
import type { ManagedDestination } from '../../delivery/managed-destination.ts';
import { storedDelivery } from '../../delivery/redrive.ts';
import type { Clock } from '../../shared/clock.ts';
import { codeOf, loggedError, messageOf } from '../../shared/errors.ts';
import type { Logger } from '../../shared/logger.ts';
import type { Metrics } from '../../shared/metrics.ts';
import { slept } from '../../shared/slept.ts';

export interface RetryDeps {
  /** The account's name, for the claim. */
  readonly blobs: { readonly account: string };
  readonly checkpoints: CheckpointStore;
  readonly deadLetters: DeadLetterArchive;
  readonly destinations: ReadonlyMap<string, ManagedDestination>;
  readonly settings: { readonly isolateAfterMs: number };
  readonly clock: Clock;
  readonly logger: Logger;
  readonly metrics: Metrics;
}

/** How often to look for rows that other consumers isolated, with one listing per destination. Milliseconds. */
const IDLE_MS = 5 * 60_000;
/** The shortest and, below, the longest pause between two passes while rows are isolated. Milliseconds. */
const LEAST_MS = 1_000;
const MOST_MS = 30_000;
/** How many letters one pass tries, in the order in which they are due; the next pass tries the others. */
const MOST_LETTERS = 1_000;
/** A pass ends after so many failures, so that a destination is not flooded with rows that it refuses. */
const MOST_FAILURES = 100;
/** How many rows are sent to a destination in parallel. */
const AT_ONCE = 4;
/** The time limit of a pass, after which it releases its claim. Milliseconds. */
const PASS_MS = 60_000;

/**
 * Retries the isolated rows of a destination until stopped.
 *
 * @param deps what applies now: settings may change meanwhile.
 */
export async function retryIsolatedRegularly(
  deps: () => RetryDeps,
  target: ManagedDestination,
  stop: AbortSignal,
): Promise<void> {
  while (!stop.aborted) {
    const { clock, settings } = deps();
    const pause = Math.min(MOST_MS, Math.max(LEAST_MS, firstPauseMs(settings.isolateAfterMs)));
    const waiting = await retryIsolated(deps(), target, stop);
    const idle = new AbortController();
    const over = AbortSignal.any([stop, idle.signal]);
    const sleep = clock.sleep(waiting > 0 ? pause : IDLE_MS, over).catch(() => {});
    await (waiting > 0 ? sleep : Promise.race([sleep, target.isolated.next(over)]));
    idle.abort();
    // A row that was just isolated is not due yet.
    if (waiting === 0) await slept(clock, pause, stop);
  }
}

/**
 * Retries the isolated rows of one destination that are due, unless another consumer is doing so. Resolves with the number of rows that
 * remain isolated. Errors are logged, because the next pass tries again.
 *
 * @param most how many letters to try at most, for a host whose requests are limited: each letter takes three requests, and each page of
 * the listing one.
 */
export async function retryIsolated(
  deps: RetryDeps,
  target: ManagedDestination,
  stop: AbortSignal,
  most = MOST_LETTERS,
): Promise<number> {
  const { name } = target.destination;
  const ref = { account: deps.blobs.account, container: 'isolated', name };
  try {
    const remaining = await underClaim(deps, ref, undefined, (keeper) =>
      retryDue(deps, target, AbortSignal.any([stop, keeper.signal]), most),
    );
    // Another consumer is retrying. The result 1 makes this process look again soon for what remains.
    return remaining ?? 1;
  } catch (error) {
    if (!stop.aborted) {
      deps.logger.warn('Isolated rows could not be retried; the next pass tries again', {
        destination: name,
        ...loggedError(error),
      });
    }
    return 1;
  }
}

async function retryDue(
  deps: RetryDeps,
  target: ManagedDestination,
  signal: AbortSignal,
  most: number,
): Promise<number> {
  const { clock, deadLetters, settings } = deps;
  const now = clock.now();
  let due: DeadLetterSummary[] = [];
  let remaining = 0;
  const filter = { destination: target.destination.name, isolating: true };
  for await (const letter of deadLetters.list(filter, signal)) {
    remaining += 1;
    if (letter.table !== undefined && target.holds.isHeld(letter.table)) continue;
    if (isDue(letter.nextTry ?? 0, now, settings.isolateAfterMs)) due.push(letter);
    // Keeps the letters that have waited longest; if it kept the first names, letters with late names would never be retried.
    if (due.length >= 2 * MOST_LETTERS) due = longestDue(due, MOST_LETTERS);
  }
  due = longestDue(due, most);
  const until = clock.monotonic() + PASS_MS;
  let failures = 0;
  while (due.length > 0 && failures < MOST_FAILURES && clock.monotonic() < until && !signal.aborted) {
    // The destination is down: rows wait, and tries do not count.
    if (target.breaker.record && !(await isBack(deps, target, due, signal))) break;
    const results = await Promise.all(
      due.splice(0, AT_ONCE).map((letter) => retryOne(deps, target, letter, { signal, counts: true })),
    );
    remaining -= results.filter((result) => result === 'settled').length;
    failures += results.filter((result) => result === 'failed').length;
    if (results.includes('unreached') || results.includes('busy')) break;
  }
  return remaining;
}

/** If a breaker's pause ended this long ago, no cursor is probing the destination, because no blob has rows that wait for it. Milliseconds. */
const UNPROBED_MS = 60_000;

/** Whether a destination that is down accepts any of these rows. It is asked only if no cursor probes it. */
async function isBack(
  deps: RetryDeps,
  target: ManagedDestination,
  due: DeadLetterSummary[],
  signal: AbortSignal,
): Promise<boolean> {
  const { breaker } = target;
  if (deps.clock.now() < (breaker.record?.openUntil ?? 0) + UNPROBED_MS) return false;
  if ((await breaker.admit()) !== undefined) return false;
  try {
    const [letter] = due.splice(Math.floor(Math.random() * due.length), 1);
    if (letter) await retryOne(deps, target, letter, { signal, counts: false });
    return breaker.record === undefined;
  } finally {
    await breaker.endProbe();
  }
}

function longestDue(letters: readonly DeadLetterSummary[], most: number): DeadLetterSummary[] {
  return letters.toSorted((a, b) => (a.nextTry ?? 0) - (b.nextTry ?? 0)).slice(0, most);
}

type Retried =
  /** The row was accepted, or is a dead letter for good. */
  | 'settled'
  /** The row was not tried, because its table is held or its letter cannot be read. */
  | 'waiting'
  /** The row was not accepted, and will be retried. */
  | 'failed'
  /** The row was not accepted, and the destination asks for fewer requests. */
  | 'busy'
  /** The destination could not be reached, so the try does not count. */
  | 'unreached';

async function retryOne(
  deps: RetryDeps,
  target: ManagedDestination,
  summary: DeadLetterSummary,
  { signal, counts }: { readonly signal: AbortSignal; readonly counts: boolean },
): Promise<Retried> {
  const stored = await readLetter(deps, summary, signal);
  if (stored === 'unreadable') return 'waiting';
  if (!stored?.letter.isolating) return 'settled';
  const letter = { ...stored.letter, isolating: stored.letter.isolating };
  // While no row of the table is accepted, a try proves nothing about this row. This applies between two probes, too.
  if (letter.table !== undefined && target.holds.isHeld(letter.table)) return 'waiting';
  const answer = await send(target, letter, signal);
  if (answer === 'unreached') return 'unreached';
  if (answer !== undefined && !counts) return 'waiting';
  if (answer !== undefined) {
    const isOver = await again(deps, { letter, name: summary.name, etag: stored.etag, answer });
    if (isBusy(answer)) return 'busy';
    return isOver ? 'settled' : 'failed';
  }
  const labels = { destination: target.destination.name };
  await deps.deadLetters.remove(summary.name, stored.etag);
  deps.metrics.count('xdr_relay_isolated_total', { ...labels, result: 'accepted' });
  deps.metrics.count('xdr_relay_delivered_total', labels);
  deps.logger.info('An isolated row was accepted', { ...labels, ...letter.source });
  return 'settled';
}

/** Reads a letter; undefined if it is damaged or of a later version, so that it does not block the others. */
async function readLetter(
  { deadLetters, logger }: RetryDeps,
  { name }: DeadLetterSummary,
  signal: AbortSignal,
): Promise<Awaited<ReturnType<DeadLetterArchive['get']>> | 'unreadable'> {
  try {
    return await deadLetters.get(name, signal);
  } catch (error) {
    if (codeOf(error) !== 'dead_letter_unreadable') throw error;
    logger.warn('An isolated row cannot be read and is not retried', { name, error: messageOf(error) });
    return 'unreadable';
  }
}

function isBusy(answer: Answer): boolean {
  return isSendError(answer) && kindOf(answer) === 'busy';
}

/** Sends a row. Undefined if the destination accepted it; otherwise its response. */
async function send(
  { destination, slots, evidence, breaker, holds }: ManagedDestination,
  letter: DeadLetter,
  signal: AbortSignal,
): Promise<Answer | 'unreached' | undefined> {
  let at: Mark | undefined;
  try {
    const item = storedDelivery(letter, destination);
    // The payload was too long to be stored with the row. Only `redrive` can make it again, by today's rules.
    if (!item) return { code: letter.reason, message: letter.message };
    const batch = makeBatch(`isolated/${destination.name}`, [item], destination.encoding);
    await slots.run(
      () => {
        if (destination.openPipeline) at = evidence.received();
        return destination.send(batch, signal);
      },
      signal,
      { suspect: true },
    );
    if (destination.reaches?.(batch.items) === false) return undefined;
  } catch (error) {
    if (!isSendError(error)) throw error;
    return kindOf(error) === 'unreached' ? 'unreached' : error;
  }
  const table = letter.table ?? '';
  evidence.accepted([table], 0, at);
  await breaker.succeeded();
  await holds.accepted(table);
  return undefined;
}

interface Tried {
  readonly letter: DeadLetter & { readonly isolating: Isolation };
  readonly name: string;
  readonly etag: string;
  readonly answer: Answer;
}

/** Stores the response in the letter. Returns true if the row is now a dead letter for good. */
async function again(
  { clock, deadLetters, logger, metrics, settings }: RetryDeps,
  { letter, name, etag, answer }: Tried,
): Promise<boolean> {
  const next = afterRetry(letter, answer, clock.now(), settings.isolateAfterMs);
  await deadLetters.put(next);
  if (next.isolating) return false;
  await deadLetters.remove(name, etag);
  const labels = { destination: letter.destination ?? '' };
  metrics.count('xdr_relay_isolated_total', { ...labels, result: 'dead_letter' });
  metrics.count('xdr_relay_dead_letters_total', { ...labels, reason: next.reason });
  logger.warn('A row was refused repeatedly and stays a dead letter', {
    ...labels,
    reason: next.reason,
    tries: letter.isolating.tries + 1,
    ...letter.source,
  });
  return true;
}
