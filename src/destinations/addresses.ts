/** Which addresses a destination may have: the public internet, and the networks that its config names. */
import ipaddr from 'ipaddr.js';
import { isInNetwork, type Network } from '../shared/network.ts';
import { DestinationRefusedError } from './errors.ts';

/** Addresses of the public unicast range that reach the host itself: Azure's platform channel ("What is 168.63.129.16"). */
const PLATFORM: ReadonlySet<string> = new Set(['168.63.129.16']);
const GLOBAL_UNICAST: Network = [ipaddr.parse('2000::'), 3];

/**
 * Whether a destination may be at this address: public unicast, or in one of the networks its config allows.
 *
 * Refused otherwise are loopback, private, link-local (with the cloud's metadata service), carrier-grade NAT, NAT64, 6to4,
 * documentation and reserved ranges (IANA special-purpose registries). An IPv4-mapped IPv6 address counts as its IPv4 address.
 */
export function addressAllowed(text: string, allowed: readonly Network[]): boolean {
  if (!ipaddr.isValid(text)) return false;
  const address = ipaddr.process(text);
  if (allowed.some((network) => isInNetwork(address, network))) return true;
  if (address.range() !== 'unicast') return false;
  if (address.kind() === 'ipv4') return !PLATFORM.has(address.toString());
  // Of IPv6 only 2000::/3 is given out; the old IPv4-compatible ::/96 among the rest would reach loopback.
  return isInNetwork(address, GLOBAL_UNICAST);
}

/** Throws `address_refused` for an address that {@link addressAllowed} refuses. */
export function checkAddress(host: string, address: string, allowed: readonly Network[]): void {
  if (addressAllowed(address, allowed)) return;
  const what = host === address ? address : `${host} (${address})`;
  throw new DestinationRefusedError(
    'address_refused',
    `${what} is not a public address: add its network to allow_networks if it is meant`,
  );
}

/** Throws `address_refused` when the URL's host is a literal address that is not allowed. Names are the resolver's to check. */
export function checkLiteralHost(url: URL, allowed: readonly Network[]): void {
  // URL has brought `0x7f.1` and `2130706433` into four-part form already; IPv6 stands in brackets.
  const host = url.hostname.replace(/^\[|\]$/g, '');
  if (ipaddr.isValid(host)) checkAddress(host, host, allowed);
}
