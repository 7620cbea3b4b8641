/** Reads IP addresses from the strings of rows into numbers: quickly, because every row may hold several. */
import ipaddr from 'ipaddr.js';

/** The longest spelling of an address, zone included, in UTF-16 units. */
const LONGEST = 64;
const MAPPED = '::ffff:';

/** A string of a row, read as an address. The IPv6 parts are parsed on first use. */
export class ReadAddress {
  readonly text: string;
  /** The address as a number if it is IPv4, also in IPv6 notation; undefined otherwise. */
  readonly v4: number | undefined;
  #v6: readonly number[] | undefined;

  constructor(text: string) {
    this.text = text;
    const mapped = text.slice(0, MAPPED.length).toLowerCase() === MAPPED;
    if (text.length <= LONGEST) this.v4 = parseV4(text, mapped ? MAPPED.length : 0) ?? v4Of(this.v6);
  }

  /** The eight 16-bit parts of an IPv6 address; empty for other strings. */
  get v6(): readonly number[] {
    this.#v6 ??= readV6(this.text);
    return this.#v6;
  }
}

/** The address that was read last: rules often test one address against many networks. */
let last = new ReadAddress('');

/** Reads a string as an address. */
export function readAddress(text: string): ReadAddress {
  if (text !== last.text) last = new ReadAddress(text);
  return last;
}

function readV6(text: string): readonly number[] {
  if (text.length > LONGEST || !text.includes(':') || !ipaddr.IPv6.isValid(text)) return [];
  return ipaddr.IPv6.parse(text).parts;
}

/** The IPv4 address that an IPv6 address stands for (RFC 4291, 2.5.5.2). */
function v4Of(v6: readonly number[]): number | undefined {
  const [a, b, c, d, e, f, high, low] = v6;
  if (high === undefined || low === undefined || f !== 0xffff) return undefined;
  return [a, b, c, d, e].every((part) => part === 0) ? high * 0x10000 + low : undefined;
}

const DOT = 0x2e;
const ZERO = 0x30;

/** Parses an IPv4 address from a position of a string to its end: four decimal numbers of up to three digits. */
export function parseV4(text: string, from = 0): number | undefined {
  let value = 0;
  let at = from;
  for (let part = 1; part <= 4; part++) {
    let byte = 0;
    let digits = 0;
    for (; at < text.length && digits <= 3; at++, digits++) {
      const digit = text.charCodeAt(at) - ZERO;
      if (digit < 0 || digit > 9) break;
      byte = byte * 10 + digit;
    }
    if (digits === 0 || digits > 3 || byte > 255) return undefined;
    if (part < 4 && text.charCodeAt(at++) !== DOT) return undefined;
    value = value * 256 + byte;
  }
  return at === text.length ? value : undefined;
}
