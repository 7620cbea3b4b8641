/** Parses the notation of `start_at`: `now`, a time before now such as `-48h`, or a date. */
import { durationSchema } from './duration.ts';

const DATE = /^(\d{4}-\d{2}-\d{2})(?:T\d{2}:\d{2}(?::\d{2})?(Z|[+-]\d{2}:\d{2})?)?$/;

/** The time in milliseconds since the epoch, in UTC unless a zone is given; undefined if the string is not valid, or not in the past. */
export function startAtInstant(text: string, now: number): number | undefined {
  const at = text === 'now' ? now : text.startsWith('-') ? before(text.slice(1), now) : instant(text);
  return at === undefined || at < 0 || at > now ? undefined : at;
}

function before(text: string, now: number): number | undefined {
  const ago = durationSchema.safeParse(text);
  return ago.success ? now - ago.data : undefined;
}

function instant(text: string): number | undefined {
  const [, day = '', zone] = DATE.exec(text) ?? [];
  const midnight = Date.parse(day);
  // Date.parse reads the 30th of February as the 2nd of March.
  if (Number.isNaN(midnight) || !new Date(midnight).toISOString().startsWith(day)) return undefined;
  const at = Date.parse(text.includes('T') && zone === undefined ? `${text}Z` : text);
  return Number.isNaN(at) ? undefined : at;
}
