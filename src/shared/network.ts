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
