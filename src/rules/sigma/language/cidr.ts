/** `|cidr`: whether a string of a row is an address in a network. */
import ipaddr from 'ipaddr.js';
import { canonicalAddress, isInNetwork, type Network, parseNetwork } from '../../../shared/network.ts';

const V4 = /^(\d{1,3})\.(\d{1,3})\.(\d{1,3})\.(\d{1,3})$/;

/**
 * Compiles `10.0.0.0/8` or `fe80::/10` into a test of an address. Undefined when it is neither.
 *
 * An IPv4 address written as IPv6 (`::ffff:10.1.2.3`, as Defender does) is tested as IPv4, and so is a network of such addresses.
 */
export function parseCidr(text: string): ((address: string) => boolean) | undefined {
  const given = text.includes('/') ? parseNetwork(text) : undefined;
  if (!given) return undefined;
  const network = asV4(given);
  const [address, bits] = network;
  if (address.kind() === 'ipv6') {
    return (candidate) => {
      if (!candidate.includes(':') || candidate.length > 64 || !ipaddr.IPv6.isValid(candidate)) return false;
      return isInNetwork(ipaddr.IPv6.parse(candidate), network);
    };
  }
  // Most rows hold IPv4, and ipaddr.js takes four times as long for it.
  const mask = bits === 0 ? 0 : (0xffffffff << (32 - bits)) >>> 0;
  const expected = ((parseV4(address.toString()) ?? 0) & mask) >>> 0;
  return (candidate) => {
    const value = parseV4(candidate) ?? mappedV4(candidate);
    return value !== undefined && (value & mask) >>> 0 === expected;
  };
}

const MAPPED_BITS = 96;

function asV4(network: Network): Network {
  const [address, bits] = network;
  const isMapped = address instanceof ipaddr.IPv6 && address.isIPv4MappedAddress() && bits >= MAPPED_BITS;
  return isMapped ? [address.toIPv4Address(), bits - MAPPED_BITS] : network;
}

function parseV4(text: string): number | undefined {
  const match = V4.exec(text);
  if (!match) return undefined;
  let value = 0;
  for (let part = 1; part <= 4; part++) {
    const byte = Number(match[part]);
    if (byte > 255) return undefined;
    value = value * 256 + byte;
  }
  return value;
}

function mappedV4(text: string): number | undefined {
  if (!text.includes(':') || text.length > 64) return undefined;
  return parseV4(/^::ffff:/i.test(text) ? text.slice(7) : '') ?? parseV4(canonicalAddress(text) ?? '');
}
