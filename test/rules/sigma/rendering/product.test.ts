/** A rule's `product` counts for each row. */
import { describe, expect, it } from 'vitest';
import { compileProgram } from '../../../../src/rules/compile.ts';
import { explain, raisedRules } from '../../../../src/rules/explain.ts';
import { rowOf } from '../../../../src/rules/testing/run.ts';
import type { JsonObject } from '../../../../src/shared/json.ts';
import { context, filesOf } from '../../helpers.ts';
import { raises, ruleOf } from './rows.ts';

const WINDOWS: JsonObject = { ActionType: 'ProcessCreated', FolderPath: 'C:\\Windows\\System32\\whoami.exe' };
const LINUX: JsonObject = {
  ActionType: 'ProcessCreated',
  FileName: 'ls',
  FolderPath: '/usr/bin/ls',
  ProcessCommandLine: 'ls -la',
  AccountDomain: 'lnx1',
  AccountName: 'root',
};

function raisesFor(product: string, row: JsonObject, table = 'DeviceProcessEvents'): boolean {
  const category = table === 'DeviceProcessEvents' ? 'process_creation' : 'network_connection';
  const rule = ruleOf(`product: ${product}, category: ${category}`, 'DeviceName: nobody', 'not selection');
  return raises(rule, table, row);
}

describe('the product of a rule', () => {
  it('keeps a Windows rule that only excludes from a Linux row (case 01)', () => {
    const rule = `title: T
logsource: { product: windows, category: process_creation }
detection:
  image_absolute: { Image|contains: '\\' }
  condition: not image_absolute
level: high
`;
    expect(raises(rule, 'DeviceProcessEvents', LINUX)).toBe(false);
    expect(raises(rule, 'DeviceProcessEvents', { ...WINDOWS, FolderPath: 'whoami.exe' })).toBe(true);
  });

  it.each([
    ['windows', WINDOWS, true],
    ['windows', LINUX, false],
    ['Windows', LINUX, false],
    ['linux', LINUX, true],
    ['linux', WINDOWS, false],
    ['macos', LINUX, true],
    ['macos', WINDOWS, false],
    ['windows', { FolderPath: '\\\\server\\share\\a.exe' }, true],
    ['linux', { FolderPath: '\\\\server\\share\\a.exe' }, false],
    ['linux', { FolderPath: '\\Device\\HarddiskVolume3\\a.exe' }, false],
    ['linux', { FolderPath: 'd:/a.exe' }, false],
    // The process that did it tells where the row's own path does not.
    ['windows', { FolderPath: '', InitiatingProcessFolderPath: '/usr/sbin/sshd' }, false],
    ['linux', { FolderPath: null, InitiatingProcessFolderPath: 'c:\\windows\\explorer.exe' }, false],
    ['windows', { FolderPath: 'Registry', InitiatingProcessFolderPath: '/usr/sbin/sshd' }, false],
    // Its own path goes first.
    ['linux', { FolderPath: '/bin/sh', InitiatingProcessFolderPath: 'c:\\windows\\system32\\wsl.exe' }, true],
    // Nothing tells: kept from no rule.
    ['windows', {}, true],
    ['linux', {}, true],
    ['macos', { FolderPath: 'a.exe' }, true],
    ['macos', { FolderPath: ['/bin/sh', 'C:\\x'], ActionType: null }, true],
  ] as const)('%s, %j: %s', (product, row, expected) => {
    expect(raisesFor(product, row as JsonObject)).toBe(expected);
  });

  it('is told by the initiating process where a table has no path of its own', () => {
    const row = { ActionType: 'ConnectionSuccess', InitiatingProcessFolderPath: '/usr/bin/curl' };
    expect(raisesFor('windows', row, 'DeviceNetworkEvents')).toBe(false);
    expect(raisesFor('linux', row, 'DeviceNetworkEvents')).toBe(true);
  });

  it('is told by OSPlatform where a row has it', () => {
    const mapping = `mappings:
  - logsource: { category: inventory }
    tables: [{ table: DeviceInfo }]
`;
    const raised = (product: string, OSPlatform: string) => {
      const rule = ruleOf(`product: ${product}, category: inventory`, 'DeviceName: nobody', 'not selection');
      const files = filesOf({ 'detections/rule.yml': rule, 'mappings/own.yaml': mapping });
      const { program } = compileProgram(files, context);
      return program && raisedRules(program, rowOf('DeviceInfo', { OSPlatform })).length === 1;
    };
    expect(raised('windows', 'WindowsServer2022')).toBe(true);
    expect(raised('windows', 'Linux')).toBe(false);
    expect(raised('linux', 'Linux')).toBe(true);
    expect(raised('linux', 'macOS')).toBe(false);
    expect(raised('macos', 'macOS')).toBe(true);
    expect(raised('windows', 'Android')).toBe(false);
    expect(raised('windows', 'SomethingNew')).toBe(true);
  });

  it('means nothing where no column tells, and without a product every row counts', () => {
    const rule = ruleOf('category: process_creation', 'CommandLine|contains: ls');
    expect(raises(rule, 'DeviceProcessEvents', LINUX)).toBe(true);
    const mapping = 'mappings:\n  - logsource: { category: mail }\n    tables: [{ table: EmailEvents }]\n';
    const mail = ruleOf('product: windows, category: mail', 'Subject: x');
    const { program } = compileProgram(
      filesOf({ 'detections/rule.yml': mail, 'mappings/own.yaml': mapping }),
      context,
    );
    expect(program && raisedRules(program, rowOf('EmailEvents', { Subject: 'x' })).length).toBe(1);
  });

  it('is explained where it keeps a rule from a row, and is no part of what matched', () => {
    const files = filesOf({
      'detections/rule.yml': ruleOf(
        'product: windows, category: process_creation',
        'CommandLine|contains: ls',
      ),
    });
    const { program } = compileProgram(files, context);
    if (!program) throw new Error('the rule compiles');
    const [told] = explain(program, rowOf('DeviceProcessEvents', LINUX)).detections;
    expect(told).toMatchObject({
      matched: false,
      tree: {
        kind: 'and',
        children: [
          { label: 'product', matched: false, actual: ['linux', 'macos'], children: [{ label: 'windows' }] },
          { label: 'selection', matched: true },
        ],
      },
    });
    const row = { ...WINDOWS, ProcessCommandLine: 'ls' };
    const explanation = explain(program, rowOf('DeviceProcessEvents', row));
    expect(explanation.detections[0]?.tree).toMatchObject({ label: 'selection', matched: true });
    const { verdict } = explanation;
    const matched =
      verdict.kind === 'forwarded' ? verdict.routes.flatMap(({ rule }) => rule?.matched ?? []) : [];
    expect(new Set(matched.map(({ column }) => column))).toEqual(new Set(['ProcessCommandLine']));
  });
});
