import { z } from 'zod';

/**
 * One event in a window: time (ms since the epoch), which of the correlation's rules, the event's id, what is counted.
 * The rule is negative (its complement) on events that an alert has used up: they are kept to be known when they come again.
 */
const entry = z.tuple([z.number(), z.number().int(), z.string().max(64), z.string().max(1024)]);

const group = z.object({ key: z.string().max(8192), entries: z.array(entry).max(100_000) });

/** Windows under way, as JSON: what a checkpoint keeps so that a restart forgets nothing. */
export const correlationState = z.object({
  version: z.literal(1),
  /** By the correlation's fingerprint: a changed definition begins anew. */
  correlations: z.record(z.string().max(64), z.array(group).max(1_000_000)),
});

export type CorrelationState = z.infer<typeof correlationState>;
export type CorrelationEntry = z.infer<typeof entry>;
