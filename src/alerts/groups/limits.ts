/** The defaults of grouping, and the bounds of what is remembered. */

/** How alerts are grouped where nothing is declared. Milliseconds. */
export const DEFAULT_GROUPING = { windowMs: 60 * 60_000, repeatMs: 10 * 60_000 } as const;

/** Groups that one rule may open in a window. Further alerts of the rule are folded into one group of scope `rule`. */
export const GROUPS_IN_WINDOW = 3;
/** Groups of one rule that are stored, of which the last two places are kept for scope `rule`. More can only wait while the destination takes nothing. */
export const STORED_GROUPS = 8;
export const STORED_OWN_GROUPS = 6;
/** Alerts of a rule with `grouping: off` that may wait, each as a group of its own. Further ones overflow. */
export const STORED_SINGLE_GROUPS = 40;

/** A group of scope `rule` waits so long with its first message, so that it can list the hosts. Milliseconds. */
export const SETTLE_MS = 5_000;
/** A message that is changed in place, without notifying anybody, is changed at most once in this time. Milliseconds. */
export const IN_PLACE_MS = 30_000;

/** A stored time that is further ahead than this was written by a consumer whose clock is wrong, and is not believed. Milliseconds. */
export const SKEW_MS = 10_000;
/** The longest pause of one message after a failure, whatever the destination asks for. Milliseconds. */
export const LONGEST_RETRY_MS = 60 * 60_000;

/**
 * Occurrences of alerts that are remembered, and for how long. A crash repeats at most what was folded since offsets were last stored, but may do
 * so long after: when the relay was down over night, when the blob was archived meanwhile, or to a consumer whose clock is a day ahead.
 */
export const REMEMBERED = 30_000;
export const REMEMBERED_MS = 2 * 24 * 60 * 60_000;
/** The characters of an occurrence. */
export const OCCURRENCE_LENGTH = 12;

/** Bytes of JSON that the envelope of a group takes at most. */
export const ENVELOPE_BYTES = 16_384;
/** Bytes of JSON that one document takes at most; the store refuses 1 MiB. */
export const SHARD_BYTES = 900_000;

/** Entities that a group lists by kind: hosts are what an analyst asks for first. */
export const LISTED_HOSTS = 50;
export const LISTED_ENTITIES = 10;
/** Further entities of one kind that are told apart. */
export const COUNTED_ENTITIES = 300;
/** Characters of an entity's name, and of its id. */
export const NAME_LENGTH = 256;
/** Other rules of the first alert's event, and columns that alerts are grouped by. */
export const LISTED_RULES = 20;
export const LISTED_COLUMNS = 10;
/** Characters of a value in `groupedBy`. */
export const VALUE_LENGTH = 256;
