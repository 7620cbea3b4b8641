/** Tries isolated rows again: those that failed alone while their destination accepted others. */
import type { CheckpointStore } from '../checkpoints/port.ts';
import { batchId } from '../delivery/batch-id.ts';
import type {
  DeadLetter,
  DeadLetterArchive,
  DeadLetterSummary,
  Isolation,
} from '../delivery/dead-letters.ts';
import { type Answer, isSendError, kindOf } from '../delivery/failure.ts';
import { afterRetry, firstPauseMs, isDue } from '../delivery/isolating.ts';
import type { ManagedDestination } from '../delivery/managed-destination.ts';
import { storedDelivery } from '../delivery/redrive.ts';
import type { Clock } from '../shared/clock.ts';
import { codeOf, messageOf } from '../shared/errors.ts';
import type { Logger } from '../shared/logger.ts';
import type { Metrics } from '../shared/metrics.ts';
import { underClaim } from './visit/claim-keeper.ts';

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

/** A look for what other consumers left: one listing for each destination. Milliseconds. */
const IDLE_MS = 5 * 60_000;
/** Between two looks while rows are isolated: no sooner, no later. Milliseconds. */
const LEAST_MS = 1_000;
const MOST_MS = 30_000;
/** Letters that one pass looks at, in the order in which they are due; the next pass takes the others. */
const MOST_LETTERS = 1_000;
/** Rows sent at once to one destination. */
const AT_ONCE = 4;
/** One pass takes no longer, so that its claim is given up in time. Milliseconds. */
const PASS_MS = 60_000;

/** Tries isolated rows of all destinations again, each destination by itself, until stopped. */
export async function retryIsolatedRegularly(deps: RetryDeps, stop: AbortSignal): Promise<void> {
  await Promise.all([...deps.destinations.values()].map((target) => retryRegularly(deps, target, stop)));
}

async function retryRegularly(deps: RetryDeps, target: ManagedDestination, stop: AbortSignal): Promise<void> {
  const { clock, settings } = deps;
  const pause = Math.min(MOST_MS, Math.max(LEAST_MS, firstPauseMs(settings.isolateAfterMs)));
  while (!stop.aborted) {
    const waiting = await retryIsolated(deps, target, stop);
    const idle = new AbortController();
    const over = AbortSignal.any([stop, idle.signal]);
    const sleep = clock.sleep(waiting > 0 ? pause : IDLE_MS, over).catch(() => {});
    await (waiting > 0 ? sleep : Promise.race([sleep, target.isolated.next(over)]));
    idle.abort();
    // A row that was isolated a moment ago is not due yet.
    if (waiting === 0) await clock.sleep(pause, stop).catch(() => {});
  }
}

/**
 * Tries the isolated rows of one destination that are due, unless another consumer is at it. Resolves with the number of rows that
 * remain isolated. Trouble is logged: the next pass comes anyway.
 */
export async function retryIsolated(
  deps: RetryDeps,
  target: ManagedDestination,
  stop: AbortSignal,
): Promise<number> {
  const { name } = target.destination;
  const ref = { account: deps.blobs.account, container: 'isolated', name };
  try {
    const remaining = await underClaim(deps, ref, undefined, (keeper) =>
      retryDue(deps, target, AbortSignal.any([stop, keeper.signal])),
    );
    // Another consumer is at it; what it leaves is looked at soon.
    return remaining ?? 1;
  } catch (error) {
    if (!stop.aborted) {
      deps.logger.warn('Isolated rows could not be tried again; the next pass comes', {
        destination: name,
        code: codeOf(error),
        error: messageOf(error),
      });
    }
    return 1;
  }
}

async function retryDue(deps: RetryDeps, target: ManagedDestination, signal: AbortSignal): Promise<number> {
  const { clock, deadLetters } = deps;
  const now = clock.now();
  const due: DeadLetterSummary[] = [];
  let remaining = 0;
  for await (const letter of deadLetters.list(
    { destination: target.destination.name, isolating: true },
    signal,
  )) {
    remaining += 1;
    if (isDue(letter.nextTry ?? 0, now, deps.settings.isolateAfterMs) && due.length < MOST_LETTERS)
      due.push(letter);
  }
  due.sort((a, b) => (a.nextTry ?? 0) - (b.nextTry ?? 0));
  const until = clock.monotonic() + PASS_MS;
  while (due.length > 0 && clock.monotonic() < until && !signal.aborted) {
    // It accepts nothing from anybody: rows wait, and no try counts.
    if (target.breaker.record) break;
    const results = await Promise.all(
      due.splice(0, AT_ONCE).map((letter) => retryOne(deps, target, letter, signal)),
    );
    remaining -= results.filter((result) => result === 'settled').length;
    if (results.includes('unreached')) break;
  }
  return remaining;
}

/** `settled`: accepted, or a dead letter for good. `unreached`: the destination cannot be reached, and no try counts. */
async function retryOne(
  deps: RetryDeps,
  target: ManagedDestination,
  summary: DeadLetterSummary,
  signal: AbortSignal,
): Promise<'settled' | 'waiting' | 'unreached'> {
  const stored = await deps.deadLetters.get(summary.name, signal);
  if (!stored?.letter.isolating) return 'settled';
  const letter = { ...stored.letter, isolating: stored.letter.isolating };
  if (letter.table !== undefined && (target.holds.heldUntil(letter.table) ?? 0) > deps.clock.now())
    return 'waiting';
  const answer = await send(target, letter, signal);
  if (answer === 'unreached') return 'unreached';
  if (answer !== undefined) return again(deps, { letter, name: summary.name, etag: stored.etag, answer });
  const labels = { destination: target.destination.name };
  await deps.deadLetters.remove(summary.name, stored.etag);
  deps.metrics.count('xdr_relay_isolated_total', { ...labels, result: 'accepted' });
  deps.metrics.count('xdr_relay_delivered_total', labels);
  deps.logger.info('An isolated row was accepted', { ...labels, ...letter.source });
  return 'settled';
}

/** Undefined when the destination accepted the row; else its answer. */
async function send(
  { destination, slots, evidence, breaker, holds }: ManagedDestination,
  letter: DeadLetter,
  signal: AbortSignal,
): Promise<Answer | 'unreached' | undefined> {
  const item = storedDelivery(letter);
  // Too long to be stored beside its row: only today's rules can make it again.
  if (!item) return { code: letter.reason, message: letter.message };
  const batch = { id: batchId([item]), lane: `isolated/${destination.name}`, items: [item] };
  try {
    await slots.run(() => destination.send(batch, signal), signal, { suspect: true });
  } catch (error) {
    if (!isSendError(error)) throw error;
    return kindOf(error) === 'unreached' ? 'unreached' : error;
  }
  const table = letter.table ?? '';
  evidence.accepted([table]);
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

async function again(
  { clock, deadLetters, logger, metrics, settings }: RetryDeps,
  { letter, name, etag, answer }: Tried,
): Promise<'settled' | 'waiting'> {
  const next = afterRetry(letter, answer, clock.now(), settings.isolateAfterMs);
  await deadLetters.put(next);
  if (next.isolating) return 'waiting';
  await deadLetters.remove(name, etag);
  const labels = { destination: letter.destination ?? '' };
  metrics.count('xdr_relay_isolated_total', { ...labels, result: 'dead_letter' });
  metrics.count('xdr_relay_dead_letters_total', { ...labels, reason: next.reason });
  logger.warn('A row was refused again and again and stays in the dead letters', {
    ...labels,
    reason: next.reason,
    tries: letter.isolating.tries + 1,
    ...letter.source,
  });
  return 'settled';
}
