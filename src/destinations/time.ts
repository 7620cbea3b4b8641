/** Times as Defender writes them, to the last digit. */
const INSTANT = /^(\d{4}-\d{2}-\d{2})[T ](\d{2}:\d{2}:\d{2})(?:\.(\d{1,9}))?(Z|[+-]\d{2}:\d{2})?$/;

/** A moment, to the digits it was written with. */
export interface Instant {
  /** Whole seconds since the epoch. */
  readonly seconds: number;
  /** The fraction's digits as written, 0 to 9 of them: `Timestamp` has up to 7. */
  readonly fraction: string;
}

/** Reads an ISO 8601 date and time (no zone means UTC); undefined when it is none, or lies before 1970. */
export function parseInstant(text: string): Instant | undefined {
  const match = INSTANT.exec(text);
  if (!match) return undefined;
  const [, date, time, fraction = '', zone = 'Z'] = match;
  const at = Date.parse(`${date}T${time}${zone}`);
  return Number.isNaN(at) || at < 0 ? undefined : { seconds: at / 1000, fraction };
}

/** Epoch seconds as a decimal literal, no digit lost to a float: `1795590062.1234567`. */
export function epochSeconds(text: string): string | undefined {
  const instant = parseInstant(text);
  if (!instant) return undefined;
  return instant.fraction === '' ? String(instant.seconds) : `${instant.seconds}.${instant.fraction}`;
}
