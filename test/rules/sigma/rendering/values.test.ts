/** Values that Defender stores in another form are compared as Sysmon and Windows write them; each category takes its ActionTypes. */
import { describe, expect, it } from 'vitest';
import type { JsonObject } from '../../../../src/shared/json.ts';
import { findings, raises, ruleOf } from './rows.ts';

describe('access masks', () => {
  const row = (DesiredAccess: number | string): JsonObject => ({
    ActionType: 'OpenProcessApiCall',
    FileName: 'lsass.exe',
    FolderPath: 'C:\\Windows\\System32',
    AdditionalFields: JSON.stringify({ DesiredAccess }),
  });

  it.each([
    ["GrantedAccess|endswith: '10'", 0x1010, true],
    ["GrantedAccess|endswith: '10'", 0x83e, false],
    ["GrantedAccess|startswith: '0x1'", 0x1010, true],
    ["GrantedAccess|contains: '101'", 0x1010, true],
    ["GrantedAccess: '0x1010'", 0x1010, true],
    ["GrantedAccess: ['0x1410', '0x1010']", 0x1010, true],
    ['GrantedAccess: 0x1FFFFF', 0x1fffff, true],
    ["GrantedAccess: '0x1FFFFF'", 0x1fffff, true],
    ["GrantedAccess: '0x00001010'", 0x1010, true],
    ["GrantedAccess|cased: '0x1fffff'", 0x1fffff, true],
    ["GrantedAccess|re: '^0x[0-9a-f]{4}$'", 0x1010, true],
    ["GrantedAccess: '0x10*'", 0x1010, true],
    ["GrantedAccess: '4112'", 0x1010, false],
    ['GrantedAccess: 4112', 0x1010, true],
    ['GrantedAccess|gte: 4112', 0x1010, true],
    ['GrantedAccess|lt: 4112', 0x1010, false],
    ["GrantedAccess: '0x80000000'", -2147483648, true],
    ["GrantedAccess: '0x1010'", '4112', true],
    ["GrantedAccess: '0x1010'", '0x1010', true],
    ["GrantedAccess: '0x0'", 0, true],
    ['GrantedAccess: null', 0, false],
    ['GrantedAccess|exists: true', 0, true],
  ] as const)('%s of %s', (selection, mask, expected) => {
    expect(raises(ruleOf('category: process_access', selection), 'DeviceEvents', row(mask))).toBe(expected);
  });
});

describe('logon ids', () => {
  const matches = (selection: string, LogonId: JsonObject[string]) =>
    raises(ruleOf('category: process_creation', selection), 'DeviceProcessEvents', { LogonId });
  it.each([
    ["LogonId: '0x3e7'", 999, true],
    ["LogonId: '0x3E7'", 999, true],
    ["LogonId|endswith: '3e7'", 999, true],
    ["LogonId|startswith: '0x'", 999, true],
    ['LogonId: 999', 999, true],
    ['LogonId: 0', 0, true],
    ["LogonId: '0x3e7'", 0x13e7, false],
    ['LogonId: null', null, true],
    ['LogonId: null', 999, false],
    ["LogonId: '0x1fffffffffffff'", 9007199254740991, true],
  ] as const)('%s of %s', (selection, id, expected) => {
    expect(matches(selection, id)).toBe(expected);
  });
});

describe('names of values', () => {
  const logon = (selection: string, row: JsonObject) =>
    raises(ruleOf('product: windows, service: security', selection), 'DeviceLogonEvents', row);
  const failed = { ActionType: 'LogonFailed', LogonType: 'RemoteInteractive' };

  it('with every modifier', () => {
    expect(logon('EventID: 4625, LogonType: 10', failed)).toBe(true);
    expect(logon("EventID: 4625, LogonType|startswith: '1'", failed)).toBe(true);
    expect(logon("EventID: 4625, LogonType|re: '^(3|10)$'", failed)).toBe(true);
    expect(logon('EventID: 4625, LogonType|contains: Remote', failed)).toBe(true);
    expect(logon('EventID|gte: 4625, LogonType: 10', failed)).toBe(true);
    expect(logon('EventID|gt: 4625, LogonType: 10', failed)).toBe(false);
    expect(logon("EventID|endswith: '25'", failed)).toBe(true);
    expect(logon("EventID|re: '^46(24|25)$'", failed)).toBe(true);
    expect(logon('EventID: 4624', failed)).toBe(false);
    expect(logon('EventID: 4625', { ...failed, ActionType: 'LogonFailedAggregatedReport' })).toBe(true);
    const process = (selection: string) =>
      raises(ruleOf('category: process_creation', selection), 'DeviceProcessEvents', {
        ProcessIntegrityLevel: 'High',
        InitiatingProcessIntegrityLevel: 'High',
      });
    expect(process("IntegrityLevel|endswith: '-12288'")).toBe(true);
    expect(process('IntegrityLevel: [High, System]')).toBe(true);
    expect(process("IntegrityLevel|startswith: 'S-1-16-163'")).toBe(false);
    expect(process('IntegrityLevel|fieldref: ParentIntegrityLevel')).toBe(true);
  });

  it('what Windows says with a dash, Defender leaves out', () => {
    const nothing = { ActionType: 'LogonSuccess', RemoteIP: null, RemoteDeviceName: '' };
    const public_ = { ActionType: 'LogonSuccess', RemoteIP: '::ffff:203.0.113.9', RemoteDeviceName: 'pc' };
    expect(logon("IpAddress: '-', WorkstationName: '-'", nothing)).toBe(true);
    expect(logon("IpAddress|contains: '-'", nothing)).toBe(true);
    expect(logon("IpAddress: '-'", public_)).toBe(false);
    expect(logon('IpAddress: 203.0.113.9', public_)).toBe(true);
    expect(logon('IpAddress|cidr: 203.0.113.0/24', public_)).toBe(true);
    expect(logon('IpAddress|cidr: 203.0.113.0/24', nothing)).toBe(false);
    expect(logon('WorkstationName: pc', public_)).toBe(true);
    const rule = ruleOf('product: windows, service: security', "IpAddress: ['-', '::1']", 'not selection');
    expect(raises(rule, 'DeviceLogonEvents', nothing)).toBe(false);
    expect(raises(rule, 'DeviceLogonEvents', public_)).toBe(true);
  });

  it('protocols, with and without a version', () => {
    const matches = (Protocol: string) =>
      raises(ruleOf('category: network_connection', 'Protocol: tcp'), 'DeviceNetworkEvents', {
        ActionType: 'ConnectionSuccess',
        Protocol,
      });
    expect(['Tcp', 'TcpV4', 'TcpV6', 'Udp', 'Icmp'].map(matches)).toEqual([true, true, true, false, false]);
  });

  it('says what the table can never hold, whatever the modifier', () => {
    const events = (selection: string) => findings(ruleOf('category: registry_event', selection));
    expect(events('EventType: Nonsense')).toContain('error unmappable-value');
    expect(events('EventType|contains: Nonsense')).toContain('error unmappable-value');
    expect(events('EventType|contains: Set')).toEqual([]);
    expect(events('EventType: [Nonsense, SetValue]')).toEqual(['warning unmappable-value']);
  });

  it('pipes are compared without their device', () => {
    const row = {
      ActionType: 'NamedPipeEvent',
      AdditionalFields: String.raw`{"PipeName":"\\Device\\NamedPipe\\msagent_1","FileOperation":"File created"}`,
    };
    const pipe = (selection: string) =>
      raises(ruleOf('category: pipe_created', selection), 'DeviceEvents', row);
    expect(pipe(String.raw`PipeName|startswith: '\msagent_'`)).toBe(true);
    expect(pipe(String.raw`PipeName|re: '^\\msagent_[0-9]$'`)).toBe(true);
    expect(pipe(String.raw`PipeName|re: '^\\(msagent|other)_[0-9]$'`)).toBe(true);
    expect(pipe(String.raw`PipeName|startswith: '\Dev'`)).toBe(false);
    expect(pipe("PipeName|contains: 'NamedPipe'")).toBe(false);
    expect(pipe(String.raw`EventType: CreatePipe, PipeName: '\msagent_1'`)).toBe(true);
  });
});

describe('accounts', () => {
  const matches = (selection: string, row: JsonObject) =>
    raises(ruleOf('category: process_creation', selection), 'DeviceProcessEvents', row);
  const root = { AccountDomain: 'lnx1', AccountName: 'root' };
  const system = { AccountDomain: 'nt authority', AccountName: 'system' };

  it.each([
    ['User: root', root, true],
    ['User: [daemon, root]', root, true],
    [String.raw`User: 'lnx1\root'`, root, true],
    [String.raw`User: 'lnx2\root'`, root, false],
    ['User: roo', root, false],
    [String.raw`User: 'NT AUTHORITY\SYSTEM'`, system, true],
    ['User|contains: [AUTHORI, AUTORI]', system, true],
    [String.raw`User|endswith: '\SYSTEM'`, system, true],
    ['User|startswith: NT', system, true],
    ['User|neq: root', root, false],
    ['User: null', { AccountDomain: null, AccountName: null }, true],
    ['User: null', root, false],
    [
      'User|fieldref: ParentUser',
      { ...root, InitiatingProcessAccountDomain: 'lnx1', InitiatingProcessAccountName: 'root' },
      true,
    ],
    [
      'User|fieldref: ParentUser',
      { ...root, InitiatingProcessAccountDomain: 'lnx2', InitiatingProcessAccountName: 'root' },
      false,
    ],
    [
      'ParentUser: root',
      { InitiatingProcessAccountDomain: 'lnx1', InitiatingProcessAccountName: 'root' },
      true,
    ],
  ] as const)('%s (%j)', (selection, row, expected) => {
    expect(matches(selection, row as JsonObject)).toBe(expected);
  });
});

describe('ActionTypes of categories', () => {
  const taken = (category: string, table: string, ActionType: string | null) =>
    raises(ruleOf(`category: ${category}`, 'DeviceName: d'), table, { ActionType, DeviceName: 'd' });

  it.each([
    [
      'process_creation',
      'DeviceProcessEvents',
      ['ProcessCreated', 'ProcessCreatedAggregatedReport', null],
      ['OpenProcess', 'Other'],
    ],
    [
      'network_connection',
      'DeviceNetworkEvents',
      [
        'ConnectionSuccess',
        'ConnectionSuccessAggregatedReport',
        'ConnectionFound',
        'ConnectionRequest',
        'InboundConnectionAccepted',
      ],
      [
        'ConnectionFailed',
        'ConnectionFailedAggregatedReport',
        'ListeningConnectionCreated',
        'DnsConnectionInspected',
        'SslConnectionInspected',
        'NetworkSignatureInspected',
        'ConnectionAttempt',
        'ConnectionAcknowledged',
        'InboundConnectionAttempt',
      ],
    ],
    [
      'file_event',
      'DeviceFileEvents',
      ['FileCreated', 'FileCreatedAggregatedReport', 'FileModified'],
      ['FileDeleted', 'FileRenamed'],
    ],
    ['file_access', 'DeviceFileEvents', ['FileCreated', 'FileModified'], ['FileDeleted', 'FileRenamed']],
    ['file_access', 'DeviceEvents', ['SensitiveFileRead'], ['NamedPipeEvent']],
    ['file_rename', 'DeviceFileEvents', ['FileRenamed', 'FileRenamedAggregatedReport'], ['FileCreated']],
    ['file_delete', 'DeviceFileEvents', ['FileDeleted'], ['FileCreated']],
  ] as const)('%s on %s', (category, table, yes, no) => {
    expect(yes.filter((action) => !taken(category, table, action))).toEqual([]);
    expect(no.filter((action) => taken(category, table, action))).toEqual([]);
  });

  it('says which side made a connection', () => {
    const matches = (Initiated: string, ActionType: string) =>
      raises(ruleOf('category: network_connection', `Initiated: ${Initiated}`), 'DeviceNetworkEvents', {
        ActionType,
      });
    expect(matches("'true'", 'ConnectionSuccess')).toBe(true);
    expect(matches('true', 'ConnectionSuccess')).toBe(true);
    expect(matches("'false'", 'ConnectionSuccess')).toBe(false);
    expect(matches("'false'", 'InboundConnectionAccepted')).toBe(true);
    expect(matches("'true'", 'ConnectionFailed')).toBe(false);
  });
});

describe('fields that are of another thing in Defender', () => {
  it.each(['image_load', 'driver_load'])('%s: what the file says of itself', (category) => {
    for (const field of ['OriginalFileName', 'Description', 'Company', 'Product', 'FileVersion']) {
      expect(findings(ruleOf(`category: ${category}`, `${field}: x`))).toEqual(['error unmapped-field']);
    }
    expect(findings(ruleOf(`category: ${category}`, "ImageLoaded|endswith: '.sys'"))).toEqual([]);
  });

  it('the working directory stands in rows of Linux and macOS', () => {
    const selection = "CurrentDirectory|startswith: '/tmp'";
    const row = { FolderPath: '/bin/sh', AdditionalFields: '{"ProcessCurrentWorkingDirectory":"/tmp/x"}' };
    for (const product of ['linux', 'macos']) {
      const rule = ruleOf(`product: ${product}, category: process_creation`, selection);
      expect(raises(rule, 'DeviceProcessEvents', row)).toBe(true);
    }
    for (const source of ['product: windows, category: process_creation', 'category: process_creation']) {
      expect(findings(ruleOf(source, selection))).toEqual(['error unknown-column']);
    }
  });
});
