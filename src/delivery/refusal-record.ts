/** The record of a destination that is down or of a table that is held: pauses, probes, and when to ask again. */
import { z } from 'zod';
import { DAY_MS } from '../shared/duration.ts';
import { storedCode } from '../shared/stored-code.ts';

/** The schema of the record in a state document, which all consumers share. */
export const refusalRecordSchema = z.object({
  /** The number of consecutive failures. */
  failures: z.number().int().positive(),
  /** The end of the pause, before which nothing is sent, ms since the epoch. */
  openUntil: z.number().nonnegative(),
  /** The intended length of the pause in milliseconds, because a consumer with a wrong clock may have set `openUntil` days ahead. */
  pause: z.number().nonnegative().default(DAY_MS),
  /** The latest end of the probe that a consumer is making, ms since the epoch; 0 if no consumer is probing. */
  probedUntil: z.number().nonnegative().default(0),
  /** The time of the first failure, ms since the epoch. */
  since: z.number().nonnegative(),
  code: storedCode,
  message: z.string(),
});

type Waits = Pick<z.infer<typeof refusalRecordSchema>, 'openUntil' | 'probedUntil'>;

/**
 * How long a consumer may probe before another consumer may: the first may have been killed. Two probes at once do no harm. Milliseconds.
 */
const PROBE_MS = 20_000;
/** After this time, consumers that do not probe look again, because the probe may have ended. Milliseconds. */
export const LOOK_MS = 5_000;

/** The end of a probe that begins now. @param now ms since the epoch, as everywhere here. */
export function probeEnd(now: number): number {
  return now + PROBE_MS;
}

/** Whether a consumer is probing. A time further away than the longest probe comes from a wrong clock and does not count. */
export function isProbed({ probedUntil }: Waits, now: number): boolean {
  return now < probedUntil && probedUntil <= now + PROBE_MS;
}

/**
 * When a consumer that does not probe should ask again, ms since the epoch; in the past if it may probe now. While another consumer
 * probes it asks again soon and does not wait as long as a probe may take, because several consumers may have to probe in turn.
 */
export function waitsUntil(waits: Waits, now: number): number {
  return now >= waits.openUntil && isProbed(waits, now) ? now + LOOK_MS : waits.openUntil;
}

/** Since when anyone may probe, ms since the epoch: the pause is over, and so is a probe that brought no answer, where there was one. */
export function freeSince({ openUntil, probedUntil }: Waits, now: number): number {
  return probedUntil <= now ? Math.max(openUntil, probedUntil) : openUntil;
}
