/** Addresses: one address has several spellings, and all of them are equal. */
import { canonicalAddress, expandedAddresses } from '../../../shared/network.ts';
import type { Rendering, Texts } from './rendering.ts';

const MAPPED = /^::ffff:(\d{1,3}\.\d{1,3}\.\d{1,3}\.\d{1,3})$/i;
/** No spelling of an address is longer, zone included. */
const LONGEST = 64;

/**
 * An address as it is usually written, as the column has it, and of IPv6 without `::` as well: Sysmon writes `fe80:0:0:0:...`.
 *
 * Defender writes IPv4 as `::ffff:203.0.113.9` where a socket of IPv6 was used (seen in `RemoteIP` with the RemoteIPType
 * `FourToSixMapping`, which Microsoft's reference names), and IPv6 with `::`.
 */
export const address: Rendering = {
  name: 'address',
  isTransparent: true,
  render: ([texts = []]) => (texts.some(hasColon) ? texts.flatMap(spellings) : texts),
  reference: {
    name: 'address as it is usually written',
    isTransparent: true,
    render: ([texts = []]) => (texts.some(hasColon) ? texts.map(canonical) : texts),
  },
  spell: canonical,
};

function hasColon(text: string): boolean {
  return text.includes(':');
}

function canonical(text: string): string {
  if (!hasColon(text) || text.length > LONGEST) return text;
  return canonicalAddress(text) ?? text;
}

function spellings(text: string): Texts {
  if (!hasColon(text) || text.length > LONGEST) return [text];
  const mapped = MAPPED.exec(text)?.[1];
  if (mapped !== undefined) return [mapped, text];
  const usual = canonicalAddress(text);
  if (usual === undefined) return [text];
  return [...new Set([usual, text, ...(usual.includes(':') ? expandedAddresses(text) : [])])];
}
