/** IP networks as people write them: `10.1.0.0/16`, `fd00::/8`, or one address. */
import ipaddr from 'ipaddr.js';

export type IpAddress = ipaddr.IPv4 | ipaddr.IPv6;

/** An address of the network, and how many bits of it all addresses of the network have. */
export type Network = readonly [IpAddress, number];

/**
 * A CIDR block or a single address; undefined when the string is neither. IPv4 has four decimal parts: other forms, `010.0.0.0`
 * or `10/8`, mean different networks to different readers.
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

/** An IPv6 address as RFC 5952 writes it, or as IPv4 where it stands for one (`::ffff:10.1.2.3`); undefined when it is neither. */
export function canonicalAddress(text: string): string | undefined {
  const address = parseV6(text);
  if (!address) return undefined;
  return address.isIPv4MappedAddress() ? address.toIPv4Address().toString() : address.toRFC5952String();
}

/** An IPv6 address without `::`: with as few digits as it needs, and with all of them. None when it is no such address. */
export function expandedAddresses(text: string): readonly string[] {
  const address = parseV6(text);
  if (!address) return [];
  const all = address.parts.map((part) => part.toString(16).padStart(4, '0'));
  return [address.toNormalizedString(), all.join(':')];
}

function parseV6(text: string): ipaddr.IPv6 | undefined {
  return ipaddr.IPv6.isValid(text) ? ipaddr.IPv6.parse(text) : undefined;
}
