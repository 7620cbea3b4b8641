import { InvalidArgumentError, Option } from 'commander';
import { durationSchema } from '../shared/duration.ts';

const INSTANT = /^\d{4}-\d{2}-\d{2}(?:T\d{2}(?::\d{2}(?::\d{2}(?:\.\d{1,9})?)?)?(Z|[+-]\d{2}:\d{2})?)?$/;

/** `--from` or `--to`. The option's value is the text that was given, checked; {@link instantOf} reads it. */
export function whenOption(flags: string, description: string): Option {
  return new Option(flags, description).argParser((text) => {
    if (instantOf(text, Date.now()) === undefined) {
      throw new InvalidArgumentError(
        'A time is "2026-11-23", "2026-11-23T07:00Z" (UTC where no zone is given) or "24h", which is so long ago.',
      );
    }
    return text;
  });
}

/** Milliseconds since the epoch; undefined when the text is no time. */
export function instantOf(text: string, now: number): number | undefined {
  const ago = durationSchema.safeParse(text);
  // A time before 1970 is a slip, and beyond what dates can hold.
  if (ago.success) return ago.data <= now ? now - ago.data : undefined;
  const match = INSTANT.exec(text);
  if (!match) return undefined;
  const [whole, zone] = match;
  const hasTime = whole.includes('T');
  const minutes = hasTime && !whole.slice(11).includes(':') ? whole.replace(/T\d{2}/, '$&:00') : whole;
  const at = Date.parse(hasTime && zone === undefined ? `${minutes}Z` : minutes);
  return Number.isNaN(at) ? undefined : at;
}
