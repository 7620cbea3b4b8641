/** Implements `|cidr`: whether a string of a row is an IP address in a network. */
import ipaddr from 'ipaddr.js';
import { asV4, parseNetwork } from '../../../shared/network.ts';
import { parseV4, readAddress } from '../../../shared/read-address.ts';

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
      const { v6 } = readAddress(candidate);
      return v6.length > 0 && v6.every((part, at) => (part & (masks[at] ?? 0)) === expected[at]);
    };
  }
  const mask = maskOf(bits, 32);
  const expected = ((parseV4(network.toString()) ?? 0) & mask) >>> 0;
  return (candidate) => {
    const { v4 } = readAddress(candidate);
    return v4 !== undefined && (v4 & mask) >>> 0 === expected;
  };
}

/** The mask of the first `bits` of a number of 16 or 32 bits. */
function maskOf(bits: number, size: 16 | 32): number {
  if (bits <= 0) return 0;
  const rest = Math.max(0, size - bits);
  return (2 ** size - 1 - (2 ** rest - 1)) >>> 0;
}
