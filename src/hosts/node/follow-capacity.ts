/** How many blobs one thread follows at most. */

/** For each thread, unless relay.yaml has `limits.follow`. */
const FOLLOWED_BY_THREAD = 250;
/** A heartbeat lists the blobs of one thread, and with more of them it would be longer than a document may be: then it could not be written at all. */
const MOST_LISTED = 2_000;

/** @param limit `limits.follow` of relay.yaml, for the whole process. @param threads those that share it. */
export function followCapacity(limit: number | undefined, threads: number): number {
  return Math.min(MOST_LISTED, limit === undefined ? FOLLOWED_BY_THREAD : Math.ceil(limit / threads));
}
