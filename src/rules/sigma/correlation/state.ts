import { z } from 'zod';

/**
 * One event of a window: when it happened (ms since the epoch), which of the correlation's rules matched, the event's id,
 * what is counted (a hash), when it arrived (seconds since the epoch).
 * The rule is negative (its complement) on events that an alert has used up: they are kept to be known when they come again.
 */
const entry = z.tuple([z.number(), z.number().int(), z.string().max(32), z.string().max(32), z.number()]);

/** One correlation's windows, as JSON: all consumers share it. Hashes stand for what the rows hold. */
export const correlationState = z.object({
  v: z.literal(1),
  /** By the hash of what a group has in common; the least recently touched first. */
  groups: z.array(z.tuple([z.string().max(32), z.array(entry)])),
  /** By the hash of a blob: the offset of the last row that was counted. A row up to it is not counted again. */
  read: z.array(z.tuple([z.string().max(32), z.number().int()])),
  /** By the hash of a place: the count of the alert that the row there raised, to raise it again when the row is read again. */
  raised: z.array(z.tuple([z.string().max(32), z.number().int()])),
});

export type CorrelationState = z.infer<typeof correlationState>;
export type CorrelationEntry = z.infer<typeof entry>;
