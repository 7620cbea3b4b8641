/** How long a lane looks for the rows that fail, and after how many tries it gives up. */
import { TABLE_FAILURES } from './evidence.ts';
import type { FailureKind } from './failure.ts';

/** How often a row must at least fail alone to become a suspect, by the kind of its last failure. */
export const TRIES_ALONE: Readonly<Record<Exclude<FailureKind, 'unreached'>, number>> = {
  refused: 2,
  silent: 2,
  failed: 3,
  busy: 5,
};
/** How often a batch fails as a whole before it is split, if the destination has accepted nothing meanwhile. */
export const TRIES_TOGETHER = 4;
/** If a destination asks only these rows to wait, the pause is obeyed in so many visits; after that it counts as a refusal of the rows. */
export const OBEYING_VISITS = 2;
/** After so many suspects, or requests, a lane gives up if the destination accepts nothing from any lane. */
export const SUSPECTS_WITHOUT_LIFE = 5;
/** The same limit for a later visit, which is a probe that starts behind the rows that failed before. */
export const SUSPECTS_OF_PROBE = 3;
export const REQUESTS_WITHOUT_LIFE = 16;
/** The limit of requests for a probe that has found another row that fails. */
export const REQUESTS_OF_PROBE = 12;
/** The least time before a lane gives up in this way, if `retry_for` is shorter. Milliseconds. */
export const PATIENCE_WITHOUT_LIFE_MS = 30_000;
/** After so many suspects, or requests, a lane gives up although the destination accepts other rows. */
export const MOST_SUSPECTS = TABLE_FAILURES;
export const MOST_REQUESTS = 120;
/** The time limit of a visit that keeps finding bad rows. Milliseconds. */
export const SEARCH_MS = 3 * 60_000;
/** How many rows that failed alone in earlier visits may wait for proof. */
export const MOST_PRESUMED = 500;
/** The longest pause between two tries of one row alone: the number of tries matters, not the time between them. Milliseconds. */
export const LONGEST_ALONE_MS = 1_000;
/** How long a lane that gives up waits for another lane's acceptance. Milliseconds, and at most a quarter of `retry_for`. */
export const EVIDENCE_WAIT_MS = 2_000;
/** The first pause of a lane whose rows fail while others are accepted; it doubles with each visit. Milliseconds. */
export const APART_MIN_MS = 5_000;
export const APART_MAX_MS = 5 * 60_000;
