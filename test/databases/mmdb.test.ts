import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { databaseFile } from '../../src/databases/mmdb.ts';
import { ruleFileOf, storedFile } from '../../src/databases/stored-file.ts';
import { PrefixTree } from '../../src/rules/lists/prefix-tree.ts';
import { runs } from '../support/runs.ts';
import { mmdb } from './write-mmdb.ts';

const COUNTRIES = readFileSync(
  createRequire(import.meta.url).resolve(
    '@ip-location-db/geo-whois-asn-country-mmdb/geo-whois-asn-country.mmdb',
  ),
);
const CITY = {
  '203.0.113.0/24': {
    city: { names: { en: 'Zürich', de: 'Zürich' }, geoname_id: 2_657_896 },
    country: { iso_code: 'CH', is_in_european_union: false },
    location: { latitude: 47.3667, longitude: -8.55 },
    subdivisions: [{ iso_code: 'ZH' }, { iso_code: 'X' }],
    raw: Uint8Array.of(1, 2),
    big: 2n ** 60n,
    small: 7n,
  },
  '203.0.113.64/26': { country: { iso_code: 'LI' } },
  '2001:db8::/32': { country: { iso_code: 'DE' } },
};
const open = (bytes: Uint8Array) => databaseFile(bytes).open();

describe('the free database of countries', () => {
  const database = open(COUNTRIES);

  it('says what it is', () => {
    expect(database).toMatchObject({ paths: ['country_code'] });
    expect(database.networks).toBeGreaterThan(500_000);
    expect(database.built).toBeGreaterThan(Date.parse('2020-01-01'));
  });

  it('has the country of public addresses, in each notation', () => {
    for (const address of ['8.8.8.8', '::ffff:8.8.8.8', '::FFFF:808:808', '2001:4860:4860::8888']) {
      expect(database.find(address)).toEqual({ country_code: 'US' });
    }
  });

  it.each([
    '10.0.0.1',
    '127.0.0.1',
    'fe80::1',
    '::1',
    '',
    'x',
    '8.8.8',
    '8.8.8.8 ',
    '8.8.8.8/32',
    '8.8.8.8:53',
    '1e3.1.1.1',
  ])('has nothing for %j', (address) => {
    expect(database.find(address)).toBeUndefined();
  });

  it('is not opened if it is damaged', () => {
    const overwritten = (from: number, to: number, byte: number) =>
      Buffer.from(COUNTRIES).fill(byte, from, to);
    const end = COUNTRIES.length;
    const damaged: readonly (readonly [Uint8Array, RegExp])[] = [
      [new Uint8Array(), /no MaxMind database/],
      [Buffer.from('upn,owner\n'), /no MaxMind database/],
      [COUNTRIES.subarray(0, end - 2_000), /its end is missing/],
      [Buffer.concat([COUNTRIES.subarray(0, 1_000_000), COUNTRIES.subarray(2_000_000)]), /missing/],
      [overwritten(1_000, 2_000, 255), /leads out of the file at node \d+/],
      [overwritten(end - 8_000, end - 500, 0), /the record of [\d:a-f.]+ cannot be read/],
    ];
    for (const [bytes, message] of damaged) expect(() => open(bytes)).toThrow(message);
  });
});

describe('a database', () => {
  it.each([24, 28, 32] as const)('with records of %i bits has nested records as JSON', (recordSize) => {
    const database = open(mmdb({ networks: CITY, recordSize }));
    const { raw: _, big, ...rest } = CITY['203.0.113.0/24'];
    expect(database.find('203.0.113.9')).toEqual({ ...rest, big: String(big), small: 7 });
    expect(database.find('203.0.113.9')).toBe(database.find('203.0.113.8'));
    expect(database.find('203.0.113.70')).toEqual({ country: { iso_code: 'LI' } });
    expect(database.find('2001:db8:1::9')).toEqual({ country: { iso_code: 'DE' } });
    expect(database.find('198.51.100.1')).toBeUndefined();
    expect(database.paths).toContain('subdivisions[0].iso_code');
    expect(database.paths).toContain('city.names.en');
  });

  it('of IPv4 addresses has no IPv6 address', () => {
    const database = open(mmdb({ networks: { '192.0.2.0/24': { a: 1 } }, ipVersion: 4, recordSize: 24 }));
    expect(database.find('192.0.2.1')).toEqual({ a: 1 });
    expect(database.find('c000:0201::1')).toBeUndefined();
  });

  it('of another version of the format, or with a record that is no mapping, has nothing', () => {
    const bytes = mmdb({ networks: CITY });
    const version = bytes.lastIndexOf('binary_format_major_version') + 'binary_format_major_version'.length;
    expect(() => open(Buffer.from(bytes).fill(3, version + 1, version + 2))).toThrow('has the version 3');
    expect(open(mmdb({ networks: { '192.0.2.0/24': 'x' } })).find('192.0.2.1')).toBeUndefined();
  });

  it('whose record refers to itself is refused, and costs no more than its bound', () => {
    const bytes = mmdb({ networks: { '192.0.2.0/24': ['padding', 'padding'] } });
    const data = bytes.indexOf('padding') - 3;
    // An array of two references to itself.
    bytes.set([0b0000_0010, 0b0000_0100, 0b0010_0000, 0, 0b0010_0000, 0], data);
    expect(() => open(bytes)).toThrow('cannot be read');
  });

  it.each([
    // An array in an array and so on, each of which claims 16 million elements: 134 MB for each, if it is believed.
    ['claims huge arrays', (_from?: number) => Buffer.from('1f04ffffff'.repeat(40), 'hex')],
    // Sixteen arrays, each of thirty references to the next one: 30^16 values, with 500 references.
    ['refers to the same again and again', laughs],
  ])('whose record or metadata %s is refused in time', (_, hostile) => {
    const bytes = mmdb({ networks: { '192.0.2.0/24': 'x'.repeat(1_200) } });
    const data = bytes.indexOf('xxxx') - 2;
    expect(() => open(Buffer.from(bytes).fill(hostile(), data, data + hostile().length))).toThrow(
      /more than 4096 values/,
    );
    const marker = bytes.lastIndexOf('MaxMind.com') + 'MaxMind.com'.length;
    // A mapping of one key, whose value is hostile; references count from the mapping.
    const metadata = Buffer.concat([Buffer.from('e1', 'hex'), Buffer.from('4161', 'hex'), hostile(3)]);
    expect(() => open(Buffer.concat([bytes.subarray(0, marker), metadata]))).toThrow(
      /damaged: .*more than 4096 values/,
    );
  });

  it('whose record has more text than any row is given is refused', () => {
    const bytes = mmdb({ networks: { '192.0.2.0/24': 'x'.repeat(200) } });
    const data = bytes.indexOf('xxxx') - 2;
    bytes.set([0x5f, 0xff, 0xff, 0xff], data);
    expect(() => open(bytes)).toThrow(/more than 1048576 bytes of text/);
  });

  it('that claims to be of a time that no date can hold is very old', () => {
    const database = open(mmdb({ networks: CITY, built: 2 ** 60 }));
    expect(database.built).toBe(0);
  });

  it('finds what a plain search of the networks finds', () => {
    const octets = fc.tuple(
      fc.integer({ min: 190, max: 193 }),
      fc.integer({ min: 0, max: 3 }),
      fc.nat(255),
      fc.nat(255),
    );
    const network = fc.tuple(octets, fc.integer({ min: 6, max: 32 })).map(([parts, bits]) => {
      const word = parts.reduce((sum, part) => sum * 256 + part, 0);
      const masked = Math.floor(word / 2 ** (32 - bits)) * 2 ** (32 - bits);
      return {
        text: `${[24, 16, 8, 0].map((shift) => Math.floor(masked / 2 ** shift) % 256).join('.')}/${bits}`,
        bits,
      };
    });
    fc.assert(
      fc.property(
        fc.uniqueArray(network, { selector: ({ text }) => text, minLength: 1, maxLength: 20 }),
        fc.array(octets),
        (given, asked) => {
          const networks = given.toSorted((a, b) => a.bits - b.bits).map(({ text }) => text);
          const database = open(
            mmdb({ networks: Object.fromEntries(networks.map((text, at) => [text, { at }])) }),
          );
          const tree = new PrefixTree(networks, () => {});
          for (const address of [
            ...asked.map((parts) => parts.join('.')),
            ...networks.map((text) => text.replace(/\/.*/, '')),
          ]) {
            const at = tree.find(address);
            expect(database.find(address)).toEqual(at < 0 ? undefined : { at });
          }
        },
      ),
      { numRuns: runs(50) },
    );
  });

  it('is the same as a stored file', () => {
    const file = {
      path: 'lists/city.mmdb',
      text: '',
      modified: 5,
      database: databaseFile(mmdb({ networks: CITY })),
    };
    const again = ruleFileOf(JSON.parse(JSON.stringify(storedFile(file))));
    expect(again).toMatchObject({ path: 'lists/city.mmdb', text: '', modified: 5 });
    expect(again.database?.sha256).toBe(file.database.sha256);
    expect(again.database?.open().find('203.0.113.70')).toEqual({ country: { iso_code: 'LI' } });
  });
});

/** Sixteen arrays of thirty references, each to the next array; the last one has thirty pairs of empty texts. @param from the offset from which references count */
function laughs(from = 0): Buffer {
  const length = 3 + 30 * 2;
  const arrays = Array.from({ length: 16 }, (_, n) => {
    const next = from + (n + 1) * length;
    const one = n < 15 ? [0b0010_0000 | (next >> 8), next & 255] : [0x40, 0x40];
    // An array of 30 elements has the size 29 + 1.
    return [29, 4, 1, ...Array.from({ length: 30 }, () => one).flat()];
  });
  return Buffer.from(arrays.flat());
}
