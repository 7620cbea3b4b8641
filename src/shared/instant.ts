/** Times in ISO 8601, as Defender writes them: read to the last digit, in one way everywhere. */

/** The seconds and the colon of the zone may be missing. */
const INSTANT = /^(\d{4}-\d{2}-\d{2})[T ](\d{2}:\d{2}(?::\d{2})?)(?:\.(\d{1,9}))?(Z|[+-]\d{2}:?\d{2})?$/;
const MINUTES_ONLY = 'hh:mm'.length;
const ZONE_WITHOUT_COLON = '+hhmm'.length;

/** A moment, to the digits it was written with. */
export interface Instant {
  /** Whole seconds since the epoch; below 0 before 1970. */
  readonly seconds: number;
  /** The fraction's digits as written, 0 to 9 of them: `Timestamp` has up to 7. They count forward before 1970 too. */
  readonly fraction: string;
}

/** Reads a date and time (no zone means UTC, as everything that Defender writes); undefined when it is none. */
export function parseInstant(text: string): Instant | undefined {
  const match = INSTANT.exec(text);
  if (!match) return undefined;
  const [, date, time = '', fraction = '', zone = 'Z'] = match;
  if (time.length === MINUTES_ONLY && fraction !== '') return undefined;
  const offset = zone.length === ZONE_WITHOUT_COLON ? `${zone.slice(0, 3)}:${zone.slice(3)}` : zone;
  const at = Date.parse(`${date}T${time}${offset}`);
  return Number.isNaN(at) ? undefined : { seconds: at / 1000, fraction };
}

/** 9999-01-01T00:00:00Z, in seconds since the epoch. */
const LAST_YEAR_OF_ALL = 253_370_764_800;

/**
 * The time of an event: undefined before 1970 and from 9999 on too. Windows writes 1601 where it has none, .NET the year 1 or, for
 * "never", the last day of 9999.
 */
export function parseEventTime(text: string): Instant | undefined {
  const instant = parseInstant(text);
  return instant && instant.seconds >= 0 && instant.seconds < LAST_YEAR_OF_ALL ? instant : undefined;
}

/** Milliseconds since the epoch, further digits cut off. */
export function instantMs({ seconds, fraction }: Instant): number {
  return seconds * 1000 + Number(fraction.slice(0, 3).padEnd(3, '0'));
}

/** Epoch seconds of an event's time as a decimal literal, no digit lost to a float: `1795590062.1234567`. */
export function epochSeconds(text: string): string | undefined {
  const instant = parseEventTime(text);
  if (!instant) return undefined;
  return instant.fraction === '' ? String(instant.seconds) : `${instant.seconds}.${instant.fraction}`;
}
