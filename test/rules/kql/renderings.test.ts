import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { JsonObject, JsonValue } from '../../../src/shared/json.ts';
import { runs } from '../../support/runs.ts';
import { converted } from './convert-one.ts';

/** One log source: parts of rules, and the values that the columns of rows may have. */
interface Source {
  readonly logsource: string;
  readonly table: string;
  /** Each is a line of a selection. */
  readonly parts: readonly string[];
  readonly columns: Readonly<Record<string, readonly (JsonValue | undefined)[]>>;
}

const json = (value: JsonObject) => JSON.stringify(value);

const SOURCES: readonly Source[] = [
  {
    logsource: 'category: process_creation, product: windows',
    table: 'DeviceProcessEvents',
    parts: [
      'User: CORP\\ann',
      'User|contains: [AUTHORI, AUTORI]',
      'User: ann',
      'User|endswith: ann',
      'IntegrityLevel: [High, S-1-16-16384]',
      'IntegrityLevel|contains: "-12288"',
      'LogonId: "0x3e7"',
      'LogonId|contains: e7',
      'LogonId: null',
      'Hashes|contains: "MD5=0123456789abcdef0123456789abcdef"',
      'ParentUser|startswith: corp',
      'EventID: 1',
      'GrandParentImage|endswith: \\cmd.exe',
    ],
    columns: {
      ActionType: ['ProcessCreated', 'OpenProcess', null, undefined],
      FolderPath: ['C:\\a.exe', '/bin/a', 'a.exe', '\\\\host\\a', null, undefined],
      InitiatingProcessFolderPath: ['C:\\b.exe', '/bin/b', 'b', null],
      AccountDomain: ['corp', 'NT AUTHORITY', null, undefined],
      AccountName: ['ann', 'Ann', 'bob', null, undefined],
      InitiatingProcessAccountDomain: ['corp', null],
      InitiatingProcessAccountName: ['x', null],
      ProcessIntegrityLevel: ['High', 'System', 'Low', null],
      LogonId: [999, 1, 0, -1, 4294966279, null, undefined],
      MD5: ['0123456789abcdef0123456789abcdef', null],
      InitiatingProcessParentFileName: ['cmd.exe', 'CMD.EXE', 'xcmd.exe', null],
    },
  },
  {
    logsource: 'category: registry_event, product: windows',
    table: 'DeviceRegistryEvents',
    parts: [
      'TargetObject|contains: \\Run\\',
      'TargetObject|startswith: HKLM\\System\\CurrentControlSet\\',
      'TargetObject|startswith: HKU\\S-1-5-21',
      'TargetObject|startswith: HKCU\\Software\\',
      'TargetObject|endswith: \\(Default)',
      'TargetObject: HKLM\\SOFTWARE\\Run\\x',
      'TargetObject: null',
      'NewName|contains: Run',
      'Details: DWORD (0x00000001)',
      'Details: ["(Empty)", Binary Data]',
      'Details|startswith: QWORD (0x00000001-',
      'Details|contains: abc',
      'EventType: [SetValue, DeleteKey]',
      'EventType|contains: Value',
    ],
    columns: {
      ActionType: [
        'RegistryValueSet',
        'RegistryKeyDeleted',
        'RegistryValueDeleted',
        'RegistryKeyRenamed',
        'RegistryKeyCreated',
      ],
      RegistryKey: ['HKEY_LOCAL_MACHINE\\SOFTWARE\\Run', 'HKEY_LOCAL_MACHINE\\SYSTEM\\ControlSet001\\Services', 'HKEY_CURRENT_USER\\S-1-5-21-1\\Software\\Run', 'HKEY_CURRENT_USER\\S-1-5-21-1_Classes\\x', 'HKEY_USERS\\.DEFAULT\\Software\\Run', 'hkey_local_machine\\system\\controlset002', 'HKEY_CLASSES_ROOT', null, undefined], // biome-ignore format: one list
      RegistryValueName: ['x', '', null, '(Default)'],
      PreviousRegistryKey: [
        'HKEY_LOCAL_MACHINE\\SOFTWARE\\Run',
        'HKEY_CURRENT_USER\\Software\\Run',
        null,
        undefined,
      ],
      PreviousRegistryValueName: ['x', null],
      RegistryValueType: ['Dword', 'Qword', 'Binary', 'String', 'None', 'DwordBigEndian', null],
      RegistryValueData: ['1', '4294967298', '-1', 'abc', '', null, '99999999999'],
      InitiatingProcessFolderPath: ['C:\\a', null],
    },
  },
  {
    logsource: 'category: network_connection',
    table: 'DeviceNetworkEvents',
    parts: [
      'Protocol: tcp',
      'Protocol|startswith: ud',
      'Initiated: true',
      "Initiated: 'false'",
      'DestinationIp: [10.1.2.3, "::1"]',
      'DestinationIp|startswith: "10.1."',
      'DestinationPort: [443, 8443]',
    ],
    columns: {
      ActionType: ['ConnectionSuccess', 'InboundConnectionAccepted', 'ConnectionFailed', null],
      Protocol: ['Tcp', 'TcpV4', 'UdpV6', 'Icmp', null],
      RemoteIP: ['10.1.2.3', '::ffff:10.1.2.3', '::1', null],
      RemotePort: [443, 80, null],
    },
  },
  {
    logsource: 'product: windows, service: security',
    table: 'DeviceLogonEvents',
    parts: [
      'EventID: 4625',
      'LogonType: [3, Interactive]',
      'SubjectUserName: "-"',
      'IpAddress: ["-", 10.1.2.3]',
      'IpPort: "-"',
      'WorkstationName|contains: ws',
      'TargetUserName|endswith: $',
    ],
    columns: {
      ActionType: ['LogonSuccess', 'LogonFailed', 'LogonAttempted', null],
      LogonType: ['Network', 'Interactive', 'Batch', null],
      InitiatingProcessAccountName: ['ann', '', null, undefined],
      InitiatingProcessFolderPath: ['C:\\a', '/b', null],
      RemoteIP: ['10.1.2.3', '::ffff:10.1.2.3', '', null],
      RemotePort: [445, null],
      RemoteDeviceName: ['WS1', null],
      AccountName: ['ann$', 'ann', null],
    },
  },
  {
    logsource: 'category: pipe_created, product: windows',
    table: 'DeviceEvents',
    parts: [
      'PipeName: \\evil',
      'PipeName|startswith: \\',
      'EventType: CreatePipe',
      'PipeName|re: ^\\\\[a-z]+$',
    ],
    columns: {
      ActionType: ['NamedPipeEvent', 'x'],
      AdditionalFields: [json({ PipeName: '\\Device\\NamedPipe\\evil', FileOperation: 'File created' }), json({ PipeName: '\\EVIL' }), json({}), null], // biome-ignore format: one list
    },
  },
  {
    logsource: 'category: process_access, product: windows',
    table: 'DeviceEvents',
    parts: [
      'GrantedAccess: ["0x1410", 4112]',
      'GrantedAccess|endswith: "10"',
      'TargetImage|endswith: \\lsass.exe',
    ],
    columns: {
      ActionType: ['OpenProcessApiCall'],
      FolderPath: ['C:\\Windows\\System32', null],
      FileName: ['lsass.exe', 'x', null],
      AdditionalFields: [json({ DesiredAccess: 5136 }), json({ DesiredAccess: '4112' }), json({ DesiredAccess: -1 }), json({ DesiredAccess: 'x' }), null], // biome-ignore format: one list
    },
  },
  {
    logsource: 'category: proxy',
    table: 'DeviceNetworkEvents',
    parts: [
      'c-uri: [/a.exe, "http://h/a.exe"]',
      'c-uri-query|contains: x=1',
      'c-uri-query: "?x=1"',
      'cs-uri-stem|endswith: .exe',
      'c-uri-extension: [exe, dll]',
    ],
    columns: {
      ActionType: ['HttpConnectionInspected'],
      AdditionalFields: ['/a.exe', '/a.exe?x=1', 'h:443', '/b/c.dll?y.exe', '', '/a.b/c?'].map((uri) => json({ direction: 'Out', host: 'h', uri })), // biome-ignore format: one list
    },
  },
  {
    logsource: 'product: windows, service: security',
    table: 'DeviceRegistryEvents',
    parts: [
      'ObjectName: \\REGISTRY\\MACHINE\\SYSTEM\\x',
      'ObjectName|startswith: \\REGISTRY\\USER\\S-1',
      'ObjectName|contains: HKLM\\SYSTEM',
      'ObjectValueName: x',
      'EventID: 4657',
    ],
    columns: {
      ActionType: ['RegistryValueSet', 'RegistryValueDeleted', 'RegistryKeyCreated'],
      RegistryKey: [
        'HKEY_LOCAL_MACHINE\\SYSTEM\\x',
        'HKEY_USERS\\S-1-5',
        'hkey_current_user\\S-1-5',
        'HKEY_USERS',
        null,
      ],
      RegistryValueName: ['x', null],
      PreviousRegistryKey: ['HKEY_LOCAL_MACHINE\\SYSTEM\\x', null],
    },
  },
  {
    logsource: 'product: windows, service: windefend',
    table: 'DeviceRegistryEvents',
    parts: ['EventID: 5007', 'NewValue|contains: Exclusions'],
    columns: {
      ActionType: ['RegistryValueSet', 'RegistryKeyCreated'],
      RegistryKey: [
        'HKEY_LOCAL_MACHINE\\SOFTWARE\\MICROSOFT\\Windows Defender\\Exclusions',
        'HKEY_LOCAL_MACHINE\\x',
        null,
      ],
      RegistryValueName: ['x', null],
    },
  },
];

describe('rule and query agree on fields that are compared in another form', () => {
  it.each(SOURCES.map((source) => [`${source.logsource} on ${source.table}`, source] as const))(
    '%s',
    (_, source) => {
      const row = fc
      .record(Object.fromEntries(Object.entries(source.columns).map(([name, values]) => [name, fc.constantFrom(...values)])))
      .map((columns) => Object.fromEntries(Object.entries(columns).filter(([, value]) => value !== undefined && value !== '')) as JsonObject); // biome-ignore format: one list
      const rows = fc.array(row, { minLength: 60, maxLength: 60 });
      let seen = 0;
      const agreesOn = (parts: readonly string[], isNegated: boolean) => {
        const named = parts.map((one, at) => `p${at}: { ${quoted(one)} }`).join('\n');
        const names = parts.map((__, at) => `p${at}`).join(' or ');
        const condition = isNegated ? `not (${names})` : names;
        const rule = converted(source.logsource, `${named}\ncondition: ${condition}`);
        expect(rule.query, JSON.stringify(rule.diagnostics)).toBeDefined();
        const check = (one: JsonObject) => {
          const isMatch = rule.matches(source.table, one);
          seen += Number(isMatch);
          expect(rule.finds(source.table, one), `${rule.query}\n${JSON.stringify(one)}`).toBe(isMatch);
        };
        fc.assert(
          fc.property(rows, (all) => all.forEach(check)),
          { numRuns: runs(1) },
        );
      };
      for (const part of source.parts) agreesOn([part], false);
      agreesOn(source.parts, true);
      expect(seen).toBeGreaterThan(0);
    },
  );
});

/** A line as a flow mapping takes it: plain values in quotes. */
function quoted(line: string): string {
  const [key = '', value = ''] = line.split(/: (.*)/s);
  return `${JSON.stringify(key)}: ${/^["'[]|^\d+$|^null$|^true$/.test(value) ? value : JSON.stringify(value)}`;
}
