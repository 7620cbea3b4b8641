import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { indicatorsOf, stixObjects, valuesIn } from '../../../src/relay/list-feeds/stix.ts';

describe('the values of a STIX pattern', () => {
  it.each([
    ["[ipv4-addr:value = '203.0.113.9']", 'network', ['203.0.113.9']],
    ["[ipv4-addr:value ISSUBSET '203.0.113.0/24']", 'network', ['203.0.113.0/24']],
    [
      "[ipv4-addr:value = '192.0.2.1'] OR [ipv6-addr:value='2001:db8::1']",
      'network',
      ['192.0.2.1', '2001:db8::1'],
    ],
    ["[ipv4-addr:value IN ('192.0.2.1', '192.0.2.2')]", 'network', ['192.0.2.1', '192.0.2.2']],
    ["[domain-name:value = 'evil.example' OR url:value = 'http://x/']", 'domain', ['evil.example']],
    ["[file:hashes.'SHA-256' = 'ab' OR file:hashes.MD5 = 'cd']", 'hash', ['ab', 'cd']],
    ["[url:value = 'http://x/\\'AND\\\\']", 'text', ["http://x/'AND\\"]],
    ["[ipv4-addr:value = '1.2.3.4' AND file:name = 'x']", 'network', []],
    ["[ipv4-addr:value = '1.2.3.4'] FOLLOWEDBY [file:name = 'x']", 'network', []],
    ["[ipv4-addr:value != '1.2.3.4']", 'network', []],
    ["[NOT ipv4-addr:value = '1.2.3.4']", 'network', []],
    ["[ipv4-addr:value = '1.2.3.4'] WITHIN 300 SECONDS", 'network', []],
    ['[file:size > 7]', 'hash', []],
    ["[domain-name:value LIKE '%.example']", 'domain', []],
    ['', 'text', []],
  ] as const)('%s', (pattern, type, values) => {
    expect(valuesIn(pattern, type)).toEqual(values);
  });

  it('takes no time for hostile patterns, and never throws', () => {
    for (const pattern of [
      `[a:b =${' '.repeat(60_000)}`,
      `[a:b = '${'\\'.repeat(60_000)}`,
      `[a:b IN (${"'x',".repeat(15_000)}`,
      'a'.repeat(65_000),
      `'${"\\'".repeat(32_000)}`,
      "a:'".repeat(20_000),
    ]) {
      const before = process.cpuUsage();
      valuesIn(pattern, 'text');
      const { user } = process.cpuUsage(before);
      // A feed of 32 MiB may have 500 of them.
      expect(user / 1_000, pattern.slice(0, 10)).toBeLessThan(100);
    }
    fc.assert(
      fc.property(
        fc.string({ unit: fc.constantFrom("'", '\\', ' ', ':', 'a', '=', '[', 'IN', ',') }),
        (pattern) => {
          valuesIn(pattern, 'text');
        },
      ),
    );
  });
});

describe('STIX objects', () => {
  it('are those of bundles and envelopes', () => {
    expect(stixObjects({ type: 'bundle', id: 'bundle--1' })).toEqual([]);
    expect(stixObjects({})).toEqual([]);
    expect(stixObjects({ more: false })).toEqual([]);
    expect(stixObjects({ objects: [{ a: 1 }, 7] })).toEqual([{ a: 1 }]);
    for (const other of [[], 'x', { error: 'sign in' }, { objects: 7 }, null])
      expect(stixObjects(other)).toBeUndefined();
  });

  it('are indicators, also without values', () => {
    const found = indicatorsOf(
      [
        {
          type: 'indicator',
          id: 'indicator--1',
          name: 'n',
          pattern: "[ipv4-addr:value = '1.2.3.4']",
          pattern_type: 'stix',
        },
        { type: 'indicator', id: 'indicator--2', pattern: 'alert tcp', pattern_type: 'snort', revoked: true },
        { type: 'malware', id: 'malware--1' },
      ],
      'network',
    );
    expect(found).toEqual([
      { id: 'indicator--1', name: 'n', validUntil: undefined, revoked: false, values: ['1.2.3.4'] },
      { id: 'indicator--2', name: '', validUntil: undefined, revoked: true, values: [] },
    ]);
  });
});
