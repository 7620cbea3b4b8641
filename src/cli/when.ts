/** Parses the points in time that the command line accepts. */
import { durationSchema } from '../shared/duration.ts';

const INSTANT = /^\d{4}-\d{2}-\d{2}(?:T\d{2}(?::\d{2}(?::\d{2}(?:\.\d{1,9})?)?)?(Z|[+-]\d{2}:\d{2})?)?$/;
const DAY_MS = 86_400_000;

/** Milliseconds since the epoch of `2026-11-23`, `2026-11-23T07:00Z` or `24h` (24 hours before `now`); undefined for another string. */
export function instantOf(text: string, now: number): number | undefined {
  const ago = durationSchema.safeParse(text);
  // A time before 1970 is a typing mistake; some are not valid dates.
  if (ago.success) return ago.data <= now ? now - ago.data : undefined;
  const match = INSTANT.exec(text);
  if (!match) return undefined;
  const [whole, zone] = match;
  const hasTime = whole.includes('T');
  const minutes = hasTime && !whole.slice(11).includes(':') ? whole.replace(/T\d{2}/, '$&:00') : whole;
  const at = Date.parse(hasTime && zone === undefined ? `${minutes}Z` : minutes);
  return Number.isNaN(at) ? undefined : at;
}

/** The first moment, in UTC, of `2026-11-23`, `yesterday` or `today`; undefined for another string. */
export function dayOf(text: string, now: number): number | undefined {
  const today = Math.floor(now / DAY_MS) * DAY_MS;
  if (text === 'today') return today;
  if (text === 'yesterday') return today - DAY_MS;
  const day = /^\d{4}-\d{2}-\d{2}$/.test(text) ? Date.parse(`${text}T00:00:00Z`) : Number.NaN;
  return !Number.isNaN(day) && new Date(day).toISOString().startsWith(text) ? day : undefined;
}
