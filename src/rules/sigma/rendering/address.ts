/** Addresses: one address has several spellings, and all of them are equal. */
import { canonicalAddress, expandedAddresses } from '../../../shared/network.ts';
import type { Rendering, Texts } from './rendering.ts';

const MAPPED = /^::ffff:(\d{1,3}\.\d{1,3}\.\d{1,3}\.\d{1,3})$/i;
/** No spelling of an address is longer, zone included. */
const LONGEST = 64;

const usualAddress: Rendering = {
  name: 'address as it is usually written',
  isTransparent: true,
  compares: 'addresses',
  render: ([texts = []]) => (texts.some(hasColon) ? texts.map(usual) : texts),
};

/**
 * An address as it is usually written, as the column has it, and of IPv6 without `::` as well: Sysmon writes `fe80:0:0:0:...`.
 *
 * Defender writes IPv4 as `::ffff:203.0.113.9` where a socket of IPv6 was used (seen in `RemoteIP` with the RemoteIPType
 * `FourToSixMapping`, which Microsoft's reference names), and IPv6 with `::`.
 */
export const address: Rendering = {
  name: 'address',
  isTransparent: true,
  compares: 'addresses',
  render: ([texts = []]) => (texts.some(hasColon) ? texts.flatMap(inSpellings) : texts),
  usual: {
    rendering: usualAddress,
    // A whole address of a rule is respelt; of a part, only one of IPv4 tells that it is usual.
    suffices: ({ place, literal }) => place === 'equals' || /^[\d.]*\.[\d.]*$/.test(literal),
  },
  // What a part of one spelling is in another, nobody can say.
  indexedAs: { rendering: usualAddress, need: () => undefined },
  spell: canonical,
};

function hasColon(text: string): boolean {
  return text.includes(':');
}

function canonical(text: string): string {
  if (!hasColon(text) || text.length > LONGEST) return text;
  return MAPPED.exec(text)?.[1] ?? canonicalAddress(text) ?? text;
}

/** Of lists as long as nobody writes them, only the beginning is looked at so closely: it takes a few microseconds for each address. */
const MANY = 512;

function usual(text: string, at: number): string {
  return at < MANY ? canonical(text) : text;
}

function inSpellings(text: string, at: number): Texts {
  return at < MANY ? spellings(text) : [text];
}

function spellings(text: string): Texts {
  if (!hasColon(text) || text.length > LONGEST) return [text];
  const mapped = MAPPED.exec(text)?.[1];
  if (mapped !== undefined) return [mapped, text];
  const usual = canonicalAddress(text);
  if (usual === undefined) return [text];
  return [...new Set([usual, text, ...(usual.includes(':') ? expandedAddresses(text) : [])])];
}
