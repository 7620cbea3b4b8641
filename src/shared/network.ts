/** Parses IP networks and addresses as people write them: `10.1.0.0/16`, `fd00::/8`, or a single address. */
import ipaddr from 'ipaddr.js';

export type IpAddress = ipaddr.IPv4 | ipaddr.IPv6;

/** An address in the network, and the length of the network's prefix in bits. */
export type Network = readonly [IpAddress, number];

/**
 * Parses a CIDR block or a single address; undefined for other strings. IPv4 must have four decimal parts, because other notations,
 * such as `010.0.0.0` or `10/8`, mean different networks to different programs.
 */
export function parseNetwork(text: string): Network | undefined {
  const [address = '', bits, more] = text.split('/');
  if (more !== undefined || !(ipaddr.IPv4.isValidFourPartDecimal(address) || ipaddr.IPv6.isValid(address))) {
    return undefined;
  }
  const parsed = ipaddr.parse(address);
  const most = parsed.kind() === 'ipv4' ? 32 : 128;
  if (bits === undefined) return [parsed, most];
  return /^\d{1,3}$/.test(bits) && Number(bits) <= most ? [parsed, Number(bits)] : undefined;
}

/** Whether an address is in a network. IPv4 is never in an IPv6 network. */
export function isInNetwork(address: IpAddress, [network, bits]: Network): boolean {
  return address.kind() === network.kind() && address.match(network, bits);
}

/** An address in canonical form: IPv6 as in RFC 5952, or IPv4 if it stands for one (`::ffff:10.1.2.3`); undefined for other strings. */
export function canonicalAddress(text: string): string | undefined {
  const address = parseV6(text);
  if (!address) return undefined;
  return address.isIPv4MappedAddress() ? address.toIPv4Address().toString() : address.toRFC5952String();
}

/** The two spellings of an IPv6 address without `::`: with leading zeros omitted, and with all digits. Empty for other strings. */
export function expandedAddresses(text: string): readonly string[] {
  const address = parseV6(text);
  if (!address) return [];
  const all = address.parts.map((part) => part.toString(16).padStart(4, '0'));
  return [address.toNormalizedString(), all.join(':')];
}

function parseV6(text: string): ipaddr.IPv6 | undefined {
  return ipaddr.IPv6.isValid(text) ? ipaddr.IPv6.parse(text) : undefined;
}

const MAPPED_BITS = 96;

/** A network of IPv4 addresses in IPv6 notation (`::ffff:10.0.0.0/104`) as the IPv4 network that it stands for; others unchanged. */
export function asV4(network: Network): Network {
  const [address, bits] = network;
  const isMapped = address instanceof ipaddr.IPv6 && address.isIPv4MappedAddress() && bits >= MAPPED_BITS;
  return isMapped ? [address.toIPv4Address(), bits - MAPPED_BITS] : network;
}
