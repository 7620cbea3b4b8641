/** Renders IP addresses in all their spellings, so that a rule may use any of them. */
import { canonicalAddress, expandedAddresses } from '../../../shared/network.ts';
import type { Rendering, Texts } from './rendering.ts';

const MAPPED = /^::ffff:(\d{1,3}\.\d{1,3}\.\d{1,3}\.\d{1,3})$/i;
/** The longest spelling of an address, zone included, in UTF-16 units. */
const LONGEST = 64;

const usualAddress: Rendering = {
  name: 'address as it is usually written',
  form: { kind: 'address', spellings: 'usual' },
  isTransparent: true,
  compares: 'addresses',
  render: ([texts = []]) => (texts.some(hasColon) ? texts.map(usual) : texts),
};

/**
 * An address in its usual spelling, in the column's spelling and, for IPv6, without `::`, because Sysmon writes `fe80:0:0:0:...`.
 *
 * Defender writes an IPv4 address as `::ffff:203.0.113.9` if an IPv6 socket was used (seen in `RemoteIP` with the RemoteIPType
 * `FourToSixMapping`, which Microsoft's reference names), and IPv6 addresses with `::`.
 */
export const address: Rendering = {
  name: 'address',
  form: { kind: 'address', spellings: 'all' },
  isTransparent: true,
  compares: 'addresses',
  render: ([texts = []]) => (texts.some(hasColon) ? texts.flatMap(inSpellings) : texts),
  usual: {
    rendering: usualAddress,
    // A whole address of a rule is rewritten in the usual spelling. A part of an address certainly is usual only if it is IPv4.
    suffices: ({ place, literal }) => place === 'equals' || /^[\d.]*\.[\d.]*$/.test(literal),
  },
  // A part of one spelling says nothing about the other spellings.
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

/** How many addresses of a list are rendered, at a few microseconds each. No telemetry has longer lists, but an attacker's row may. */
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
