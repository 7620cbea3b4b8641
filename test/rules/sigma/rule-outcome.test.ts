/** What is said of a rule that finds what it asks for on some tables of its log source, or nowhere. */
import { describe, expect, it } from 'vitest';
import type { LogsourceMapping, TableMapping } from '../../../src/rules/sigma/index.ts';
import { compiledRule } from './compile-rule.ts';

const events = (values: Record<string, string>): TableMapping['fields'][string] => ({
  columns: ['ActionType'],
  values,
  closed: true,
});

/** One log source in two tables, each with events of its own. */
const split: readonly LogsourceMapping[] = [
  {
    logsource: { category: 'split' },
    tables: [
      {
        table: 'DeviceLogonEvents',
        where: { ActionType: ['LogonSuccess'] },
        fields: { EventID: events({ '1': 'LogonSuccess' }), Who: 'AccountName', From: 'RemoteIP' },
      },
      {
        table: 'DeviceRegistryEvents',
        where: { ActionType: ['RegistryValueSet'] },
        fields: { EventID: events({ '2': 'RegistryValueSet' }), What: 'RegistryKey' },
      },
    ],
  },
];

function split2(detection: string) {
  return compiledRule('category: split', detection, split);
}

describe('a rule of two tables', () => {
  it('runs where its event is, and nothing is said of the other', () => {
    const rule = split2('s: { EventID: 1, Who: a }\ncondition: s');
    expect(rule.tables).toEqual(['DeviceLogonEvents']);
    expect(rule.diagnostics).toEqual([]);
  });

  it('each event runs where it is: nothing is lost', () => {
    const rule = split2('s1: { EventID: 1, Who: a }\ns2: { EventID: 2, What: b }\ncondition: 1 of s*');
    expect(rule.tables).toEqual(['DeviceLogonEvents', 'DeviceRegistryEvents']);
    expect(rule.diagnostics).toEqual([]);
    expect(rule.matches('DeviceRegistryEvents', { ActionType: 'RegistryValueSet', RegistryKey: 'b' })).toBe(
      true,
    );
    expect(rule.matches('DeviceLogonEvents', { ActionType: 'LogonSuccess', AccountName: 'a' })).toBe(true);
  });

  it('the list of events does as well', () => {
    const rule = split2('s: { EventID: [1, 2] }\ncondition: s');
    expect(rule.tables).toEqual(['DeviceLogonEvents', 'DeviceRegistryEvents']);
    expect(rule.diagnostics).toEqual([]);
  });

  it('an event that no table has is lost, once', () => {
    const rule = split2('s: { EventID: [1, 2, 3] }\ncondition: s');
    expect(rule.diagnostics).toMatchObject([{ severity: 'warning', effect: 'lost-alternative' }]);
    expect(rule.diagnostics[0]?.message).toContain('"3"');
  });

  it('an alternative that fails on the only table that has its event is told with the reason', () => {
    const rule = split2('s1: { EventID: 1, Who: a }\ns2: { EventID: 2, Nope: b }\ncondition: 1 of s*');
    expect(rule.tables).toEqual(['DeviceLogonEvents']);
    expect(rule.diagnostics).toMatchObject([
      {
        severity: 'warning',
        code: 'unknown-column',
        message: expect.stringMatching(/^DeviceRegistryEvents .*"Nope"/),
      },
    ]);
  });

  it('a column that one table lacks is lost there', () => {
    const rule = split2('s: { EventID: [1, 2] }\nt: { Who: a }\ncondition: s or t');
    expect(rule.diagnostics).toMatchObject([
      {
        severity: 'warning',
        message: 'DeviceRegistryEvents has no column "Who": this alternative never matches',
      },
    ]);
  });

  it('a filter that one table cannot find makes it wider there', () => {
    const rule = split2('s: { EventID: [1, 2] }\nf: { From: 10.0.0.1 }\ncondition: s and not f');
    expect(rule.diagnostics).toMatchObject([
      { effect: 'wider', message: expect.stringMatching(/^DeviceRegistryEvents/) },
    ]);
  });

  it('a filter on an event of the other table is nothing to speak of', () => {
    const rule = split2('s: { EventID: 1 }\nf: { EventID: 2, What: x }\ncondition: s and not f');
    expect(rule.tables).toEqual(['DeviceLogonEvents']);
    expect(rule.diagnostics).toEqual([]);
  });

  it('of which nothing can match is refused, with the reasons that help', () => {
    const rule = split2('s: { EventID: 2, Nope: x }\ncondition: s');
    expect(rule.tables).toEqual([]);
    expect(rule.diagnostics).toMatchObject([{ severity: 'error', code: 'unknown-column' }]);
    expect(split2('s: { EventID: 9 }\ncondition: s').diagnostics).toMatchObject([
      {
        severity: 'error',
        code: 'unmappable-value',
        message: 'DeviceLogonEvents never holds "9" as "EventID", nor do DeviceRegistryEvents',
      },
    ]);
  });
});

describe('an import hash, which Defender does not have', () => {
  const windows = 'category: process_creation, product: windows';
  const row = { ActionType: 'ProcessCreated', FileName: 'AdFind.exe', FolderPath: 'C:\\AdFind.exe' };

  it('refuses no rule of which something else can match', () => {
    const text = String.raw`sel_img: { Image|endswith: '\AdFind.exe' }
sel_hash: { Hashes|contains: 'IMPHASH=BCA5675746D13A1F246E2DA3C2217492' }
condition: 1 of sel_*`;
    const rule = compiledRule(windows, text);
    expect(rule.errors).toEqual([]);
    expect(rule.diagnostics).toMatchObject([
      { code: 'unmappable-value', effect: 'lost-alternative', span: { line: 5, column: 32 } },
    ]);
    expect(rule.matches('DeviceProcessEvents', row)).toBe(true);
    expect(rule.matches('DeviceProcessEvents', { ...row, FolderPath: 'C:\\x.exe' })).toBe(false);
  });

  it('is one warning for all values of the field, which says how many there are', () => {
    const hashes = (...all: number[]) => all.map((n) => `'IMPHASH=${n}'`).join(', ');
    const text = `a: { Hashes|contains: ['MD5=x', ${hashes(1, 2, 3)}] }
b: { Hashes|contains: ['SHA1=x', ${hashes(4, 5)}] }
f: { Hashes: [${hashes(6, 7)}, 'MD5=y'] }
g: { FileName: x }
condition: 1 of a* or b and not f or g`;
    const rule = compiledRule(windows, text);
    expect(rule.errors).toEqual([]);
    expect(rule.diagnostics).toMatchObject([
      {
        severity: 'warning',
        code: 'unmappable-value',
        effect: 'lost-alternative',
        span: { line: 4, column: 35 },
        message:
          'DeviceProcessEvents never holds 5 values of "Hashes" ("IMPHASH=1", "IMPHASH=2" and 3 more): these alternatives never match',
      },
      {
        effect: 'wider',
        span: { line: 6, column: 17 },
        message:
          'DeviceProcessEvents never holds 2 values of "Hashes" ("IMPHASH=6", "IMPHASH=7"): the rule matches rows that these would exclude',
      },
    ]);
    expect(rule.matches('DeviceProcessEvents', { ...row, SHA1: 'x' })).toBe(true);
  });

  it('refuses a rule that asks for nothing else', () => {
    const rule = compiledRule(windows, 'sel: { Imphash: BCA5675746D13A1F246E2DA3C2217492 }\ncondition: sel');
    expect(rule.errors).toEqual(['unknown-column']);
    expect(compiledRule(windows, 'sel: { Hashes: [IMPHASH=1, IMPHASH=2] }\ncondition: sel').errors).toEqual([
      'unmappable-value',
    ]);
  });
});
