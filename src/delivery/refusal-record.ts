/** What is remembered of something that is refused again and again: a destination, or one of its tables. */
import { z } from 'zod';
import { DAY_MS } from '../shared/duration.ts';
import { storedCode } from '../shared/stored-code.ts';

/** As it is stored in a state document, for all consumers. */
export const refusalRecordSchema = z.object({
  /** Failures in a row, the first one included. */
  failures: z.number().int().positive(),
  /** Nothing is sent before then, ms since the epoch. */
  openUntil: z.number().nonnegative(),
  /** How long that wait was meant to be, milliseconds: by another clock `openUntil` may be days away. */
  pause: z.number().nonnegative().default(DAY_MS),
  /** Somebody tries whether it is accepted again, until then at the latest, ms since the epoch; 0: nobody does. */
  probedUntil: z.number().nonnegative().default(0),
  /** When it was refused first, ms since the epoch. */
  since: z.number().nonnegative(),
  code: storedCode,
  message: z.string(),
});

type Waits = Pick<z.infer<typeof refusalRecordSchema>, 'openUntil' | 'probedUntil'>;

/**
 * A consumer that probes has this long before another may: it may have been killed. Two that probe at once do no harm. Milliseconds.
 */
const PROBE_MS = 20_000;
/** A probe may be answered in a moment: the others look again after this. Milliseconds. */
export const LOOK_MS = 5_000;

/** The end of a probe that begins now. @param now ms since the epoch, as everywhere here. */
export function probeEnd(now: number): number {
  return now + PROBE_MS;
}

/** Whether somebody is probing. A moment that no probe could have set comes from a clock that was off. */
export function isProbed({ probedUntil }: Waits, now: number): boolean {
  return now < probedUntil && probedUntil <= now + PROBE_MS;
}

/**
 * When those who do not probe ask again, ms since the epoch; in the past where they may probe. While another probes they look again
 * soon, and do not wait for as long as a probe may take: there may be many of them, and one after the other has to try.
 */
export function waitsUntil(waits: Waits, now: number): number {
  return now >= waits.openUntil && isProbed(waits, now) ? now + LOOK_MS : waits.openUntil;
}
