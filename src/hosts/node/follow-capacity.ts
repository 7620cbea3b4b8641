/** How many blobs one thread follows at most. */

/** `limits.follow` for each core, unless relay.yaml says otherwise. */
const FOLLOWED_BY_CORE = 250;
/** A heartbeat lists the blobs of one thread, and with more of them it would be longer than a document may be: then it could not be written at all. */
const MOST_LISTED = 2_000;

/**
 * @param limit `limits.follow` of relay.yaml, for the whole process.
 * @param cores those of the process.
 */
export function followCapacity(limit: number | undefined, cores: number, threads: number): number {
  return Math.min(MOST_LISTED, Math.ceil((limit ?? FOLLOWED_BY_CORE * cores) / threads));
}
