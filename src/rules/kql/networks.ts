/** Writes in KQL whether an address lies in a network. */
import ipaddr from 'ipaddr.js';
import { asV4, parseNetwork } from '../../shared/network.ts';
import { allOf, atom, type Condition } from './condition.ts';
import { usualAddress } from './renderings.ts';
import { type KqlScope, Unconvertible } from './scope.ts';

/** The length of the prefix of IPv4 addresses that are written as IPv6, in bits. */
const MAPPED_BITS = 96;

/**
 * Whether an address lies in a network. Kusto's functions return null for what is no address, which under a `not` must be false.
 * @param text an expression of type string.
 */
export function isInNetwork(text: string, network: string, isNegated: boolean, scope: KqlScope): Condition {
  const parsed = parseNetwork(network);
  if (!parsed) throw new Unconvertible(`"${network}" is no network`);
  const [address, bits] = asV4(parsed);
  const written = `"${address.toString()}/${bits}"`;
  const call = (name: string, of: string) => {
    const made = `${name}(${of}, ${written})`;
    return atom(isNegated ? `coalesce(${made}, false)` : made);
  };
  if (!(address instanceof ipaddr.IPv6)) return call('ipv4_is_in_range', usualAddress(text, scope));
  const inRange = call('ipv6_is_match', text);
  // Kusto takes IPv4 for the IPv6 addresses that stand for it, which are in no network of IPv6 for the relay.
  const holdsMapped = bits <= MAPPED_BITS && ipaddr.IPv6.parse('::ffff:0:0').match(address, bits);
  const isMapped = `coalesce(ipv6_is_match(${text}, "::ffff:0:0/${MAPPED_BITS}"), false)`;
  return holdsMapped ? allOf([inRange, atom(`not(${isMapped})`)]) : inRange;
}
