/** Parses times in ISO 8601, as Defender writes them, without losing digits. */

/** A date and time. The seconds, and the colon of the zone, may be missing. */
const INSTANT = /^(\d{4}-\d{2}-\d{2})[T ](\d{2}:\d{2}(?::\d{2})?)(?:\.(\d{1,9}))?(Z|[+-]\d{2}:?\d{2})?$/;
const MINUTES_ONLY = 'hh:mm'.length;
const ZONE_WITHOUT_COLON = '+hhmm'.length;

/** A point in time with all the digits that it was written with. */
export interface Instant {
  /** Whole seconds since the epoch; negative before 1970. */
  readonly seconds: number;
  /** The digits of the fraction as written, 0 to 9 of them; `Timestamp` has up to 7. They are added also to negative seconds. */
  readonly fraction: string;
}

/** Parses a date and time; undefined for other strings. Without a zone it is UTC, as all times that Defender writes. */
export function parseInstant(text: string): Instant | undefined {
  return usualInstant(text) ?? anyInstant(text);
}

/** Length of `2026-11-23T07:04:00`. */
const USUAL_LENGTH = 19;
const MOST_FRACTION = 9;
const [MINUS, POINT, ZERO, COLON, T, Z] = [0x2d, 0x2e, 0x30, 0x3a, 0x54, 0x5a];
/** Where the text of a time lies while it is read. */
const codes = new Uint8Array(USUAL_LENGTH + 1 + MOST_FRACTION + 1);

/** `2026-11-23T07:04:00.1234567Z`, as Defender writes nearly all times: each row has some, and the expression costs ten times as much. */
function usualInstant(text: string): Instant | undefined {
  const seconds = usualSecondsOf(text);
  return seconds === undefined ? undefined : { seconds, fraction: text.slice(USUAL_LENGTH + 1, -1) };
}

function usualSecondsOf(text: string): number | undefined {
  if (text.length > codes.length) return undefined;
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at);
    if (code > Z) return undefined;
    codes[at] = code;
  }
  return usualSeconds(codes, 0, text.length);
}

/** Whether text is a time in the form in which Defender writes nearly all. False says nothing: it may be a time in another form. */
export function isUsualInstant(text: string): boolean {
  return usualSecondsOf(text) !== undefined;
}

/**
 * Whole seconds since the epoch of a time in the usual form, as ASCII; undefined for every other form, which may be a time too.
 */
function usualSeconds(bytes: Uint8Array, from: number, to: number): number | undefined {
  const zone = to - 1;
  const point = from + USUAL_LENGTH;
  if (zone < point || bytes[zone] !== Z || bytes[from + 10] !== T) return undefined;
  if (bytes[from + 4] !== MINUS || bytes[from + 7] !== MINUS) return undefined;
  if (bytes[from + 13] !== COLON || bytes[from + 16] !== COLON) return undefined;
  if (zone > point) {
    const digits = zone - point - 1;
    if (bytes[point] !== POINT || digits === 0 || digits > MOST_FRACTION) return undefined;
    for (let at = point + 1; at < zone; at++) {
      const digit = (bytes[at] ?? 0) - ZERO;
      if (digit < 0 || digit > 9) return undefined;
    }
  }
  const century = twoDigits(bytes, from);
  const year = twoDigits(bytes, from + 2);
  const month = twoDigits(bytes, from + 5);
  const day = twoDigits(bytes, from + 8);
  const hour = twoDigits(bytes, from + 11);
  const minute = twoDigits(bytes, from + 14);
  const second = twoDigits(bytes, from + 17);
  // Whether other days are any depends on the month, and Date.UTC takes years of two digits for others.
  const isDay = century >= 10 && year >= 0 && month >= 1 && month <= 12 && day >= 1 && day <= 28;
  const isTime = hour >= 0 && hour <= 23 && minute >= 0 && minute <= 59 && second >= 0 && second <= 59;
  if (!isDay || !isTime) return undefined;
  const key = ((century * 100 + year) * 100 + month) * 100 + day;
  if (key !== lastDay) {
    lastDaySeconds = Date.UTC(century * 100 + year, month - 1, day) / 1000;
    lastDay = key;
  }
  return lastDaySeconds + hour * 3_600 + minute * 60 + second;
}

/** The day of the last time, as the number that its digits are, and when it began: rows that follow each other are nearly always of one day. */
let lastDay = 0;
let lastDaySeconds = 0;

/** The number that two digits are; -1 where one is no digit. */
function twoDigits(bytes: Uint8Array, from: number): number {
  const tens = (bytes[from] ?? 0) - ZERO;
  const ones = (bytes[from + 1] ?? 0) - ZERO;
  return tens >= 0 && tens <= 9 && ones >= 0 && ones <= 9 ? tens * 10 + ones : -1;
}

function anyInstant(text: string): Instant | undefined {
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
 * Parses the time of an event; undefined also for times before 1970 and from 9999 on, because these stand for "no time": Windows
 * writes 1601, .NET the year 1 or, for "never", the last day of 9999.
 */
export function parseEventTime(text: string): Instant | undefined {
  const instant = parseInstant(text);
  return instant && instant.seconds >= 0 && instant.seconds < LAST_YEAR_OF_ALL ? instant : undefined;
}

/**
 * The time of an event in RFC 3339, with all the digits that it was written with: as it stands where Defender wrote it, in UTC where its seconds, its
 * zone or the colon of that are missing, or where its day or hour is one too many. Undefined for what is no time of an event.
 */
export function eventTimeText(text: string): string | undefined {
  const instant = parseEventTime(text);
  if (instant === undefined || isUsualInstant(text)) return instant && text;
  const fraction = instant.fraction === '' ? '' : `.${instant.fraction}`;
  return `${new Date(instant.seconds * 1000).toISOString().slice(0, USUAL_LENGTH)}${fraction}Z`;
}

/**
 * Whether bytes are the time of an event as Defender usually writes it. False says nothing: then the text has to be looked at.
 */
export function isUsualEventTime(bytes: Uint8Array, from: number, to: number): boolean {
  const seconds = usualSeconds(bytes, from, to);
  return seconds !== undefined && seconds >= 0 && seconds < LAST_YEAR_OF_ALL;
}

/** Milliseconds since the epoch; further digits are cut off. */
export function instantMs({ seconds, fraction }: Instant): number {
  return seconds * 1000 + Number(fraction.slice(0, 3).padEnd(3, '0'));
}
