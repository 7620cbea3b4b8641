import { describe, expect, it } from 'vitest';
import type { Diagnostic } from '../../../../src/diagnostics/diagnostic.ts';
import { findTable } from '../../../../src/rules/schema/index.ts';
import {
  buildMatcher,
  compileRule,
  defaultMappings,
  parseSigmaFile,
  type RuleEnvironment,
} from '../../../../src/rules/sigma/index.ts';
import type { JsonObject } from '../../../../src/shared/json.ts';
import { schemaColumns, sources, view } from '../support.ts';

interface Result {
  readonly tables: readonly string[];
  readonly diagnostics: readonly Diagnostic[];
  matches(table: string, row: JsonObject): boolean;
}

/** Compiles a rule of a category against the real schema and the shipped mappings. */
function rule(logsource: string, selection: string, more = ''): Result {
  const text = `title: T\n${more}logsource: { ${logsource} }\ndetection:\n  selection:\n    ${selection}\n  condition: selection\n`;
  const parsed = parseSigmaFile({ path: 'rule.yml', text });
  const diagnostics: Diagnostic[] = [...parsed.diagnostics];
  const environment: RuleEnvironment = {
    columnsOf: schemaColumns,
    sourcesOf: () => sources,
    variables: {},
    mappings: defaultMappings,
    report: (diagnostic) => diagnostics.push(diagnostic),
  };
  const compiled = parsed.documents.flatMap((document) =>
    document.kind === 'rule' ? compileRule(document, environment) : [],
  );
  return {
    tables: compiled.map(({ table }) => table),
    diagnostics,
    matches(table, row) {
      const detections = compiled.filter((one) => one.table === table).map(({ detection }) => detection);
      return buildMatcher(detections).match(view(row)).length > 0;
    },
  };
}

const errors = ({ diagnostics }: Result) =>
  diagnostics.filter(({ severity }) => severity === 'error').map(({ code }) => code);
const warnings = ({ diagnostics }: Result) =>
  diagnostics.filter(({ severity }) => severity === 'warning').map(({ code }) => code);

const windows = 'category: process_creation, product: windows';

describe('process_creation', () => {
  it('reads Sysmon names from DeviceProcessEvents', () => {
    const whoami = rule(windows, String.raw`Image: 'C:\Windows\System32\whoami.exe'`);
    expect(whoami.tables).toEqual(['DeviceProcessEvents']);
    expect(whoami.matches('DeviceProcessEvents', { FolderPath: 'c:\\windows\\system32\\WHOAMI.EXE' })).toBe(
      true,
    );

    const parent = rule(windows, String.raw`ParentImage|endswith: '\winword.exe'`);
    expect(parent.matches('DeviceProcessEvents', { InitiatingProcessFolderPath: 'C:\\x\\winword.exe' })).toBe(
      true,
    );
  });

  it('joins domain and user', () => {
    const system = rule(windows, String.raw`User: 'NT AUTHORITY\SYSTEM'`);
    const row = { AccountDomain: 'nt authority', AccountName: 'system' };
    expect(system.matches('DeviceProcessEvents', row)).toBe(true);
    expect(rule(windows, 'User|contains: [AUTHORI, AUTORI]').matches('DeviceProcessEvents', row)).toBe(true);
    expect(rule(windows, 'User: system').matches('DeviceProcessEvents', { AccountName: 'system' })).toBe(
      true,
    );
    expect(rule(windows, 'User: null').matches('DeviceProcessEvents', { AccountName: null })).toBe(true);
  });

  it('finds hashes in the column of their algorithm', () => {
    const md5 = 'd41d8cd98f00b204e9800998ecf8427e';
    const hashes = rule(windows, `Hashes|contains: ['MD5=${md5}', 'SHA1=abc', 'IMPHASH=123']`);
    expect(warnings(hashes)).toEqual(['unmappable-value']);
    expect(hashes.matches('DeviceProcessEvents', { MD5: md5.toUpperCase() })).toBe(true);
    expect(hashes.matches('DeviceProcessEvents', { SHA1: 'xabcx' })).toBe(true);
    expect(hashes.matches('DeviceProcessEvents', { SHA256: 'abc' })).toBe(false);
    expect(rule(windows, `Hashes: ${md5}`).matches('DeviceProcessEvents', { MD5: md5 })).toBe(true);
    expect(errors(rule(windows, "Hashes|contains: 'IMPHASH=123'"))).toEqual(['unmappable-value']);
    expect(errors(rule(windows, "Hashes|contains|all: ['MD5=1', 'IMPHASH=123']"))).toEqual([
      'unmappable-value',
    ]);
  });

  it('maps values: integrity levels, logon ids, event ids', () => {
    const integrity = rule(windows, 'IntegrityLevel: [S-1-16-16384, High]');
    expect(integrity.matches('DeviceProcessEvents', { ProcessIntegrityLevel: 'System' })).toBe(true);
    expect(integrity.matches('DeviceProcessEvents', { ProcessIntegrityLevel: 'high' })).toBe(true);
    expect(rule(windows, "LogonId: '0x3e7'").matches('DeviceProcessEvents', { LogonId: 999 })).toBe(true);
    expect(
      rule(windows, 'EventID: 4688').matches('DeviceProcessEvents', { ActionType: 'ProcessCreated' }),
    ).toBe(true);
    expect(errors(rule(windows, 'EventID: 4689'))).toEqual(['unmappable-value']);
  });

  it('compares only the name of the grandparent, and says so', () => {
    const grand = rule(windows, String.raw`GrandParentImage|endswith: '\explorer.exe'`);
    expect(warnings(grand)).toEqual([]);
    expect(grand.matches('DeviceProcessEvents', { InitiatingProcessParentFileName: 'explorer.exe' })).toBe(
      true,
    );
    expect(grand.matches('DeviceProcessEvents', { InitiatingProcessParentFileName: 'iexplorer.exe' })).toBe(
      false,
    );
    const folder = rule(windows, String.raw`GrandParentImage: 'C:\Windows\explorer.exe'`);
    expect(warnings(folder)).toEqual(['folder-not-compared']);
    expect(folder.matches('DeviceProcessEvents', { InitiatingProcessParentFileName: 'Explorer.EXE' })).toBe(
      true,
    );
    expect(errors(rule(windows, String.raw`GrandParentImage|startswith: 'C:\Windows\'`))).toEqual([
      'unmappable-value',
    ]);
  });

  it('a field that the table lacks is an error', () => {
    expect(errors(rule(windows, 'CurrentDirectory: x'))).toEqual(['unknown-column']);
    expect(errors(rule(windows, 'Imphash: x'))).toEqual(['unknown-column']);
  });

  it("takes Defender's own columns too", () => {
    const own = rule(windows, 'FileName: cmd.exe');
    expect(own.matches('DeviceProcessEvents', { FileName: 'CMD.exe' })).toBe(true);
  });
});

describe('files, images and drivers', () => {
  it.each([
    ['file_event', 'FileCreated'],
    ['file_rename', 'FileRenamed'],
    ['file_delete', 'FileDeleted'],
    ['file_change', 'FileModified'],
  ])('%s', (category, ActionType) => {
    const found = rule(`category: ${category}`, String.raw`TargetFilename|endswith: '\evil.exe'`);
    const row = { FolderPath: 'C:\\evil.exe' };
    expect(found.matches('DeviceFileEvents', { ...row, ActionType })).toBe(true);
    expect(found.matches('DeviceFileEvents', { ...row, ActionType: 'Other' })).toBe(false);
    expect(found.matches('DeviceFileEvents', row)).toBe(false);
  });

  it('file_access takes FileName for a path, on two tables', () => {
    const found = rule('category: file_access', String.raw`FileName|contains: '\Credentials\'`);
    expect(found.tables).toEqual(['DeviceFileEvents', 'DeviceEvents']);
    const row = { ActionType: 'SensitiveFileRead', FolderPath: 'C:\\Credentials', FileName: 'x' };
    expect(found.matches('DeviceEvents', row)).toBe(true);
  });

  it('image_load', () => {
    const found = rule('category: image_load', String.raw`ImageLoaded|endswith: '\evil.dll'`);
    expect(found.matches('DeviceImageLoadEvents', { FolderPath: 'C:\\evil.dll' })).toBe(true);
    expect(errors(rule('category: image_load', "Signed: 'false'"))).toEqual(['unknown-column']);
  });

  it('driver_load joins folder and file', () => {
    const found = rule('category: driver_load', String.raw`ImageLoaded|endswith: '\Temp\evil.sys'`);
    const row = { ActionType: 'DriverLoad', FolderPath: 'C:\\Temp', FileName: 'evil.sys' };
    expect(found.matches('DeviceEvents', row)).toBe(true);
  });
});

describe('registry', () => {
  const row = {
    ActionType: 'RegistryValueSet',
    RegistryKey: 'HKEY_LOCAL_MACHINE\\SYSTEM\\ControlSet001\\Services\\Evil',
    RegistryValueName: 'Start',
    RegistryValueData: '4',
  };
  const matches = (selection: string) =>
    rule('category: registry_set', selection).matches('DeviceRegistryEvents', row);

  it('takes key and value name for one path, whatever the spelling of hive and control set', () => {
    expect(matches(String.raw`TargetObject|endswith: '\Evil\Start'`)).toBe(true);
    expect(matches(String.raw`TargetObject: 'HKLM\System\CurrentControlSet\Services\Evil\Start'`)).toBe(true);
    expect(matches(String.raw`TargetObject|startswith: 'HKLM\SYSTEM\ControlSet001\'`)).toBe(true);
    expect(
      matches(String.raw`TargetObject|re: '(?i)^HKLM\\System\\CurrentControlSet\\Services\\[a-z]+'`),
    ).toBe(true);
    expect(matches(String.raw`TargetObject|contains: '\HKLMX\'`)).toBe(false);
    expect(matches(String.raw`TargetObject|startswith: 'HKCU\'`)).toBe(false);
  });

  it("reads Sysmon's numbers", () => {
    expect(matches("Details: 'DWORD (0x00000004)'")).toBe(true);
    expect(matches("Details: 'DWORD (0x00000001)'")).toBe(false);
    const empty = rule('category: registry_set', "Details: '(Empty)'");
    expect(empty.matches('DeviceRegistryEvents', { ...row, RegistryValueData: '' })).toBe(true);
  });

  it('maps event types and fits them to the category', () => {
    const deleted = rule('category: registry_event', 'EventType: DeleteKey');
    expect(deleted.matches('DeviceRegistryEvents', { ActionType: 'RegistryKeyDeleted' })).toBe(true);
    expect(errors(rule('category: registry_event', 'EventType: Nonsense'))).toEqual(['unmappable-value']);
    expect(
      rule('category: registry_add', 'RegistryKey|contains: x').matches('DeviceRegistryEvents', row),
    ).toBe(false);
  });
});

describe('network, DNS, pipes and threads', () => {
  it('network_connection', () => {
    const found = rule(
      'category: network_connection',
      "Initiated: 'true'\n    DestinationPort: [4444, 1337]\n    DestinationIp|cidr: 10.0.0.0/8",
    );
    const row = { ActionType: 'ConnectionSuccess', RemotePort: 4444, RemoteIP: '10.1.1.1' };
    expect(found.matches('DeviceNetworkEvents', row)).toBe(true);
    expect(found.matches('DeviceNetworkEvents', { ...row, ActionType: 'InboundConnectionAccepted' })).toBe(
      false,
    );
  });

  it('dns_query on both tables that hold queries', () => {
    const found = rule('category: dns_query', "QueryName|endswith: '.onion'");
    expect(found.tables).toEqual(['DeviceEvents', 'DeviceNetworkEvents']);
    const events = { ActionType: 'DnsQueryResponse', AdditionalFields: '{"DnsQueryString":"x.onion"}' };
    expect(found.matches('DeviceEvents', events)).toBe(true);
    const network = { ActionType: 'DnsConnectionInspected', AdditionalFields: '{"query":"x.onion"}' };
    expect(found.matches('DeviceNetworkEvents', network)).toBe(true);
  });

  it('a rule runs on those of its tables that have its fields', () => {
    const found = rule('category: file_access', 'PreviousFileName: x');
    expect(found.tables).toEqual(['DeviceFileEvents']);
    expect(found.diagnostics).toEqual([]);
  });

  it('pipe_created puts the device before anchored names', () => {
    const row = {
      ActionType: 'NamedPipeEvent',
      AdditionalFields: '{"PipeName":"\\\\Device\\\\NamedPipe\\\\msagent_1"}',
    };
    for (const selection of [
      String.raw`PipeName|startswith: '\msagent_'`,
      String.raw`PipeName: '\msagent_1'`,
      "PipeName|contains: 'agent_'",
      String.raw`PipeName|re: '^\\msagent_[0-9]$'`,
    ]) {
      expect(rule('category: pipe_created', selection).matches('DeviceEvents', row)).toBe(true);
    }
  });

  it('create_remote_thread and process_access', () => {
    const thread = rule('category: create_remote_thread', String.raw`TargetImage|endswith: '\lsass.exe'`);
    const row = {
      ActionType: 'CreateRemoteThreadApiCall',
      FolderPath: 'C:\\Windows\\System32',
      FileName: 'lsass.exe',
    };
    expect(thread.matches('DeviceEvents', row)).toBe(true);
    const access = rule('category: process_access', "GrantedAccess: '0x1410'");
    expect(
      access.matches('DeviceEvents', {
        ActionType: 'OpenProcessApiCall',
        AdditionalFields: '{"DesiredAccess":5136}',
      }),
    ).toBe(true);
  });

  it('logons of the security log', () => {
    const failed = rule('product: windows, service: security', 'EventID: [529, 4625]\n    LogonType: 10');
    expect(
      failed.matches('DeviceLogonEvents', { ActionType: 'LogonFailed', LogonType: 'RemoteInteractive' }),
    ).toBe(true);
    expect(new Set(errors(rule('product: windows, service: security', 'EventID: 4662')))).toEqual(
      new Set(['unmappable-value']),
    );
  });
});

describe('log sources', () => {
  it("Defender's own tables by name", () => {
    for (const source of [
      'product: m365defender, service: DeviceEvents',
      'product: m365defender, category: deviceevents',
      'product: azure, service: deviceevents',
    ]) {
      expect(rule(source, 'ActionType: x').tables).toEqual(['DeviceEvents']);
    }
    const unknown = rule('product: m365defender, service: BrandNewTable', 'Whatever: x');
    expect(unknown.tables).toEqual(['BrandNewTable']);
    expect(warnings(unknown)).toEqual(['unknown-table']);
    expect(errors(rule('product: m365defender, service: DeviceEvents', 'ActionTyp: x'))).toEqual([
      'unknown-column',
    ]);
  });

  it('one that no table holds is an error', () => {
    expect(errors(rule('category: firewall', 'A: x'))).toEqual(['unsupported-logsource']);
    expect(errors(rule('product: windows, service: sysmon', 'A: x'))).toEqual(['unsupported-logsource']);
    expect(errors(rule('product: azure, service: signinlogs', 'A: x'))).toEqual(['unsupported-logsource']);
  });

  it('every shipped mapping names columns that exist', () => {
    for (const { logsource, tables } of defaultMappings) {
      for (const { table, where, fields } of tables) {
        const columns = findTable(table)?.columns ?? new Map();
        const names = [
          ...Object.keys(where ?? {}),
          ...Object.values(fields).flatMap((field) => {
            if (typeof field === 'string') return [field];
            if ('columns' in field) return field.join?.columns ?? field.columns;
            return field;
          }),
        ];
        const unknown = names.filter((name) => !columns.has(name.split('.')[0] ?? name));
        expect([logsource, table, unknown]).toEqual([logsource, table, []]);
      }
    }
  });
});
