/** Schedules the retries of isolated rows: when each is due, and when the row stays a dead letter for good. */
import { Buffer } from 'node:buffer';
import type { DeadLetter, Isolation } from './dead-letters.ts';
import { type Answer, withAnswer } from './failure.ts';
import type { FailedItem } from './suspects.ts';

/** The least number of retries before a row stays a dead letter. */
export const LEAST_TRIES = 5;
/**
 * The pauses between retries double, so that the fifth retry falls at the end of `isolate_after`: after 1 + 2 + 4 + 8 + 16 parts of 31.
 */
const PARTS = 2 ** LEAST_TRIES - 1;
/** How many characters of a response are kept. */
const MOST_CHARACTERS = 2_000;

/** Makes the letter of a row that failed alone. @param now milliseconds since the epoch. */
export function isolatingLetter(
  destination: string,
  { item, error, answers }: FailedItem,
  now: number,
  isolateAfterMs: number,
): DeadLetter {
  const { id, table, rule: raisedBy, source } = item.head;
  const rule = raisedBy?.id ?? raisedBy?.title;
  return {
    destination,
    reason: error.code,
    message: error.message.slice(0, MOST_CHARACTERS),
    source,
    length: item.offsetBehind - item.offset,
    row: item.row(),
    payload: Buffer.from(item.payload()).toString(),
    id,
    table,
    ...(rule !== undefined && { rule }),
    answers: answers.map(shortened),
    isolating: { since: now, tries: 0, next: now + pauseAfter(0, isolateAfterMs) },
  };
}

/** Updates a letter whose row failed again: it is retried later, or stays a dead letter for good. */
export function afterRetry(
  letter: DeadLetter & { readonly isolating: Isolation },
  answer: Answer,
  now: number,
  isolateAfterMs: number,
): DeadLetter {
  const { isolating, ...rest } = letter;
  const tries = isolating.tries + 1;
  const told = {
    ...rest,
    reason: answer.code,
    message: answer.message.slice(0, MOST_CHARACTERS),
    answers: withAnswer(letter.answers ?? [], shortened(answer)),
  };
  // A consumer whose clock is ahead may have stored a time in the future.
  const since = Math.min(isolating.since, now);
  const age = now - since;
  const isOver = age >= isolateAfterMs && tries >= LEAST_TRIES;
  if (isOver) return told;
  return {
    ...told,
    isolating: { ...isolating, since, tries, next: now + pauseAfter(tries, isolateAfterMs) },
  };
}

/**
 * Whether the next retry is due. If the stored time is further away than the longest pause, a clock that was ahead set it, and the retry
 * is due now. All in milliseconds.
 */
export function isDue(nextTry: number, now: number, isolateAfterMs: number): boolean {
  return nextTry <= now || nextTry > now + pauseAfter(LEAST_TRIES, isolateAfterMs);
}

/** The pause before the first retry. Milliseconds. */
export function firstPauseMs(isolateAfterMs: number): number {
  return pauseAfter(0, isolateAfterMs);
}

function pauseAfter(tries: number, isolateAfterMs: number): number {
  return Math.ceil((isolateAfterMs / PARTS) * 2 ** Math.min(tries, LEAST_TRIES - 1));
}

function shortened({ code, message }: Answer): Answer {
  return { code, message: message.slice(0, MOST_CHARACTERS) };
}
