/** Log sources beyond processes, files and the registry: rows as public sources show them, and what is told where none does. */
import { describe, expect, it } from 'vitest';
import { defaultMappings } from '../../../../src/rules/sigma/index.ts';
import { compiledRule } from '../compile-rule.ts';
import { schemaColumns } from '../support.ts';

const selection = (text: string) => `selection:\n  ${text.replaceAll('\n', '\n  ')}\ncondition: selection`;

describe('PowerShell', () => {
  const row = (ActionType: string, fields: object) => ({
    ActionType,
    AdditionalFields: JSON.stringify(fields),
  });
  const command = row('PowerShellCommand', { Command: 'nslookup.exe host.example 192.0.2.1' });

  it('ps_script looks at commands and at the text of scripts', () => {
    const rule = compiledRule(
      'product: windows, category: ps_script',
      selection("ScriptBlockText|contains: 'nslookup'"),
    );
    expect(rule.warnings).toEqual(['approximate-mapping']);
    expect(rule.matches('DeviceEvents', command)).toBe(true);
    expect(
      rule.matches('DeviceEvents', row('ScriptContent', { ScriptContent: 'function f { NSLookup }' })),
    ).toBe(true);
    expect(rule.matches('DeviceEvents', row('DnsQueryResponse', { Command: 'nslookup' }))).toBe(false);
  });

  it('ps_module looks at commands and their host', () => {
    const rule = compiledRule(
      'product: windows, category: ps_module',
      String.raw`a: { Payload|contains: nslookup }
b: { ContextInfo|contains: ':\Windows\System32\wsmprovhost.exe' }
condition: a and b`,
    );
    expect(rule.matches('DeviceEvents', command)).toBe(false);
    const host = { InitiatingProcessFolderPath: 'C:\\Windows\\System32\\wsmprovhost.exe' };
    expect(rule.matches('DeviceEvents', { ...command, ...host })).toBe(true);
  });
});

describe('HTTP and DNS on the network', () => {
  const http = (more: object) => ({
    ActionType: 'HttpConnectionInspected',
    RemoteIP: '192.0.2.7',
    RemotePort: 8080,
    AdditionalFields: JSON.stringify({
      direction: 'Out',
      host: 'files.example',
      method: 'GET',
      request_body_len: '0',
      status_code: '200',
      uri: '/a/b.exe?c=d',
      user_agent: 'curl/8.0',
      ...more,
    }),
  });

  it.each([
    'c-uri: /a/b.exe?c=d',
    'c-uri|startswith: http://files.example/',
    'c-uri|contains: "://files.example/a"',
    'c-uri-extension: exe',
    'c-uri-query: c=d',
    'cs-uri-stem: /a/b.exe',
    'cs-method: GET\nsc-status: 200',
    'c-useragent|startswith: curl',
    'cs-host: files.example',
    'dst_ip|cidr: 192.0.2.0/24\ncs-method: GET',
  ])('a proxy rule: %s', (text) => {
    const rule = compiledRule('category: proxy', selection(text));
    expect(rule.errors).toEqual([]);
    expect(rule.warnings).toContain('approximate-mapping');
    expect(rule.matches('DeviceNetworkEvents', http({}))).toBe(true);
    expect(rule.matches('DeviceNetworkEvents', http({ direction: 'In' }))).toBe(false);
  });

  it('a proxied request says its host in its URI', () => {
    const rule = compiledRule('category: proxy', selection('c-uri: www.example:443\ncs-method: CONNECT'));
    expect(rule.matches('DeviceNetworkEvents', http({ method: 'CONNECT', uri: 'www.example:443' }))).toBe(
      true,
    );
  });

  it('a web server sees what comes in', () => {
    const rule = compiledRule(
      'category: webserver',
      selection("cs-uri-query|contains: '/a/b.exe?c'\nsc-status: 200"),
    );
    expect(rule.matches('DeviceNetworkEvents', http({ direction: 'In' }))).toBe(true);
    expect(rule.matches('DeviceNetworkEvents', http({}))).toBe(false);
  });

  it('what Defender does not keep of a request is said', () => {
    const referer = compiledRule('category: webserver', selection('cs-referer|contains: evil'));
    expect(referer.errors).toEqual(['unknown-column']);
  });

  const dns = { query: 'a.evil.example', qtype_name: 'A', answers: '["192.0.2.9"]', rejected: 'false' };
  const inspected = { ActionType: 'DnsConnectionInspected', AdditionalFields: JSON.stringify(dns) };

  it.each([
    ['category: dns', 'query|endswith: .evil.example'],
    ['category: dns', 'answer|contains: 192.0.2.9\nrecord_type: A'],
    ['product: zeek, service: dns', 'query|endswith: .evil.example\nrejected: false'],
    ['product: windows, service: dns-client', 'EventID: 3008\nQueryName|endswith: .evil.example'],
  ])('DNS as %s: %s', (logsource, text) => {
    const rule = compiledRule(logsource, selection(text));
    expect(rule.errors).toEqual([]);
    expect(rule.matches('DeviceNetworkEvents', inspected)).toBe(true);
    expect(rule.matches('DeviceNetworkEvents', { ...inspected, ActionType: 'SslConnectionInspected' })).toBe(
      false,
    );
  });

  it("the DNS client's event is a response, too", () => {
    const rule = compiledRule(
      'product: windows, service: dns-client',
      selection('EventID: 3008\nQueryName: x.example'),
    );
    const row = { ActionType: 'DnsQueryResponse', AdditionalFields: '{"DnsQueryString":"x.example"}' };
    expect(rule.matches('DeviceEvents', row)).toBe(true);
  });
});

const taskRow = (what: string, fields: object) => ({
  ActionType: `ScheduledTask${what}`,
  AdditionalFields: JSON.stringify(fields),
});
const memberRow = (fields: object) => ({
  ActionType: 'UserAccountAddedToLocalGroup',
  AdditionalFields: JSON.stringify(fields),
});

describe("Windows' logs", () => {
  const service = {
    ActionType: 'ServiceInstalled',
    FileName: 'x.exe',
    FolderPath: 'C:\\Users\\Public\\x.exe',
    ProcessCommandLine: '"C:\\Users\\Public\\x.exe" -k',
    AdditionalFields:
      '{"ServiceName":"PSEXESVC","ServiceAccount":"LocalSystem","ServiceType":16,"ServiceStartType":3}',
  };

  it.each([
    ['system', "Provider_Name: 'Service Control Manager'\nEventID: 7045\nServiceName: PSEXESVC"],
    [
      'system',
      String.raw`Provider_Name: 'Service Control Manager'
EventID: 7045
ImagePath|contains: '\Users\Public\'`,
    ],
    ['security', 'EventID: 4697\nServiceFileName|endswith: " -k"'],
  ])('a service is installed (%s)', (log, text) => {
    const rule = compiledRule(`product: windows, service: ${log}`, selection(text));
    expect(rule.tables).toEqual(['DeviceEvents']);
    expect(rule.warnings).toContain('unproven-mapping');
    expect(rule.rules[0]?.isUnproven).toBe(true);
    expect(rule.matches('DeviceEvents', service)).toBe(true);
    expect(rule.matches('DeviceEvents', { ...service, ActionType: 'ScheduledTaskCreated' })).toBe(false);
  });

  it.each([
    [
      '4698',
      'TaskContent|contains: powershell',
      taskRow('Created', { TaskContent: '{"Actions":"powershell"}' }),
    ],
    ['4699', String.raw`TaskName: '\a'`, taskRow('Deleted', { TaskName: '\\a' })],
    ['4720', 'TargetUserName: eve', { ActionType: 'UserAccountCreated', AccountName: 'eve' }],
    ['4732', 'TargetSid: S-1-5-32-544', memberRow({ GroupSid: 'S-1-5-32-544' })],
    ['4732', 'TargetUserName: Administrators', { ...memberRow({}), AccountName: 'Administrators' }],
  ])('event %s, %s', (id, text, row) => {
    const rule = compiledRule('product: windows, service: security', selection(`EventID: ${id}\n${text}`));
    expect(rule.errors).toEqual([]);
    expect(rule.warnings).toContain('unproven-mapping');
    expect(rule.matches('DeviceEvents', row)).toBe(true);
  });

  it('the security log was cleared', () => {
    const rule = compiledRule(
      'product: windows, service: security',
      selection('EventID: [517, 1102]\nProvider_Name: [Microsoft-Windows-Eventlog, Security]'),
    );
    expect(rule.matches('DeviceEvents', { ActionType: 'SecurityLogCleared' })).toBe(true);
  });

  it('a device is plugged in, as public rows show', () => {
    const rule = compiledRule(
      'product: windows, service: security',
      selection('EventID: 6416\nClassName: DiskDrive'),
    );
    expect(rule.warnings).toEqual([]);
    const row = {
      ActionType: 'PnpDeviceConnected',
      AdditionalFields: '{"ClassName":"DiskDrive","VendorIds":["a"]}',
    };
    expect(rule.matches('DeviceEvents', row)).toBe(true);
  });

  it('a sensitive file is read: its path stands in ObjectName and FileName', () => {
    const read = (text: string) =>
      compiledRule('product: windows, service: security', selection(`EventID: 4663\n${text}`));
    const row = {
      ActionType: 'SensitiveFileRead',
      FolderPath: 'C:\\Users\\a\\AppData\\Roaming\\Mozilla\\Firefox\\Profiles\\x.default-release',
      FileName: 'logins.json',
      InitiatingProcessFolderPath: 'C:\\Temp\\x.exe',
    };
    const firefox = read(String.raw`ObjectType: File
AccessMask: '0x1'
FileName|endswith: ['\cookies.sqlite', 'release\logins.json']
ProcessName|startswith: 'C:\Temp\'`);
    expect(firefox.errors).toEqual([]);
    expect(new Set(firefox.warnings)).toEqual(new Set(['unproven-mapping', 'approximate-mapping']));
    expect(firefox.matches('DeviceEvents', row)).toBe(true);
    expect(firefox.matches('DeviceEvents', { ...row, FileName: 'cookies.sqlite' })).toBe(true);
    expect(firefox.matches('DeviceEvents', { ...row, FileName: 'x.json' })).toBe(false);
    expect(firefox.matches('DeviceEvents', { ...row, ActionType: 'ServiceInstalled' })).toBe(false);
    expect(read(String.raw`ObjectName|contains: '\Mozilla\'`).matches('DeviceEvents', row)).toBe(true);
    // Writes, and keys of the registry, are events of other tables.
    expect(read("AccessMask: '0x6'").errors).toContain('unmappable-value');
    expect(read('ObjectType: Key').errors).toContain('unmappable-value');
  });

  it("Defender's own log", () => {
    const defender = (text: string) => compiledRule('product: windows, service: windefend', selection(text));
    const found = { ActionType: 'AntivirusDetection', AdditionalFields: '{"ThreatName":"Trojan:Win32/X"}' };
    expect(defender('EventID: 1116').matches('DeviceEvents', found)).toBe(true);
    const key = 'HKEY_LOCAL_MACHINE\\SOFTWARE\\Microsoft\\Windows Defender\\Exclusions\\Paths';
    const changed = defender(String.raw`EventID: 5007
NewValue|contains: '\Microsoft\Windows Defender\Exclusions'`);
    const set = { ActionType: 'RegistryValueSet', RegistryKey: key, RegistryValueName: 'C:\\x' };
    expect(changed.matches('DeviceRegistryEvents', set)).toBe(true);
    expect(defender('EventID: 5007').matches('DeviceRegistryEvents', set)).toBe(true);
    const deleted = { ActionType: 'RegistryKeyDeleted', RegistryKey: '', PreviousRegistryKey: key };
    expect(defender('EventID: 5007').matches('DeviceRegistryEvents', deleted)).toBe(true);
    const other = { ...set, RegistryKey: 'HKEY_LOCAL_MACHINE\\SOFTWARE\\Microsoft\\Office' };
    expect(defender('EventID: 5007').matches('DeviceRegistryEvents', other)).toBe(false);
    expect(defender('EventID: [5007, 5001]').warnings).toContain('unmappable-value');
    expect(defender('EventID: 5001').errors).toEqual(['unmappable-value']);
    const blocked = defender(String.raw`EventID: 1121
Path|endswith: '\lsass.exe'`);
    const asr = {
      ActionType: 'AsrLsassCredentialTheftBlocked',
      FileName: 'lsass.exe',
      FolderPath: 'C:\\Windows\\System32',
    };
    expect(blocked.matches('DeviceEvents', asr)).toBe(true);
    expect(blocked.warnings).toContain('unproven-mapping');
  });

  it('a consumer of WMI events', () => {
    const rule = compiledRule(
      'product: windows, category: wmi_event',
      selection('Destination|contains: WScript.Shell'),
    );
    const fields = JSON.stringify({
      PossibleCause: 'instance of ActiveScriptEventConsumer { ScriptText = "WScript.Shell" }',
    });
    expect(
      rule.matches('DeviceEvents', { ActionType: 'WmiBindEventFilterToConsumer', AdditionalFields: fields }),
    ).toBe(true);
  });
});

it('every column of the shipped mappings is a column of its table', () => {
  for (const { tables } of defaultMappings) {
    for (const { table, where, fields } of tables) {
      const columns = schemaColumns(table);
      const paths = Object.values(fields).flatMap((mapped) => {
        if (typeof mapped === 'string') return [mapped];
        if ('columns' in mapped) return [...mapped.columns, ...(mapped.join?.columns ?? [])];
        return [...mapped];
      });
      for (const path of [...paths, ...Object.keys(where ?? {})]) {
        expect(`${table} ${path}: ${columns?.column(path.split('.')[0] ?? '') !== undefined}`).toBe(
          `${table} ${path}: true`,
        );
      }
    }
  }
});
