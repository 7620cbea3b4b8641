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
  /** When it was refused first, ms since the epoch. */
  since: z.number().nonnegative(),
  code: storedCode,
  message: z.string(),
});
