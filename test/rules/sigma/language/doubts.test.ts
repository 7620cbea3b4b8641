/** What is legal in a value and would make its rule silently dead. */
import { describe, expect, it } from 'vitest';
import { compileRules } from '../../../../src/rules/index.ts';
import { expectTheVoice } from '../../../diagnostics/expect-voice.ts';
import { processorMs } from '../../../support/processor-time.ts';
import { compile, context, filesOf } from '../../helpers.ts';

interface Doubt {
  readonly code: string;
  /** What is underlined. */
  readonly at: string;
  readonly hint: string | undefined;
}

/** The warnings on a part of a rule; nothing but warnings may come of it. */
function doubts(
  part: string,
  logsource = '{ category: process_creation, product: windows }',
): readonly Doubt[] {
  const text = `title: A\nlevel: low\nlogsource: ${logsource}\ndetection:\n  s:\n    ${part}\n  condition: s\n`;
  const { rules, diagnostics } = compileRules(filesOf({ 'detections/a.yml': text }), context);
  expect(diagnostics.filter(({ severity }) => severity === 'error')).toEqual([]);
  expect(rules).toBeDefined();
  expectTheVoice(diagnostics);
  return diagnostics
    .filter(({ code }) => code !== 'approximate-mapping')
    .map(({ code, span, hint }) => {
      const line = text.split('\n')[span.line - 1] ?? '';
      return { code, at: line.slice(span.column - 1, span.column - 1 + span.length), hint };
    });
}

const native = (table: string) => `{ product: m365defender, category: ${table} }`;
const codesOf = (part: string, logsource?: string) => doubts(part, logsource).map(({ code }) => code);

describe('a control character', () => {
  const inSingle = (written: string, hex: string): Doubt => ({
    code: 'control-character',
    at: written,
    hint: `write the value in single quotes, or "${hex}" where that character is meant`,
  });

  it('of an escape in double quotes, underlined there', () => {
    expect(doubts('Image|endswith: "\\finger.exe"')).toEqual([inSingle('\\f', '\\x0C')]);
    expect(doubts('CommandLine|contains: "C:\\temp"')).toEqual([inSingle('\\t', '\\x09')]);
    expect(doubts('Image|endswith: ["\\\\ok.exe", "\\rundll32.exe"]')).toEqual([inSingle('\\r', '\\x0D')]);
    // Not only those of ASCII: "\P" is a paragraph separator, "\N" a next line, "\L" a line separator.
    for (const name of ['Programs', 'Notepad', 'Local', '_private', 'bin', 'vbox', 'a', 'nc.exe', 'e', '0']) {
      expect([name, codesOf(`CommandLine|contains: "C:\\${name}"`)]).toEqual([name, ['control-character']]);
    }
    expect(codesOf('CommandLine|re: "\\bfoo"')).toEqual(['control-character']);
    expect(codesOf('CommandLine|base64offset|contains: "\\foo"')).toEqual(['control-character']);
  });

  it('in a keyword and in the conditions of a table file', () => {
    const rule =
      'title: A\nlevel: low\nlogsource: { category: process_creation }\ndetection: { k: ["\\finger"], condition: k }\n';
    const table =
      'table: DeviceEvents\nfilter:\n  - title: x\n    detection: { s: { FileName: "\\finger" }, condition: s }\n';
    expect(compile({ 'detections/a.yml': rule, 'DeviceEvents.yaml': table }).told).toEqual([
      expect.stringMatching(
        /^DeviceEvents\.yaml:4:34\+2 warning control-character: in double quotes "\\f" is a form feed/,
      ),
      expect.stringMatching(/^detections\/a\.yml:4:19\+2 warning control-character/),
    ]);
  });

  it('but not one that is meant, or a backslash', () => {
    for (const value of [
      '"a\\x09b"',
      '"\\u2028"',
      "'\\finger.exe'",
      '"\\\\finger.exe"',
      '\\finger.exe',
      '"\\"quoted\\""',
      '"a\\/b"',
    ]) {
      expect([value, codesOf(`CommandLine|contains: ${value}`)]).toEqual([value, []]);
    }
  });

  it('that a block leaves at its end', () => {
    expect(doubts('CommandLine|contains: |\n      whoami')).toEqual([
      { code: 'control-character', at: '|', hint: 'write "|-"' },
    ]);
    expect(doubts('CommandLine|contains: >\n      whoami')[0]?.hint).toBe('write ">-"');
    expect(doubts('CommandLine|contains: |-\n      whoami')).toEqual([]);
  });
});

describe('an escaped wildcard', () => {
  const hint = "write '\\\\*' for a backslash and a wildcard, '\\\\\\*' for a backslash and a plain \"*\"";

  it('within a path', () => {
    expect(doubts("Image: 'C:\\Users\\*\\a.exe'")).toEqual([
      { code: 'escaped-wildcard', at: "'C:\\Users\\*\\a.exe'", hint },
    ]);
    for (const part of [
      "Image|startswith: 'C:\\*\\a.exe'",
      "CommandLine|contains: 'C:\\Users\\*\\AppData'",
      "CommandLine|contains: '\\AppData\\Local\\Temp\\*.zip\\'",
      "CommandLine|contains: ' > *\\Temp\\*.bin'",
      "CommandLine|contains: '%ProgramData%\\Temp\\*'",
    ]) {
      expect([part, codesOf(part)]).toEqual([part, ['escaped-wildcard']]);
    }
    expect(codesOf("RegistryKey|contains: '\\Run\\*'", native('DeviceRegistryEvents'))).toEqual([
      'escaped-wildcard',
    ]);
  });

  it('but not an asterisk that is meant', () => {
    for (const value of [
      '\\*avira\\*',
      'select \\*',
      ' -Filter \\*',
      '\\*.bak',
      'objectGUID=\\*',
      'C:\\Users\\\\*\\a',
      'a*b',
      'index.php\\?id=',
    ]) {
      expect([value, codesOf(`CommandLine|contains: '${value}'`)]).toEqual([value, []]);
    }
    expect(codesOf("Image: 'C:\\Users\\\\*\\a.exe'")).toEqual([]);
    expect(codesOf("Image|startswith: '\\\\\\?\\?\\C:\\Windows'")).toEqual([]);
    expect(codesOf("TargetObject|contains: '\\\\\\*\\shell'", '{ category: registry_set }')).toEqual([]);
    expect(codesOf("CommandLine|re: 'C:\\\\Users\\*'")).toEqual([]);
  });
});

describe('a value that can never match', () => {
  it('a name where the column holds whole paths', () => {
    expect(doubts('Image: finger.exe')).toEqual([
      { code: 'never-matches', at: 'finger.exe', hint: 'write "Image|endswith: \'\\finger.exe\'"' },
    ]);
    expect(doubts('ParentImage|startswith: [cmd.exe]')[0]?.hint).toBe(
      'write "ParentImage|contains: \'\\cmd.exe\'"',
    );
    expect(doubts("Image: ':\\Temp\\a.exe'")[0]?.hint).toBe('write "Image|endswith: \':\\Temp\\a.exe\'"');
    expect(doubts('Image: bash', '{ category: process_creation, product: linux }')[0]?.hint).toBe(
      'write "Image|endswith: \'/bash\'"',
    );
    expect(doubts("Image|startswith: ' C:\\Temp'")[0]?.hint).toBe(
      'a path begins with a drive, a slash or a backslash',
    );
    expect(codesOf('TargetFilename: a.txt', '{ category: file_event }')).toEqual(['never-matches']);
    expect(codesOf('FolderPath: a.exe', native('DeviceFileEvents'))).toEqual(['never-matches']);
    expect(codesOf('FolderPath: a.exe', native('AlertEvidence'))).toEqual([]);
    for (const part of [
      "Image: 'C:\\a.exe'",
      "Image: '*\\a.exe'",
      'Image: /bin/sh',
      'Image|endswith: a.exe',
      'Image: System',
      'Image: Registry',
      "Image: ''",
      "Image: '<unknown process>'",
      'Image|startswith: C',
      'Image: null',
    ]) {
      expect([part, codesOf(part)]).toEqual([part, []]);
    }
  });

  it('a path where the column holds a name', () => {
    const table = native('DeviceProcessEvents');
    expect(doubts("FileName|endswith: '\\cmd.exe'", table)).toEqual([
      { code: 'never-matches', at: "'\\cmd.exe'", hint: 'compare FolderPath, or write "cmd.exe"' },
    ]);
    expect(doubts("InitiatingProcessParentFileName: 'C:\\a\\cmd.exe'", table)[0]?.hint).toBe(
      'write "cmd.exe"',
    );
    // The mapped field takes the name out of the path by itself.
    expect(codesOf("ParentImage|endswith: '\\cmd.exe'", '{ category: image_load }')).toEqual([]);
    expect(codesOf('FileName: cmd.exe', table)).toEqual([]);
  });

  it('a hash of another algorithm', () => {
    const table = native('DeviceFileEvents');
    expect(doubts(`SHA256: ${'a'.repeat(40)}`, table)[0]?.hint).toBe(
      'it looks like a SHA1, and "SHA256" is not',
    );
    expect(codesOf('SHA1: nonsense', table)).toEqual(['never-matches']);
    expect(codesOf(`SHA1: ${'a'.repeat(40)}`, table)).toEqual([]);
    expect(codesOf('SHA1|startswith: aa', table)).toEqual([]);
    expect(codesOf("SHA1: ''", table)).toEqual([]);
  });

  it('a network that is compared as text', () => {
    const table = native('DeviceNetworkEvents');
    expect(doubts('RemoteIP: 10.0.0.0/8', table)[0]?.hint).toBe('write "RemoteIP|cidr"');
    expect(doubts('DestinationIp: fe80::/10', '{ category: network_connection }')[0]?.hint).toBe(
      'write "DestinationIp|cidr"',
    );
    expect(codesOf('RemoteIP|cidr: 10.0.0.0/8', table)).toEqual([]);
    expect(codesOf("RemoteIP|startswith: '10.'", table)).toEqual([]);
    expect(codesOf('RemoteUrl: example.com/8', table)).toEqual([]);
  });

  it('a hive by its short name in the column itself', () => {
    const table = native('DeviceRegistryEvents');
    expect(doubts("RegistryKey|startswith: 'HKLM\\SOFTWARE'", table)[0]?.hint).toBe(
      'write "HKEY_LOCAL_MACHINE"',
    );
    expect(codesOf("TargetObject|startswith: 'HKLM\\SOFTWARE'", '{ category: registry_set }')).toEqual([]);
    expect(codesOf("RegistryKey|contains: '\\Run'", table)).toEqual([]);
  });

  it('values of "|all" that exclude each other', () => {
    const table = native('DeviceProcessEvents');
    expect(doubts('FileName|all: [a.exe, b.exe]', table)).toEqual([
      { code: 'never-matches', at: 'FileName', hint: 'leave "|all" out, or write "|contains|all"' },
    ]);
    expect(codesOf("Image|startswith|all: ['C:\\a', 'C:\\b']")).toEqual(['never-matches']);
    expect(codesOf("Image|startswith|all: ['C:\\a', 'c:\\A\\b']")).toEqual([]);
    expect(codesOf('CommandLine|contains|all: [a, b]')).toEqual([]);
    expect(codesOf("CommandLine|all: ['*a*', '*b*']")).toEqual([]);
  });
});

describe('a value of a million characters', () => {
  it.each([
    ['FileName', `a\\\\${'b'.repeat(1_000_000)}\\\\`],
    ['FolderPath', '\\\\a'.repeat(500_000)],
    ['ProcessCommandLine', 'a\\*'.repeat(300_000)],
    ['ActionType', 'a*'.repeat(500_000)],
    ['SHA256', 'a'.repeat(1_000_000)],
    ['ProcessId', '1'.repeat(1_000_000)],
  ])('of %s is looked at in no time', (column, value) => {
    const started = processorMs();
    codesOf(`${column}: '${value}'`, native('DeviceProcessEvents'));
    expect(processorMs() - started).toBeLessThan(5_000);
  });
});

describe('text for a column of another type', () => {
  it('is never in it', () => {
    expect(doubts('RemotePort: https', native('DeviceNetworkEvents'))).toEqual([
      { code: 'type-mismatch', at: 'https', hint: undefined },
    ]);
    expect(doubts("ProcessId: '0x3e7'", native('DeviceProcessEvents'))[0]?.hint).toBe('write 999');
    expect(codesOf('ProcessId: 0x3e7', native('DeviceProcessEvents'))).toEqual([]);
    expect(codesOf('IsLocalAdmin: yes', native('DeviceLogonEvents'))).toEqual(['type-mismatch']);
    expect(codesOf('Timestamp: yesterday', native('DeviceEvents'))).toEqual(['type-mismatch']);
  });

  it('but not a number, a part of one, or true and false', () => {
    for (const part of [
      'RemotePort: 443',
      "RemotePort: '443'",
      'RemotePort|startswith: 44',
      "RemotePort: '44*'",
      'RemotePort: null',
    ]) {
      expect([part, codesOf(part, native('DeviceNetworkEvents'))]).toEqual([part, []]);
    }
    for (const value of ['true', "'True'", '0', '*']) {
      expect([
        value,
        codesOf(`IsLocalAdmin: '${value.replaceAll("'", '')}'`, native('DeviceLogonEvents')),
      ]).toEqual([value, []]);
    }
    expect(codesOf("Timestamp|startswith: '2026-'", native('DeviceEvents'))).toEqual([]);
  });
});

describe('an ActionType', () => {
  it('that is misspelt, of another table or of none', () => {
    expect(doubts('ActionType: ProcessCreate', native('DeviceProcessEvents'))).toEqual([
      { code: 'unknown-action-type', at: 'ProcessCreate', hint: 'did you mean "ProcessCreated"?' },
    ]);
    expect(doubts('ActionType: UsbDriveMouted', native('DeviceEvents'))[0]?.hint).toMatch(
      /^did you mean "UsbDriveMounted"/,
    );
    expect(doubts('ActionType: RegistryValueSet', native('DeviceEvents'))[0]?.hint).toBe(
      'it is one of DeviceRegistryEvents',
    );
    expect(doubts('ActionType: LoggedOn', native('DeviceLogonEvents'))[0]?.hint).toMatch(
      /^known: LogonAttempted, /,
    );
    expect(codesOf('ActionType|startswith: Proces_', native('DeviceProcessEvents'))).toEqual([
      'unknown-action-type',
    ]);
    expect(codesOf('ActionType: Group Memership changed', native('IdentityDirectoryEvents'))).toEqual([
      'unknown-action-type',
    ]);
  });

  it('in the "where" of a mapping file', () => {
    const mapping = (name: string) =>
      `mappings:\n  - logsource: { category: x }\n    tables:\n      - table: DeviceFileEvents\n        where: { ActionType: [${name}] }\n`;
    expect(compile({ 'mappings/a.yaml': mapping('FileCreate') }).told).toEqual([
      'mappings/a.yaml:5:31+10 warning unknown-action-type: DeviceFileEvents has no ActionType "FileCreate" that is known (did you mean "FileCreated"?)',
    ]);
    expect(compile({ 'mappings/a.yaml': mapping('FileCreated') }).told).toEqual([]);
  });

  it('but none that may be new, or in another letter case', () => {
    for (const [table, name] of [
      ['DeviceEvents', 'QuantumTunnelOpened'],
      ['DeviceNetworkEvents', 'TlsHandshakeObserved'],
      ['DeviceProcessEvents', 'processcreated'],
      ['DeviceProcessEvents', 'ProcessCreated*'],
      ['CloudAppEvents', 'FileUplaoded'],
      ['NewTableEvents', 'Anything'],
    ] as const) {
      const found = codesOf(`ActionType: ${name}`, native(table)).filter((code) => code !== 'unknown-table');
      expect([name, found]).toEqual([name, []]);
    }
  });
});
