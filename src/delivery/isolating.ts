/** A row that failed alone is tried again from the dead letters for a while, and then stays one: when, and what is kept of it. */
import { Buffer } from 'node:buffer';
import type { DeadLetter, Isolation } from './dead-letters.ts';
import { type Answer, withAnswer } from './failure.ts';
import type { FailedItem } from './sender.ts';

/** So often a row is tried again at least before it stays a dead letter. */
export const LEAST_TRIES = 5;
/**
 * Tries come at doubling pauses, so that the fifth falls at the end of `isolate_after`: 1 + 2 + 4 + 8 + 16 parts of 31.
 */
const PARTS = 2 ** LEAST_TRIES - 1;
/** Characters that are kept of one answer. */
const MOST_CHARACTERS = 2_000;

/** The letter of a row that failed alone. `now` in milliseconds since the epoch. */
export function isolatingLetter(
  destination: string,
  { item, error, answers }: FailedItem,
  now: number,
  isolateAfterMs: number,
): DeadLetter {
  const { encoded, place } = item;
  const { id, table, rule: raisedBy, source } = encoded.head;
  const rule = raisedBy?.id ?? raisedBy?.title;
  return {
    destination,
    reason: error.code,
    message: error.message.slice(0, MOST_CHARACTERS),
    source,
    length: place.end - place.offset,
    row: encoded.row(),
    payload: Buffer.from(encoded.payload()).toString(),
    id,
    table,
    ...(rule !== undefined && { rule }),
    answers: answers.map(shortened),
    isolating: { since: now, tries: 0, next: now + pauseAfter(0, isolateAfterMs) },
  };
}

/** What becomes of a letter whose row failed once more: it is tried again, or stays a dead letter. */
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
  // A clock that is ahead of ours may have set it.
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
 * Whether it is time for the next try. A moment that is further away than any pause is long was set by a clock that is ahead of
 * ours: then it is time now. All in milliseconds.
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
