/** What is kept of the files of a rule set. */

/** What is kept of a file. */
export interface KeptEntry {
  /** The SHA-256 of the file's text. */
  readonly digest: string;
  /** JSON of a `KeptHead`. */
  readonly head: string;
  /** JSON of a `KeptExpression`, or `0`, for each table of each rule. */
  readonly bodies: readonly string[];
}

/** What is kept, by the files' paths. */
export interface KeptDetections {
  /** Identifies everything but the files that a compilation depends on. */
  readonly environment: string;
  readonly entries: ReadonlyMap<string, KeptEntry>;
}

/** In characters. */
export function lengthOfEntry({ head, bodies }: KeptEntry): number {
  return bodies.reduce((sum, body) => sum + body.length, head.length);
}
