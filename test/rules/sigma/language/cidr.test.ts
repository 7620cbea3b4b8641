/** `|cidr` against a library's plain reading of addresses, and with many networks asked of one address after another. */
import fc from 'fast-check';
import ipaddr from 'ipaddr.js';
import { describe, expect, it } from 'vitest';
import { parseCidr } from '../../../../src/rules/sigma/language/cidr.ts';
import { upTo } from '../support.ts';

const decimal = fc.constantFrom('0', '1', '10', '127', '192', '255', '256', '010', '', '0x1', ' 1');
const v4 = fc.array(decimal, { minLength: 4, maxLength: 4 }).map((parts) => parts.join('.'));
const group = fc.constantFrom('0', '1', 'ffff', 'FE80', 'fc00', '0000', '20a', 'g', '12345');
const v6 = fc
  .tuple(fc.array(group, { maxLength: 5 }), fc.array(group, { maxLength: 5 }), fc.constantFrom('', '%eth0'))
  .map(([before, after, zone]) => `${before.join(':')}::${after.join(':')}${zone}`);
const other = fc.constantFrom('', 'host:80', '::', '0:0:0:0:0:ffff:10.1.2.3', '::10.1.2.3', '10.1.2.3:80');
const address = fc.oneof(
  v4,
  v6,
  v4.map((text) => `::ffff:${text}`),
  v4.map((text) => `::FFFF:${text}`),
  other,
);
const network = fc.constantFrom(
  ...['10.0.0.0/8', '192.0.0.0/2', '0.0.0.0/0', '10.1.10.1/32', '127.0.0.0/9'],
  ...['::/0', 'fe80::/10', 'fc00::/7', '::1/128', '::ffff:10.0.0.0/104', '::ffff:0:0/90', '2001:db8::/33'],
);

/** In the words of the specification: IPv4 written as IPv6 is IPv4. */
function isIn(text: string, cidr: string): boolean {
  const [base, bits] = ipaddr.parseCIDR(cidr);
  const isV4 = (one: ipaddr.IPv4 | ipaddr.IPv6) => one instanceof ipaddr.IPv6 && one.isIPv4MappedAddress();
  const asV4 = base instanceof ipaddr.IPv6 && isV4(base) && bits >= 96;
  const plain = text.replace(/^::ffff:(?=[\d.]+$)/i, '');
  const decimals = /^\d{1,3}(?:\.\d{1,3}){3}$/.test(plain) ? plain.split('.').map(Number) : undefined;
  if (decimals && (asV4 || base instanceof ipaddr.IPv4)) {
    if (decimals.some((one) => one > 255)) return false;
    const network = asV4 ? base.toIPv4Address() : base;
    return new ipaddr.IPv4(decimals).match(network, asV4 ? bits - 96 : bits);
  }
  if (!text.includes(':') || !ipaddr.IPv6.isValid(text)) return false;
  const parsed = ipaddr.IPv6.parse(text);
  if (base instanceof ipaddr.IPv6 && !asV4) return parsed.match(base, bits);
  if (!isV4(parsed)) return false;
  return asV4
    ? parsed.toIPv4Address().match(base.toIPv4Address(), bits - 96)
    : parsed.toIPv4Address().match(base, bits);
}

describe('parseCidr', () => {
  it('tells which addresses are in a network', () => {
    fc.assert(
      fc.property(fc.array(network, { minLength: 1, maxLength: 6 }), address, (networks, text) => {
        for (const cidr of networks)
          expect([cidr, parseCidr(cidr)?.(text)]).toEqual([cidr, isIn(text, cidr)]);
      }),
      upTo(1500),
    );
  });

  it.each(['10.0.0.0', '10/8', '10.0.0.0/33', '010.0.0.0/8', 'x', ''])('refuses %j', (text) => {
    expect(parseCidr(text)).toBeUndefined();
  });
});
