import ipaddr from 'ipaddr.js';

const V4 = /^(\d{1,3})\.(\d{1,3})\.(\d{1,3})\.(\d{1,3})$/;

/**
 * Compiles `10.0.0.0/8` or `fe80::/10` into a test of an address. Undefined when it is neither.
 *
 * An IPv4 address written as IPv6 (`::ffff:10.1.2.3`, as Defender does) is tested as IPv4.
 */
export function parseCidr(text: string): ((address: string) => boolean) | undefined {
  const slash = text.indexOf('/');
  const bits = text.slice(slash + 1);
  if (slash < 0 || !/^\d{1,3}$/.test(bits)) return undefined;
  const address = text.slice(0, slash);
  const prefix = Number(bits);
  const v4 = parseV4(address);
  if (v4 !== undefined) {
    if (prefix > 32) return undefined;
    const mask = prefix === 0 ? 0 : (0xffffffff << (32 - prefix)) >>> 0;
    const network = (v4 & mask) >>> 0;
    return (candidate) => {
      const value = parseV4(candidate) ?? mappedV4(candidate);
      return value !== undefined && (value & mask) >>> 0 === network;
    };
  }
  if (prefix > 128 || !ipaddr.IPv6.isValid(address)) return undefined;
  const network = ipaddr.IPv6.parse(address);
  return (candidate) => {
    if (!candidate.includes(':') || candidate.length > 64 || !ipaddr.IPv6.isValid(candidate)) return false;
    return ipaddr.IPv6.parse(candidate).match(network, prefix);
  };
}

function parseV4(text: string): number | undefined {
  const match = V4.exec(text);
  if (!match) return undefined;
  let value = 0;
  for (let part = 1; part <= 4; part++) {
    const byte = Number(match[part]);
    if (byte > 255) return undefined;
    value = value * 256 + byte;
  }
  return value;
}

function mappedV4(text: string): number | undefined {
  return /^::ffff:/i.test(text) ? parseV4(text.slice(7)) : undefined;
}
