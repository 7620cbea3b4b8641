/** What the shipped mappings mean: one row of each kind that is easily mapped wrongly, and the fields that it must have. */
import { describe, expect, it } from 'vitest';
import type { MappedShape } from '../../../src/shared/event.ts';
import { isJsonObject, type JsonObject, type JsonValue } from '../../../src/shared/json.ts';
import { compiled, eventOf, headOf } from './helpers.ts';

const { shapes } = compiled();

function at(event: JsonValue | undefined, path: string): JsonValue | undefined {
  let value = event;
  for (const name of path.split('.')) {
    const list = Array.isArray(value) ? (value as readonly JsonValue[])[0] : value;
    value = isJsonObject(list) && Object.hasOwn(list, name) ? list[name] : undefined;
  }
  return value;
}

interface Meaning {
  readonly table: string;
  readonly row: JsonObject;
  readonly ecs?: Readonly<Record<string, JsonValue | undefined>>;
  readonly ocsf?: Readonly<Record<string, JsonValue | undefined>>;
}

const DEVICE = {
  Timestamp: '2026-11-25T10:00:00.1234567Z',
  DeviceId: 'd1',
  DeviceName: 'PC-042.contoso.com',
};
const ACTOR = {
  InitiatingProcessId: 42,
  InitiatingProcessFileName: 'explorer.exe',
  InitiatingProcessAccountName: 'alice',
};
const CONNECTION = {
  ...DEVICE,
  ...ACTOR,
  LocalIP: '10.0.0.4',
  LocalPort: 445,
  RemoteIP: '::ffff:192.0.2.9',
  RemotePort: 50_000,
  Protocol: 'TcpV4',
};

const MEANINGS: Readonly<Record<string, Meaning>> = {
  'a process that started, with its parent': {
    table: 'DeviceProcessEvents',
    row: {
      ...DEVICE,
      ...ACTOR,
      ActionType: 'ProcessCreated',
      ProcessId: 4711,
      FileName: 'cmd.exe',
      SHA256: 'A'.repeat(64),
      InitiatingProcessParentFileName: 'userinit.exe',
    },
    ecs: {
      '@timestamp': '2026-11-25T10:00:00.1234567Z',
      'event.action': 'processcreated',
      'event.type': ['start'],
      'host.name': 'pc-042.contoso.com',
      'process.pid': 4711,
      'process.hash.sha256': 'a'.repeat(64),
      'process.parent.pid': 42,
      'process.parent.user.name': 'alice',
      // ECS has no grandparent.
      'microsoft.defender_xdr.InitiatingProcessParentFileName': 'userinit.exe',
      'related.hash': ['a'.repeat(64)],
    },
    ocsf: {
      class_uid: 1007,
      activity_id: 1,
      type_uid: 100_701,
      time: Date.parse('2026-11-25T10:00:00.123Z'),
      'metadata.original_time': '2026-11-25T10:00:00.1234567Z',
      'process.file.hashes': [{ algorithm_id: 3, value: 'a'.repeat(64) }],
      'actor.process.pid': 42,
      'process.parent_process.pid': 42,
    },
  },
  'a process id of 0, which the sensor writes for one it did not see': {
    table: 'DeviceProcessEvents',
    row: { ...DEVICE, ActionType: 'ProcessCreated', ProcessId: 0, InitiatingProcessId: 0 },
    ecs: { 'process.pid': undefined, 'microsoft.defender_xdr.ProcessId': 0 },
    ocsf: { class_uid: 0, 'unmapped.ProcessId': 0 },
  },
  'a connection that the device opened': {
    table: 'DeviceNetworkEvents',
    row: { ...CONNECTION, ActionType: 'ConnectionSuccess', RemoteUrl: 'www.example.com' },
    ecs: {
      'source.ip': '10.0.0.4',
      'destination.ip': '192.0.2.9',
      'network.direction': 'egress',
      'network.transport': 'tcp',
      'destination.domain': 'www.example.com',
      'url.original': undefined,
    },
    ocsf: {
      class_uid: 4001,
      'src_endpoint.ip': '10.0.0.4',
      'dst_endpoint.ip': '192.0.2.9',
      'connection_info.direction_id': 2,
    },
  },
  'a connection that the device accepted: source and destination change places': {
    table: 'DeviceNetworkEvents',
    row: { ...CONNECTION, ActionType: 'InboundConnectionAccepted' },
    ecs: {
      'source.ip': '192.0.2.9',
      'source.port': 50_000,
      'destination.ip': '10.0.0.4',
      'network.direction': 'ingress',
    },
    ocsf: { 'src_endpoint.ip': '192.0.2.9', 'dst_endpoint.port': 445, 'connection_info.direction_id': 1 },
  },
  'a connection whose direction only AdditionalFields say': {
    table: 'DeviceNetworkEvents',
    row: { ...CONNECTION, ActionType: 'NetworkSignatureInspected', AdditionalFields: '{"direction":"In"}' },
    ecs: { 'source.ip': '192.0.2.9', 'network.direction': 'ingress' },
    ocsf: { 'src_endpoint.ip': '192.0.2.9' },
  },
  'an HTTP request without anything of the request: a network activity': {
    table: 'DeviceNetworkEvents',
    row: { ...CONNECTION, ActionType: 'HttpConnectionInspected', AdditionalFields: '{}' },
    ocsf: { class_uid: 4001 },
  },
  'a URL with its scheme': {
    table: 'DeviceNetworkEvents',
    row: { ...CONNECTION, ActionType: 'ConnectionSuccess', RemoteUrl: 'https://user@Example.com:8443/a?b' },
    ecs: { 'url.original': 'https://user@Example.com:8443/a?b', 'destination.domain': 'example.com' },
  },
  'a renamed file: the old name is the file, the new one the result': {
    table: 'DeviceFileEvents',
    row: { ...DEVICE, ...ACTOR, ActionType: 'FileRenamed', FileName: 'new.exe', PreviousFileName: 'old.exe' },
    ecs: { 'event.type': ['change'], 'file.name': 'new.exe' },
    ocsf: { class_uid: 1001, activity_id: 5, 'file.name': 'old.exe', 'file_result.name': 'new.exe' },
  },
  'a renamed file whose old name is not known': {
    table: 'DeviceFileEvents',
    row: { ...DEVICE, ...ACTOR, ActionType: 'FileRenamed', FileName: 'new.exe' },
    ocsf: { class_uid: 1001, 'file.name': 'new.exe', file_result: undefined },
  },
  'a registry value': {
    table: 'DeviceRegistryEvents',
    row: {
      ...DEVICE,
      ...ACTOR,
      ActionType: 'RegistryValueSet',
      RegistryKey: 'HKEY_LOCAL_MACHINE\\SOFTWARE\\Run',
      RegistryValueName: 'x',
      RegistryValueType: 'Dword',
      RegistryValueData: '1',
    },
    ecs: {
      'registry.hive': 'HKLM',
      'registry.key': 'SOFTWARE\\Run',
      'registry.path': 'HKLM\\SOFTWARE\\Run',
      'registry.value': 'x',
      'registry.data.strings': ['1'],
    },
    ocsf: { class_uid: 201_002, category_uid: 1, type_uid: 20_100_202, 'reg_value.type_id': 2 },
  },
  'a deleted registry value, which fills only the Previous columns': {
    table: 'DeviceRegistryEvents',
    row: {
      ...DEVICE,
      ...ACTOR,
      ActionType: 'RegistryValueDeleted',
      PreviousRegistryKey: 'HKEY_USERS\\S-1\\Run',
      PreviousRegistryValueName: 'y',
    },
    ecs: { 'registry.hive': 'HKU', 'registry.value': 'y', 'event.type': ['deletion'] },
    ocsf: { activity_id: 4, 'reg_value.path': 'HKEY_USERS\\S-1\\Run', 'reg_value.name': 'y' },
  },
  'the default value of a key, whose name is empty': {
    table: 'DeviceRegistryEvents',
    row: {
      ...DEVICE,
      ...ACTOR,
      ActionType: 'RegistryValueSet',
      RegistryKey: 'HKEY_USERS\\S-1\\Run',
      RegistryValueName: '',
    },
    ocsf: { 'reg_value.name': '(Default)' },
  },
  'a failed logon: the outcome is the ActionType': {
    table: 'DeviceLogonEvents',
    row: {
      ...DEVICE,
      ActionType: 'LogonFailed',
      AccountName: 'bob',
      LogonType: 'RemoteInteractive',
      Protocol: 'NTLM',
      RemoteIP: '192.0.2.9',
    },
    ecs: { 'event.outcome': 'failure', 'user.name': 'bob', 'source.ip': '192.0.2.9' },
    ocsf: {
      class_uid: 3002,
      status_id: 2,
      logon_type_id: 10,
      auth_protocol_id: 1,
      'dst_endpoint.hostname': 'PC-042.contoso.com',
    },
  },
  'a script': {
    table: 'DeviceEvents',
    row: { ...DEVICE, ...ACTOR, ActionType: 'PowerShellCommand', AdditionalFields: '{"Command":"Get-Item"}' },
    ocsf: { class_uid: 1009, 'script.script_content.value': 'Get-Item', 'script.type_id': 2 },
  },
  'an event of a process that names no target: the acting process': {
    table: 'DeviceEvents',
    row: { ...DEVICE, ...ACTOR, ActionType: 'GetClipboardData' },
    ecs: { 'process.name': 'explorer.exe', 'user.name': undefined },
    ocsf: { class_uid: 1007, 'process.pid': 42, 'actor.process.pid': 42 },
  },
  'a mail': {
    table: 'EmailEvents',
    row: {
      Timestamp: '2026-11-25T10:00:00Z',
      InternetMessageId: '<a@b>',
      SenderFromAddress: 'a@example.com',
      RecipientEmailAddress: 'b@contoso.com',
      EmailDirection: 'Intra-org',
      DeliveryAction: 'Delivered',
    },
    ecs: {
      'email.message_id': 'a@b',
      'email.direction': 'internal',
      'email.from.address': ['a@example.com'],
      'event.action': 'delivered',
    },
    ocsf: { class_uid: 4009, direction_id: 3, activity_id: 1, 'email.message_uid': 'a@b' },
  },
  "one of Defender's alerts": {
    table: 'AlertInfo',
    row: {
      Timestamp: '2026-11-25T10:00:00Z',
      AlertId: 'da1',
      Title: 'Ransomware',
      Severity: 'High',
      Category: 'Ransomware',
      AttackTechniques: '["PowerShell (T1059.001)","Phishing (T1566)"]',
    },
    ecs: {
      'event.kind': 'alert',
      'event.category': ['malware'],
      'event.severity': 4,
      'threat.technique.id': ['T1059', 'T1566'],
      'threat.technique.subtechnique.id': ['T1059.001'],
      message: 'Ransomware',
    },
    ocsf: {
      class_uid: 2004,
      severity_id: 4,
      'finding_info.uid': 'da1',
      'finding_info.attacks.sub_technique.uid': 'T1059.001',
    },
  },
  'the addresses of an adapter, a list in text': {
    table: 'DeviceNetworkInfo',
    row: {
      ...DEVICE,
      MacAddress: '001122aabbcc',
      IPAddresses:
        '[{"IPAddress":"10.0.0.4","SubnetPrefix":24,"AddressType":"Private"},{"IPAddress":"none"}]',
    },
    ecs: { 'host.mac': ['00-11-22-AA-BB-CC'], 'host.ip': ['10.0.0.4'] },
    ocsf: {
      'device.mac': '00:11:22:AA:BB:CC',
      'device.network_interfaces': [{ ip: '10.0.0.4', subnet_prefix: 24 }],
    },
  },
  'a table that nobody maps': {
    table: 'NewTable',
    row: { Timestamp: '2026-11-25T10:00:00Z', Anything: { at: ['all'] } },
    ecs: {
      'event.kind': 'event',
      'event.dataset': 'microsoft_defender_xdr.new_table',
      'microsoft.defender_xdr.Anything': { at: ['all'] },
    },
    ocsf: { class_uid: 0, 'unmapped.Anything': { at: ['all'] } },
  },
};

describe.each(Object.entries(MEANINGS))('%s', (_, { table, row, ...expected }) => {
  it.each(Object.keys(expected) as MappedShape[])('as %s', (shape) => {
    const event = eventOf(shapes, shape, row, headOf(table));
    const paths = Object.keys(expected[shape] ?? {});
    expect(Object.fromEntries(paths.map((path) => [path, at(event, path)]))).toEqual(expected[shape]);
  });
});
