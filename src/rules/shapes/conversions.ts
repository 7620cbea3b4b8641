/** Converts the values of columns into the types of a schema. A value that cannot be converted gives undefined, and stays where custom values are. */
import ipaddr from 'ipaddr.js';
import { ExactNumber } from '../../shared/exact-number.ts';
import { instantMs, isUsualInstant, parseInstant } from '../../shared/instant.ts';
import { isJsonObject, type JsonValue } from '../../shared/json.ts';

/** Never throws. */
export type Conversion = (value: JsonValue) => JsonValue | undefined;

/** The conversions whose texts have no character that JSON escapes. */
const plainOnes = new WeakSet<Conversion>();

function plain(convert: Conversion): Conversion {
  plainOnes.add(convert);
  return convert;
}

/** Longer text is no address, number, instant or the like. UTF-16 units. */
const LONGEST_SCALAR = 64;
const WHOLE_NUMBER = /^[+-]?\d{1,19}$/;
const DECIMAL = /^[+-]?\d{1,30}(?:\.\d{1,30})?(?:e[+-]?\d{1,3})?$/i;
const LAT_LON = /^-?(?:[0-8]?\d(?:\.\d{1,20})?|90), ?-?(?:(?:1[0-7]|\d)?\d(?:\.\d{1,20})?|180)$/;
const MAC = /^(?:[0-9a-f]{2}([:-]?))(?:[0-9a-f]{2}\1){4}[0-9a-f]{2}$/i;

/** Text of a scalar; lists and objects have none. */
export function textOf(value: JsonValue): string | undefined {
  if (typeof value === 'string') return value;
  if (typeof value === 'number' || typeof value === 'boolean') return String(value);
  return (value as unknown) instanceof ExactNumber ? String(value) : undefined;
}

export const text: Conversion = (value) => {
  const converted = textOf(value);
  return converted === '' ? undefined : converted;
};

/** The conversions that leave all texts up to a length unchanged. */
const unchanging = new WeakMap<Conversion, number>([[text, Number.MAX_SAFE_INTEGER]]);

export const lower: Conversion = (value) => textOf(value)?.toLowerCase();

export const json: Conversion = (value) => value;

/** An object as it is; everything else is no object. */
export const object: Conversion = (value) => (isJsonObject(value) ? value : undefined);

/** A place on the map as Elasticsearch takes it: `{lat, lon}` or `lat,lon`. */
export const geoPoint: Conversion = (value) => {
  if (typeof value === 'string')
    return value.length <= LONGEST_SCALAR && LAT_LON.test(value) ? value : undefined;
  if (!isJsonObject(value)) return undefined;
  const { lat, lon } = value;
  return typeof lat === 'number' && typeof lon === 'number' && Math.abs(lat) <= 90 && Math.abs(lon) <= 180
    ? { lat, lon }
    : undefined;
};

/** An IPv4 or IPv6 address. `::ffff:a.b.c.d`, which Defender writes for IPv4, becomes `a.b.c.d`; zones (`%eth0`) are left out. */
export const address: Conversion = plain((value) => {
  if (typeof value !== 'string' || value.length > LONGEST_SCALAR) return undefined;
  if (isV4(value)) return value;
  const bare = value.trim().replace(/%.*$/, '');
  if (isV4(bare)) return bare;
  if (!bare.includes(':')) return undefined;
  const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(bare)?.[1];
  if (mapped !== undefined) return isV4(mapped) ? mapped : undefined;
  if (!ipaddr.IPv6.isValid(bare)) return undefined;
  return bare.includes('.') ? ipaddr.IPv6.parse(bare).toRFC5952String() : bare;
});

const [DOT, ZERO] = [0x2e, 0x30];

/** Four decimal numbers up to 255, without leading zeros, which some read as octal. Each row has several: no expression is as quick. */
function isV4(text: string): boolean {
  const { length } = text;
  if (length < 7 || length > 15) return false;
  let dots = 0;
  let number = 0;
  let digits = 0;
  for (let at = 0; at < length; at++) {
    const code = text.charCodeAt(at);
    if (code === DOT) {
      if (digits === 0) return false;
      dots++;
      number = 0;
      digits = 0;
      continue;
    }
    const digit = code - ZERO;
    if (digit < 0 || digit > 9 || (digits > 0 && number === 0)) return false;
    number = number * 10 + digit;
    digits++;
    if (number > 255) return false;
  }
  return dots === 3 && digits > 0;
}

/** A whole number from `lowest` to `highest`, also as text. */
function whole(lowest: number, highest: number): Conversion {
  return (value) => {
    const number = wholeNumber(value);
    return number !== undefined && number >= lowest && number <= highest ? number : undefined;
  };
}

function wholeNumber(value: JsonValue): number | undefined {
  const given =
    typeof value === 'number'
      ? value
      : typeof value === 'string' && WHOLE_NUMBER.test(value)
        ? Number(value)
        : Number.NaN;
  if (!Number.isSafeInteger(given)) return undefined;
  return Object.is(given, -0) ? 0 : given;
}

export const integer: Conversion = whole(-(2 ** 31), 2 ** 31 - 1);
export const long: Conversion = whole(Number.MIN_SAFE_INTEGER, Number.MAX_SAFE_INTEGER);
export const port: Conversion = whole(0, 65_535);
/** A process id. 0 stands for "not seen by the sensor". */
export const processId: Conversion = whole(1, 2 ** 31 - 1);

export const float: Conversion = (value) => {
  const given =
    typeof value === 'number'
      ? value
      : typeof value === 'string' && DECIMAL.test(value)
        ? Number(value)
        : Number.NaN;
  return Number.isFinite(given) ? given : undefined;
};

/** Defender writes booleans in six ways: true, 1, "1", "true" and "True", and the same for false. */
export const boolean: Conversion = (value) => {
  if (typeof value === 'boolean') return value;
  const given =
    typeof value === 'number'
      ? String(value)
      : typeof value === 'string' && value.length <= 5
        ? value.toLowerCase()
        : '';
  if (given === 'true' || given === '1') return true;
  return given === 'false' || given === '0' ? false : undefined;
};

const STRICT_INSTANT = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,9})?(?:Z|[+-]\d\d:\d\d)$/;

/** A time as ISO 8601 text with a zone, digits as they came. */
export const instant: Conversion = plain((value) => {
  if (typeof value !== 'string') return undefined;
  if (isUsualInstant(value)) return value;
  const ms = milliseconds(value);
  if (ms === undefined) return undefined;
  return STRICT_INSTANT.test(value) ? value : new Date(ms).toISOString();
});

/** A time in milliseconds since the epoch. */
export const epoch: Conversion = (value) => milliseconds(value);

function milliseconds(value: JsonValue): number | undefined {
  if (typeof value !== 'string' || value.length > LONGEST_SCALAR) return undefined;
  const parsed = parseInstant(value);
  const ms = parsed && instantMs(parsed);
  return ms !== undefined && Number.isFinite(ms) ? Math.trunc(ms) : undefined;
}

/** A MAC address in upper case with `separator` between the octets. */
export function mac(separator: '-' | ':'): Conversion {
  return plain((value) => {
    if (typeof value !== 'string' || !MAC.test(value)) return undefined;
    return value.replaceAll(/[:-]/g, '').toUpperCase().match(/../g)?.join(separator);
  });
}

/** Hexadecimal digits of one of these lengths, in lower case. */
export function digest(...lengths: readonly number[]): Conversion {
  return plain((value) => {
    if (typeof value !== 'string' || !lengths.includes(value.length)) return undefined;
    return hexadecimal(value);
  });
}

const [NINE, UPPER_A, UPPER_F, LOWER_A, LOWER_F] = [0x39, 0x41, 0x46, 0x61, 0x66];

/** Hexadecimal digits in lower case; undefined for other text. Each row has several: no expression is as quick. */
function hexadecimal(text: string): string | undefined {
  let isLower = true;
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at);
    if (code >= ZERO && code <= NINE) continue;
    if (code >= LOWER_A && code <= LOWER_F) continue;
    if (code < UPPER_A || code > UPPER_F) return undefined;
    isLower = false;
  }
  return isLower ? text : text.toLowerCase();
}

const EMAIL = /^[a-z0-9!#$%&'*+/=?^_`{|}~.-]+@[a-z0-9-]+\.[a-z0-9.-]+$/i;
const LONGEST_EMAIL = 320;

/** A mail address as OCSF's `email_t` allows it. */
export const email: Conversion = (value) =>
  typeof value === 'string' && value.length <= LONGEST_EMAIL && EMAIL.test(value) ? value : undefined;

const GUID = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

export const guid: Conversion = plain((value) =>
  typeof value === 'string' && GUID.test(value) ? value : undefined,
);

/** Text of at most so many UTF-16 units. */
export function textUpTo(longest: number): Conversion {
  const convert: Conversion = (value) => {
    const converted = text(value);
    return typeof converted === 'string' && converted.length <= longest ? converted : undefined;
  };
  unchanging.set(convert, longest);
  return convert;
}

/** Up to which length a conversion leaves every text as it is, but for the empty one. UTF-16 units. 0: it may change any. */
export function unchangedUpTo(convert: Conversion): number {
  return unchanging.get(convert) ?? 0;
}

/** Whether all texts that a conversion gives are of characters that JSON does not escape. False says nothing. */
export function isPlainConversion(convert: Conversion): boolean {
  return plainOnes.has(convert);
}
