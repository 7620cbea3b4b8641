/** One address in several spellings is one address, in every comparison. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { compileProgram } from '../../../../src/rules/compile.ts';
import { DryRun } from '../../../../src/rules/dry-run.ts';
import { isAddressColumn } from '../../../../src/rules/schema/addresses.ts';
import { findTable, tableNames } from '../../../../src/rules/schema/index.ts';
import { rowOf } from '../../../../src/rules/testing/run.ts';
import type { JsonObject } from '../../../../src/shared/json.ts';
import { compile, context, filesOf } from '../../helpers.ts';
import { field, upTo } from '../support.ts';
import { raises, ruleOf } from './rows.ts';

const MAPPED: JsonObject = {
  ActionType: 'ConnectionSuccess',
  RemoteIP: '::ffff:203.0.113.9',
  RemoteIPType: 'FourToSixMapping',
};

describe('IPv4 that is written as IPv6', () => {
  const matches = (selection: string, row = MAPPED) =>
    raises(ruleOf('product: windows, category: network_connection', selection), 'DeviceNetworkEvents', row);

  it.each([
    'DestinationIp: 203.0.113.9',
    'DestinationIp: [198.51.100.1, 203.0.113.9]',
    'DestinationIp|startswith: 203.0.',
    'DestinationIp|endswith: .113.9',
    'DestinationIp|contains: 0.113',
    "DestinationIp: '203.0.113.*'",
    String.raw`DestinationIp|re: '^203\.0\.113\.'`,
    'DestinationIp|cidr: 203.0.113.0/24',
    "DestinationIp|cidr: '::ffff:203.0.113.0/120'",
    'DestinationIp|cased: 203.0.113.9',
    "DestinationIp: '::ffff:203.0.113.9'",
    "DestinationIp: '::FFFF:CB00:7109'",
    "DestinationIp: '0:0:0:0:0:ffff:203.0.113.9'",
    "DestinationIp|startswith: '::ffff:'",
    'RemoteIP: 203.0.113.9',
    'RemoteIP|startswith: 203.0.',
  ])('%s', (selection) => {
    expect(matches(selection)).toBe(true);
    const other = { ...MAPPED, RemoteIP: '2001:db8::203:113:9' };
    expect(matches(selection, other)).toBe(false);
  });

  it('in rows too that spell it otherwise', () => {
    for (const RemoteIP of [
      '::FFFF:203.0.113.9',
      '::ffff:cb00:7109',
      '0:0:0:0:0:ffff:cb00:7109',
      '203.0.113.9',
    ]) {
      expect(matches('DestinationIp: 203.0.113.9', { ...MAPPED, RemoteIP })).toBe(true);
      expect(matches('DestinationIp|cidr: 203.0.113.0/24', { ...MAPPED, RemoteIP })).toBe(true);
    }
  });

  it('between fields', () => {
    const row = { ...MAPPED, LocalIP: '203.0.113.9' };
    expect(matches('SourceIp|fieldref: DestinationIp', row)).toBe(true);
    expect(matches('DestinationIp|fieldref: SourceIp', row)).toBe(true);
    expect(matches('DestinationIp|fieldref: SourceIp', { ...row, LocalIP: '203.0.113.8' })).toBe(false);
  });

  it('null stays null', () => {
    expect(matches('DestinationIp: null', { ...MAPPED, RemoteIP: null })).toBe(true);
    expect(matches('DestinationIp: null')).toBe(false);
    expect(matches('DestinationIp|exists: true', { ActionType: 'ConnectionSuccess' })).toBe(false);
    expect(matches('DestinationIp|exists: true', { ...MAPPED, RemoteIP: null })).toBe(true);
  });

  it('in filters and routes of table files', () => {
    const { evaluate } = compile({
      'DeviceNetworkEvents.yaml': `table: DeviceNetworkEvents
filter:
  - title: Known
    detection: { s: { RemoteIP: 203.0.113.9 }, condition: s }
`,
    });
    expect(evaluate('DeviceNetworkEvents', MAPPED)).toMatchObject({ kind: 'filtered' });
    expect(evaluate('DeviceNetworkEvents', { RemoteIP: '203.0.113.10' })).toMatchObject({
      kind: 'forwarded',
    });
  });
});

it('the group of a correlation is the address, not its spelling', () => {
  const text = `title: Many
correlation: { type: event_count, rules: [one], group-by: [RemoteIP], timespan: 10m, condition: { gte: 2 } }
---
title: One
name: one
logsource: { product: m365defender, category: DeviceLogonEvents }
detection: { s: { ActionType: LogonFailed }, condition: s }
`;
  const { program } = compileProgram(filesOf({ 'detections/rule.yml': text }), context);
  if (!program) throw new Error('the rules compile');
  const run = new DryRun(program);
  const raised = ['::ffff:203.0.113.9', '203.0.113.8', '203.0.113.9'].map((RemoteIP, at) => {
    const row = rowOf('DeviceLogonEvents', { ActionType: 'LogonFailed', RemoteIP }, 'test', at);
    return run.next({ ...row, id: `${at}`.padStart(16, '0') }, at * 1000).raised.length;
  });
  expect(raised).toEqual([0, 0, 1]);
});

describe('IPv6', () => {
  const spellings = [
    '2001:db8::1',
    '2001:DB8::1',
    '2001:db8:0:0:0:0:0:1',
    '2001:0db8:0000:0000:0000:0000:0000:0001',
    '2001:db8:0::0:1',
  ];
  it('is equal in all its spellings', () => {
    for (const RemoteIP of spellings) {
      for (const other of spellings) expect(field(`RemoteIP: '${other}'`)({ RemoteIP })).toBe(true);
      expect(field("RemoteIP|startswith: '2001:db8:'")({ RemoteIP })).toBe(true);
      expect(field("RemoteIP|startswith: '2001:db8:0:0:'")({ RemoteIP })).toBe(true);
      expect(field("RemoteIP|startswith: '2001:0db8:'")({ RemoteIP })).toBe(true);
      expect(field("RemoteIP|cidr: '2001:db8::/32'")({ RemoteIP })).toBe(true);
      expect(field("RemoteIP: '2001:db8::2'")({ RemoteIP })).toBe(false);
    }
    expect(field("RemoteIP: ['::1', 'fe80::1']")({ RemoteIP: '0:0:0:0:0:0:0:1' })).toBe(true);
    expect(field("RemoteIP: '0:0:0:0:0:0:0:1'")({ RemoteIP: '::1' })).toBe(true);
  });

  it('other strings, and long ones, are compared as they are', () => {
    for (const RemoteIP of [
      'a:b',
      ':',
      '1.2.3.4:443',
      'x'.repeat(100_000),
      `::ffff:${'1'.repeat(9_000)}`,
      '::ffff:999.1.1.1',
    ]) {
      expect(field(`RemoteIP: '${RemoteIP}'`)({ RemoteIP })).toBe(true);
      expect(field('RemoteIP: 1.2.3.4')({ RemoteIP })).toBe(false);
    }
    expect(field('RemoteIP: 1.2.3.4')({ RemoteIP: ['::1', '::ffff:1.2.3.4'] })).toBe(true);
  });

  it('any address equals itself, however it is written', () => {
    const part = fc.integer({ min: 0, max: 0xffff });
    const address = fc.array(part, { minLength: 8, maxLength: 8 });
    fc.assert(
      fc.property(address, fc.integer({ min: 0, max: 8 }), (parts, zeros) => {
        const filled = parts.map((one, at) => (at < zeros ? 0 : one));
        const plain = filled.map((one) => one.toString(16)).join(':');
        const full = filled.map((one) => one.toString(16).padStart(4, '0').toUpperCase()).join(':');
        expect(field(`RemoteIP: '${full}'`)({ RemoteIP: plain })).toBe(true);
        expect(field(`RemoteIP: '${plain}'`)({ RemoteIP: full })).toBe(true);
      }),
      upTo(100),
    );
  });
});

it('columns of addresses are known by their names', () => {
  const columns = tableNames.flatMap((table) => [...(findTable(table)?.columns.keys() ?? [])]);
  expect([...new Set(columns.filter(isAddressColumn))].sort()).toMatchInlineSnapshot(`
    [
      "DestinationIPAddress",
      "FileOriginIP",
      "IPAddress",
      "InitiatingProcessRemoteSessionIP",
      "IpAddress",
      "LocalIP",
      "ProcessRemoteSessionIP",
      "PublicIP",
      "RemoteIP",
      "RequestSourceIP",
      "SenderIPv4",
      "SenderIPv6",
      "SourceIPAddress",
    ]
  `);
  expect(['RawEventData.ClientIP', 'AdditionalFields.ip', 'a.ClientIpAddress'].every(isAddressColumn)).toBe(
    true,
  );
  expect(['RemoteIPType', 'IPAddresses', 'IPTags', 'MacAddress', 'zip', 'Ship'].some(isAddressColumn)).toBe(
    false,
  );
});
