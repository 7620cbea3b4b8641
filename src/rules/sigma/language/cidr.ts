/** Implements `|cidr`: whether a string of a row is an IP address in a network. */
import ipaddr from 'ipaddr.js';
import { type Network, parseNetwork } from '../../../shared/network.ts';

/**
 * Compiles a network such as `10.0.0.0/8` or `fe80::/10` into a test of an address. Undefined if the text is not a network.
 *
 * An IPv4 address written as IPv6 (`::ffff:10.1.2.3`, as Defender writes it) is tested as IPv4, and so is a network of such addresses.
 */
export function parseCidr(text: string): ((address: string) => boolean) | undefined {
  const given = text.includes('/') ? parseNetwork(text) : undefined;
  if (!given) return undefined;
  const [network, bits] = asV4(given);
  if (network instanceof ipaddr.IPv6) {
    const masks = network.parts.map((_, at) => maskOf(bits - 16 * at, 16));
    const expected = network.parts.map((part, at) => part & (masks[at] ?? 0));
    return (candidate) => {
      const { v6 } = read(candidate);
      return v6.length > 0 && v6.every((part, at) => (part & (masks[at] ?? 0)) === expected[at]);
    };
  }
  const mask = maskOf(bits, 32);
  const expected = ((parseV4(network.toString(), 0) ?? 0) & mask) >>> 0;
  return (candidate) => {
    const { v4 } = read(candidate);
    return v4 !== undefined && (v4 & mask) >>> 0 === expected;
  };
}

/** The mask of the first `bits` of a number of 16 or 32 bits. */
function maskOf(bits: number, size: 16 | 32): number {
  if (bits <= 0) return 0;
  const rest = Math.max(0, size - bits);
  return (2 ** size - 1 - (2 ** rest - 1)) >>> 0;
}

const MAPPED_BITS = 96;

function asV4(network: Network): Network {
  const [address, bits] = network;
  const isMapped = address instanceof ipaddr.IPv6 && address.isIPv4MappedAddress() && bits >= MAPPED_BITS;
  return isMapped ? [address.toIPv4Address(), bits - MAPPED_BITS] : network;
}

/** A string of a row, read as an address. The IPv6 parts are parsed on first use. */
class ReadAddress {
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

/** The longest spelling of an address, zone included, in UTF-16 units. */
const LONGEST = 64;
const MAPPED = '::ffff:';

/** The address that was read last: a rule often tests one address against many networks. */
let last = new ReadAddress('');

function read(text: string): ReadAddress {
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
function parseV4(text: string, from: number): number | undefined {
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
