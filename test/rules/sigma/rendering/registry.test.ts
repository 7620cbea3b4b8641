/** Registry rows are compared as Sysmon and Windows' security log write them. */
import { describe, expect, it } from 'vitest';
import type { JsonObject } from '../../../../src/shared/json.ts';
import { findings, raises, ruleOf } from './rows.ts';

const TABLE = 'DeviceRegistryEvents';
const RUN_MRU =
  'HKEY_CURRENT_USER\\S-1-5-21-1-2-3-1001\\SOFTWARE\\Microsoft\\Windows\\CurrentVersion\\Explorer\\RunMRU';
const KEY_DELETED: JsonObject = {
  ActionType: 'RegistryKeyDeleted',
  RegistryKey: '',
  RegistryValueName: null,
  RegistryValueType: 'None',
  RegistryValueData: null,
  PreviousRegistryKey: RUN_MRU,
  PreviousRegistryValueName: null,
  PreviousRegistryValueData: null,
};
const VALUE_DELETED: JsonObject = {
  ...KEY_DELETED,
  ActionType: 'RegistryValueDeleted',
  PreviousRegistryValueName: 'a',
  PreviousRegistryValueData: 'cmd\\1',
};

function matches(category: string, selection: string, row: JsonObject, condition?: string): boolean {
  return raises(ruleOf(`product: windows, category: ${category}`, selection, condition), TABLE, row);
}

/** A row of a value that was set. */
function set(RegistryKey: string, RegistryValueName: string | null, more: JsonObject = {}): JsonObject {
  return { ActionType: 'RegistryValueSet', RegistryKey, RegistryValueName, ...more };
}

describe('deletions in the registry', () => {
  it.each([
    ['registry_delete', String.raw`TargetObject|contains: '\Explorer\RunMRU'`, KEY_DELETED, true],
    ['registry_delete', String.raw`TargetObject|endswith: '\Explorer\RunMRU'`, KEY_DELETED, true],
    ['registry_delete', String.raw`TargetObject|endswith: '\RunMRU\a'`, VALUE_DELETED, true],
    ['registry_delete', String.raw`TargetObject|re: '^HKU\\S-1-5-21-.*\\RunMRU\\a$'`, VALUE_DELETED, true],
    [
      'registry_event',
      String.raw`EventType: DeleteValue, TargetObject|endswith: '\RunMRU\a'`,
      VALUE_DELETED,
      true,
    ],
    ['registry_event', String.raw`EventType: DeleteKey, TargetObject|endswith: '\RunMRU'`, KEY_DELETED, true],
    ['registry_event', String.raw`EventType: SetValue, TargetObject|endswith: '\RunMRU'`, KEY_DELETED, false],
    [
      'registry_delete',
      String.raw`TargetObject|endswith: '\RunMRU\(Default)'`,
      { ...VALUE_DELETED, PreviousRegistryValueName: '' },
      true,
    ],
    ['registry_delete', 'TargetObject: null', KEY_DELETED, false],
    ['registry_delete', 'Details: null', VALUE_DELETED, true],
    ['registry_delete', "Details|contains: 'cmd'", VALUE_DELETED, false],
  ] as const)('%s %s', (category, selection, row, expected) => {
    expect(matches(category, selection, row)).toBe(expected);
  });

  it('a value that was overwritten is looked for under its present name', () => {
    const row = set('HKEY_LOCAL_MACHINE\\SOFTWARE\\New', 'b', {
      PreviousRegistryKey: 'HKEY_LOCAL_MACHINE\\SOFTWARE\\Old',
      PreviousRegistryValueName: 'a',
    });
    expect(matches('registry_set', String.raw`TargetObject: 'HKLM\SOFTWARE\New\b'`, row)).toBe(true);
    expect(matches('registry_set', String.raw`TargetObject|contains: '\Old'`, row)).toBe(false);
  });

  it('a rename has its old name in TargetObject and its new one in NewName', () => {
    const row: JsonObject = {
      ActionType: 'RegistryKeyRenamed',
      RegistryKey: 'HKEY_LOCAL_MACHINE\\SYSTEM\\ControlSet001\\Control\\MiniNt',
      PreviousRegistryKey: 'HKEY_LOCAL_MACHINE\\SYSTEM\\ControlSet001\\Control\\X',
    };
    const control = String.raw`HKLM\SYSTEM\CurrentControlSet\Control`;
    for (const category of ['registry_event', 'registry_rename']) {
      expect(matches(category, `NewName: '${control}\\MiniNt'`, row)).toBe(true);
      expect(matches(category, `TargetObject: '${control}\\X'`, row)).toBe(true);
      expect(matches(category, `TargetObject: '${control}\\MiniNt'`, row)).toBe(false);
    }
    expect(matches('registry_event', `EventType: RenameKey, NewName: '${control}\\MiniNt'`, row)).toBe(true);
    expect(matches('registry_event', 'NewName|contains: RunMRU', KEY_DELETED)).toBe(false);
  });
});

describe('paths of the registry', () => {
  const RUN = set(
    'HKEY_CURRENT_USER\\S-1-5-21-1-2-3-500\\SOFTWARE\\Microsoft\\Windows\\CurrentVersion\\Run',
    'x',
    {
      RegistryValueType: 'String',
      RegistryValueData: 'a.ps1',
    },
  );
  const CLASSES = set('HKEY_CURRENT_USER\\S-1-5-21-1-2-3-500_Classes\\mscfile\\shell\\open\\command', '');
  const MACHINE = set('HKEY_LOCAL_MACHINE\\SYSTEM\\ControlSet002\\Services\\Evil', 'Start');

  it.each([
    [String.raw`TargetObject|startswith: 'HKCU\Software\Microsoft\Windows\CurrentVersion\Run\'`, RUN, true],
    [String.raw`TargetObject: 'HKCU\Software\Microsoft\Windows\CurrentVersion\Run\x'`, RUN, true],
    [
      String.raw`TargetObject: 'HKEY_CURRENT_USER\Software\Microsoft\Windows\CurrentVersion\Run\x'`,
      RUN,
      true,
    ],
    [String.raw`TargetObject: 'HKU\\*\Software\Microsoft\Windows\CurrentVersion\Run\x'`, RUN, true],
    [String.raw`TargetObject|startswith: 'HKEY_USERS\S-1-5-21-1-2-3-500\'`, RUN, true],
    [String.raw`TargetObject|startswith: 'HKEY_CURRENT_USER\S-1-5-21-1-2-3-500\'`, RUN, true],
    [String.raw`TargetObject|re: '^HKU\\S-1-5-21-[0-9-]+\\SOFTWARE\\'`, RUN, true],
    [String.raw`TargetObject|re: '^HKCU\\SOFTWARE\\'`, RUN, true],
    [String.raw`TargetObject|startswith: 'HKLM\'`, RUN, false],
    ["TargetObject|startswith: 'HK', Details: a.ps1", RUN, true],
    [String.raw`TargetObject|contains|all: ['HKCU\', '\Run\']`, RUN, true],
    [String.raw`TargetObject|endswith: '_Classes\mscfile\shell\open\command\(Default)'`, CLASSES, true],
    [String.raw`TargetObject: 'HKCR\mscfile\shell\open\command\(Default)'`, CLASSES, true],
    [String.raw`TargetObject|startswith: 'HKCU\Software\Classes\mscfile\'`, CLASSES, true],
    [String.raw`TargetObject|endswith: '\command\(Default)'`, { ...CLASSES, RegistryValueName: null }, true],
    [
      String.raw`TargetObject|endswith: '\command\(Default)'`,
      { ...CLASSES, RegistryValueName: '(Default)' },
      true,
    ],
    [String.raw`TargetObject|endswith: '\command\(Default)'`, { ...CLASSES, RegistryValueName: 'x' }, false],
    [
      String.raw`TargetObject|endswith: '\(Default)'`,
      { ...CLASSES, ActionType: 'RegistryKeyCreated' },
      false,
    ],
    [String.raw`TargetObject: 'HKLM\System\CurrentControlSet\Services\Evil\Start'`, MACHINE, true],
    [String.raw`TargetObject: 'HKLM\System\ControlSet002\Services\Evil\Start'`, MACHINE, true],
    [
      String.raw`TargetObject: 'HKEY_LOCAL_MACHINE\System\CurrentControlSet\Services\Evil\Start'`,
      MACHINE,
      true,
    ],
    [String.raw`TargetObject|contains: '\ControlSet001\'`, MACHINE, false],
    [String.raw`TargetObject|re: '^HKLM\\SYSTEM\\(Current)?ControlSet[0-9]*\\Services\\'`, MACHINE, true],
    [
      String.raw`TargetObject|startswith: 'HKCR\CLSID'`,
      set('HKEY_LOCAL_MACHINE\\SOFTWARE\\Classes\\CLSID\\{1}', ''),
      true,
    ],
    [
      String.raw`TargetObject|startswith: 'HKLM\SOFTWARE\Classes\CLSID'`,
      set('HKEY_LOCAL_MACHINE\\SOFTWARE\\Classes\\CLSID\\{1}', ''),
      true,
    ],
    ['TargetObject|exists: true', MACHINE, true],
    ['TargetObject|exists: true', { ActionType: 'RegistryValueSet', RegistryKey: '' }, false],
  ] as const)('%s', (selection, row, expected) => {
    const event = matches('registry_event', selection, row as JsonObject);
    expect(event).toBe(expected);
  });
});

describe('data of the registry', () => {
  const seed = set('HKEY_LOCAL_MACHINE\\SOFTWARE\\X', 'Seed');
  const data = (RegistryValueType: string, RegistryValueData: string | null): JsonObject => ({
    ...seed,
    RegistryValueType,
    RegistryValueData,
  });
  const ONE = data('Dword', '1');
  const BIG = data('Qword', '4294967298');
  const EMPTY = data('String', '');
  const BINARY = data('Binary', null);
  const TEXT = data('String', 'hello');

  it('a filter on (Empty) does not kill its rule (case 04)', () => {
    const rule = `title: T
logsource: { product: windows, category: registry_set }
detection:
  selection: { TargetObject|endswith: '\\Seed' }
  filter: { Details|contains: '(Empty)' }
  condition: selection and not filter
level: high
`;
    expect(raises(rule, TABLE, TEXT)).toBe(true);
    expect(raises(rule, TABLE, EMPTY)).toBe(false);
    expect(raises(rule, TABLE, data('ExpandString', null))).toBe(false);
    expect(raises(rule, TABLE, BINARY)).toBe(true);
  });

  it.each([
    ["Details: 'DWORD (0x00000001)'", ONE, true],
    ["Details|contains: '0x00000001'", ONE, true],
    ["Details|contains: ['0x00000001', 'x']", ONE, true],
    ['Details|startswith: DWORD', ONE, true],
    ["Details|endswith: '(0x00000001)'", ONE, true],
    [String.raw`Details|re: '^DWORD \(0x0+1\)$'`, ONE, true],
    ["Details|cased: 'DWORD (0x00000001)'", ONE, true],
    ["Details|cased: 'dword (0x00000001)'", ONE, false],
    ["Details: ['DWORD (0x00000000)', 'DWORD (0x00000001)']", ONE, true],
    ["Details: 'DWORD (0x00000000)'", ONE, false],
    ["Details: '1'", ONE, false],
    ["Details|neq: 'DWORD (0x00000001)'", ONE, false],
    ['Details|gte: 1', ONE, true],
    ['Details|gt: 1', ONE, false],
    ['Details: null', ONE, false],
    ['Details|exists: true', ONE, true],
    ["Details: 'DWORD (0xffffffff)'", data('Dword', '-1'), true],
    ["Details: 'DWORD (0x0000000a)'", data('Dword', '0xA'), true],
    ["Details: 'QWORD (0x00000001-0x00000002)'", BIG, true],
    ["Details|contains: '0x00000002'", BIG, true],
    ['Details|gt: 4294967297', BIG, true],
    ["Details: '(Empty)'", EMPTY, true],
    ["Details: '(Empty)'", data('String', null), true],
    ["Details: '(Empty)'", TEXT, false],
    ["Details: ''", EMPTY, false],
    ['Details: null', EMPTY, false],
    [String.raw`Details|re: '^\(Empty\)$'`, EMPTY, true],
    ["Details: 'Binary Data'", BINARY, true],
    ['Details|contains: Binary', BINARY, true],
    ["Details: 'Binary Data'", data('Binary', ''), true],
    ["Details: 'Binary Data'", TEXT, false],
    ['Details: null', BINARY, false],
    ['Details: hello', TEXT, true],
    ["Details: '2'", data('String', '2'), true],
    ["Details|startswith: 'DWORD'", data('String', '2'), false],
    ["NewValue: '1'", ONE, true],
  ] as const)('%s (%j)', (selection, row, expected) => {
    expect(matches('registry_set', selection, row as JsonObject)).toBe(expected);
  });
});

describe("Windows' event 4657", () => {
  const rule = (selection: string) => ruleOf('product: windows, service: security', selection);
  const row = set(
    'HKEY_LOCAL_MACHINE\\SYSTEM\\ControlSet001\\Services\\WinSock2\\Parameters',
    'AutodialDLL',
    {
      RegistryValueType: 'String',
      RegistryValueData: 'C:\\evil.dll',
    },
  );

  it.each([
    [
      String.raw`EventID: 4657, ObjectName: '\REGISTRY\MACHINE\SYSTEM\ControlSet001\Services\WinSock2\Parameters'`,
      true,
    ],
    [
      String.raw`EventID: 4657, ObjectName|endswith: '\WinSock2\Parameters', ObjectValueName: AutodialDLL`,
      true,
    ],
    [String.raw`EventID: 4657, ObjectName|contains: '\CurrentControlSet\', NewValue|endswith: '.dll'`, true],
    ['EventID: [4657, 4663], ObjectValueName: AutodialDLL', true],
    ['EventID: 4657, ObjectValueName: Other', false],
    ['EventID: 4624, TargetUserName: x', false],
  ])('%s', (selection, expected) => {
    expect(raises(rule(selection), TABLE, row)).toBe(expected);
  });

  it('is no event of the logon table', () => {
    expect(findings(rule('EventID: 4657, ObjectValueName: x'))).toEqual([]);
  });
});
