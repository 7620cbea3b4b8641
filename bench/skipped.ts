/** A part, or the rest of one, that cannot be measured here. The message says why, and what would change it. */
export class SkippedError extends Error {}
