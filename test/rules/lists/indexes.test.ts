import fc from 'fast-check';
import ipaddr from 'ipaddr.js';
import { describe, expect, it } from 'vitest';
import { indexKeys, isKeyOf } from '../../../src/rules/lists/indexes.ts';
import { fold } from '../../../src/rules/sigma/language/fold.ts';

/** Few letters, so that keys and values meet often. */
const letters = fc.string({
  unit: fc.constantFrom('a', 'A', 'b', 'ß', 'é', 'É', 'ſ', '😀', ' '),
  maxLength: 4,
});

describe('a list of text', () => {
  it('finds what a plain search finds, for any keys and values', () => {
    fc.assert(
      fc.property(
        fc.array(letters, { maxLength: 40 }),
        fc.array(letters, { maxLength: 20 }),
        (keys, values) => {
          const { find } = indexKeys('text', keys);
          for (const value of [...values, ...keys]) {
            expect(find(value)).toBe(keys.findIndex((key) => fold(key) === fold(value)));
          }
        },
      ),
    );
  });

  it('finds each of many keys, and nothing else', () => {
    const keys = Array.from({ length: 20_000 }, (_, n) => `Key-${n}`);
    const { find, repeated } = indexKeys('text', keys);
    expect(repeated).toBeUndefined();
    for (let n = 0; n < keys.length; n += 7) expect(find(`KEY-${n}`)).toBe(n);
    for (const other of ['key-20000', 'key-', '', 'x'.repeat(100_000)]) expect(find(other)).toBe(-1);
  });

  it('finds a key that is there twice at its first place, and says so', () => {
    const { find, repeated } = indexKeys('text', ['a', 'b', 'A', 'a']);
    expect(find('a')).toBe(0);
    expect(repeated).toEqual({ count: 2, entry: 2, before: 0 });
  });

  it('takes names of properties that all objects have', () => {
    const { find } = indexKeys('text', ['__proto__', 'constructor']);
    expect(['__proto__', 'CONSTRUCTOR', 'toString'].map(find)).toEqual([0, 1, -1]);
  });
});

const byte = fc.constantFrom(0, 1, 127, 128, 255);
const part = fc.constantFrom(0, 1, 0x2001, 0xffff);
const v4 = fc.tuple(byte, byte, byte, byte).map((bytes) => bytes.join('.'));
const v6 = fc
  .tuple(part, part, part, part, part, part, part, part)
  .map((parts) => parts.map((one) => one.toString(16)).join(':'));
const v4Network = fc
  .tuple(v4, fc.integer({ min: 0, max: 32 }))
  .map(([address, bits]) => `${address}/${bits}`);
const v6Network = fc
  .tuple(v6, fc.integer({ min: 0, max: 128 }))
  .map(([address, bits]) => `${address}/${bits}`);
const mapped = v4.map((address) => `::ffff:${address}`);

/** The plain search: the longest prefix that holds the address, the first of equal ones. */
function mostSpecific(networks: readonly string[], text: string): number {
  // `0` and `1.2` are addresses to the library, and to nobody who writes telemetry.
  if (!ipaddr.IPv4.isValidFourPartDecimal(text) && !ipaddr.IPv6.isValid(text)) return -1;
  const address = ipaddr.process(text);
  let found = -1;
  let most = -1;
  for (const [at, written] of networks.entries()) {
    const [network = '', bits] = written.split('/');
    let parsed = ipaddr.parse(network);
    let length = bits === undefined ? (parsed.kind() === 'ipv4' ? 32 : 128) : Number(bits);
    if (parsed instanceof ipaddr.IPv6 && parsed.isIPv4MappedAddress() && length >= 96) {
      parsed = parsed.toIPv4Address();
      length -= 96;
    }
    if (parsed.kind() !== address.kind() || !address.match(parsed, length) || length <= most) continue;
    found = at;
    most = length;
  }
  return found;
}

describe('a list of networks', () => {
  it('finds the most specific network, as a plain search does', () => {
    const networks = fc.array(fc.oneof(v4, v6, mapped, v4Network, v6Network), { maxLength: 60 });
    fc.assert(
      fc.property(
        networks,
        fc.array(fc.oneof(v4, v6, mapped, fc.string()), { maxLength: 30 }),
        (list, values) => {
          const { find } = indexKeys('network', list);
          for (const value of values) expect(find(value)).toBe(mostSpecific(list, value));
        },
      ),
      { numRuns: 300 },
    );
  });

  it('finds the same among so many networks that they are indexed', () => {
    const list = Array.from({ length: 1_500 }, (_, n) => `${n % 256}.${(n * 7) % 256}.0.0/${8 + (n % 17)}`);
    const { find } = indexKeys('network', list);
    const values = Array.from({ length: 60 }, (_, n) => `${(n * 5) % 256}.${(n * 11) % 256}.${n % 256}.9`);
    for (const value of values) expect(find(value)).toBe(mostSpecific(list, value));
    expect(find('::1')).toBe(-1);
  });

  it('takes networks around networks, whatever their order', () => {
    const { find } = indexKeys('network', ['10.1.2.0/24', '0.0.0.0/0', '10.0.0.0/8', '10.1.2.3']);
    expect(
      ['10.1.2.3', '10.1.2.4', '10.9.9.9', '192.0.2.1', '::ffff:10.1.2.3', 'fe80::1', 'x'].map(find),
    ).toEqual([3, 0, 2, 1, 3, -1, -1]);
  });

  it.each(['10/8', '010.0.0.0/8', '10.0.0.0/33', 'fe80::/129', '1.2.3', '', '10.0.0.0/8/8'])(
    '%s is no network',
    (text) => {
      expect(isKeyOf('network', text)).toBe(false);
    },
  );
});

const label = fc.constantFrom('a', 'B', 'evil', 'com', 'x-1', '_dmarc');
const domain = fc.array(label, { minLength: 1, maxLength: 4 }).map((labels) => labels.join('.'));

describe('a list of domains', () => {
  it('finds a domain and its sub-domains, the longest first, as a plain search does', () => {
    const written = fc
      .tuple(fc.constantFrom('', '*.', '.'), domain, fc.constantFrom('', '.'))
      .map((all) => all.join(''));
    fc.assert(
      fc.property(
        fc.array(written, { maxLength: 30 }),
        fc.array(domain, { maxLength: 20 }),
        (list, hosts) => {
          const { find } = indexKeys('domain', list);
          const bare = list.map((one) =>
            one
              .replace(/^\*?\./, '')
              .replace(/\.$/, '')
              .toLowerCase(),
          );
          for (const host of hosts) {
            const name = host.toLowerCase();
            const fits = bare.filter((one) => name === one || name.endsWith(`.${one}`));
            const longest = fits.toSorted((a, b) => b.length - a.length)[0];
            expect(find(host)).toBe(longest === undefined ? -1 : bare.indexOf(longest));
          }
        },
      ),
    );
  });

  it.each([
    ['evil.com', true],
    ['EVIL.com.', true],
    ['https://evil.com/path?q=good.com', true],
    ['http://user:word@cdn.evil.com:8443/#x', true],
    ['cdn.evil.com:443', true],
    ['\\\\evil.com\\share', true],
    ['https://good.com/evil.com', false],
    ['https://good.com/@evil.com', false],
    ['https://good.com\\@evil.com', false],
    ['https://good.com?evil.com', false],
    ['notevil.com', false],
    ['evil.com.good.com', false],
    ['evil.comm', false],
    ['', false],
    [`${'a.'.repeat(5_000)}evil.com`, false],
  ])('%s: %s', (value, isFound) => {
    expect(indexKeys('domain', ['evil.com']).find(value) >= 0).toBe(isFound);
  });

  it('takes internationalised names in both spellings', () => {
    for (const [key, value] of [
      ['bücher.example', 'xn--bcher-kva.example'],
      ['xn--bcher-kva.example', 'https://www.BÜCHER.example/x'],
    ] as const) {
      expect(indexKeys('domain', [key]).find(value)).toBe(0);
    }
  });

  it.each([
    'https://evil.com',
    'evil.com/x',
    'a b',
    'evil..com',
    '-a.com',
    '',
    'a'.repeat(300),
    'é/x',
    'é@x',
  ])('%s is no domain', (text) => {
    expect(isKeyOf('domain', text)).toBe(false);
  });
});

describe('a list of hashes', () => {
  const digits = fc.stringMatching(/^[0-9a-fA-F]{32}$/);

  it('finds what a plain search finds', () => {
    fc.assert(
      fc.property(fc.array(digits, { maxLength: 20 }), fc.array(digits, { maxLength: 5 }), (keys, others) => {
        const { find } = indexKeys('hash', keys);
        for (const value of [...others, ...keys, ...keys.map((key) => key.toUpperCase())]) {
          expect(find(value)).toBe(keys.findIndex((key) => key.toLowerCase() === value.toLowerCase()));
        }
      }),
    );
  });

  it.each(['d41d8cd98f00b204e9800998ecf8427', 'SHA256=ab', `${'0'.repeat(31)}g`, ''])(
    '%s is no hash',
    (text) => {
      expect(isKeyOf('hash', text)).toBe(false);
    },
  );
});
