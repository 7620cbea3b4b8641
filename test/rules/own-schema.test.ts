import { describe, expect, it } from 'vitest';
import { compileProgram } from '../../src/rules/compile.ts';
import { coverageOf } from '../../src/rules/coverage.ts';
import type { RuleFile } from '../../src/rules/rule-file.ts';
import { findTable } from '../../src/rules/schema/index.ts';
import { MAX_COLUMNS } from '../../src/rules/schema/own-file.ts';
import { SEEN } from '../../src/rules/schema/seen.ts';
import { collectTests } from '../../src/rules/testing/collect.ts';
import { context } from './helpers.ts';

const rule = (category: string, field: string): RuleFile => ({
  path: 'detections/a.yml',
  text: `title: A
id: 00000000-0000-4000-8000-000000000001
logsource: { product: m365defender, category: ${category} }
detection:
  a: { ${field}: x }
  condition: a
level: high
`,
});
const schema = (text: string): RuleFile => ({ path: 'schema.yaml', text });
const found = (...files: readonly RuleFile[]) =>
  compileProgram(files, context).diagnostics.map(
    ({ severity, code, file, span, message }) =>
      `${severity} ${code} ${file}:${span.line}:${span.column} ${message}`,
  );

describe('the shipped schema', () => {
  it('case 11: MachineGroup is a column of every Device* table', () => {
    const text = `table: DeviceProcessEvents
filter:
  - title: lab
    detection:
      s: { MachineGroup: lab }
      condition: s
`;
    expect(found({ path: 'DeviceProcessEvents.yaml', text })).toEqual([]);
    const devices = SEEN.flatMap(({ tables }) => Object.keys(tables)).filter((name) =>
      name.startsWith('Device'),
    );
    expect(devices).toHaveLength(10);
  });

  it('knows the columns that live tenants have', () => {
    const columns: Record<string, string> = {
      CloudAppEvents: 'ISP UncommonForUser',
      IdentityLogonEvents: 'ISP UncommonForUser LastSeenForUser',
      EmailEvents: 'RecipientDomain ExchangeTransportRule ThreatClassification To',
      EmailAttachmentInfo: 'FileExtension',
      EmailPostDeliveryEvents: 'SenderFromAddress EmailDirection',
      EmailUrlInfo: 'UrlChainId UrlChainPosition',
      IdentityInfo: 'IdentityId SourceProvider',
      MessageEvents: 'ThreadName ThreadType ThreadSubType MessageType MessageSubtype Subject SafetyTip',
      UrlClickEvents: 'AppName AppVersion SourceId',
      EntraIdSignInEvents: 'AccountUpn',
      EntraIdSpnSignInEvents: 'ServicePrincipalId',
      GraphAPIAuditEvents: 'RequestUri',
      CampaignInfo: 'CampaignName',
      CloudDnsEvents: 'DnsQuery',
      DataSecurityEvents: 'ObjectName',
      DisruptionAndResponseEvents: 'PolicyName',
      FileMaliciousContentInfo: 'FileOwnerUpn',
      OAuthAppInfo: 'AppName',
    };
    for (const [table, names] of Object.entries(columns))
      for (const name of names.split(' '))
        expect(findTable(table)?.columns.has(name), `${table}.${name}`).toBe(true);
  });
});

describe('schema.yaml', () => {
  const own = schema(`tables:
  DeviceEvents: { Contoso: string, ReportId: long }
  ContosoEvents: { Actor: string, Count: int }
`);

  it('adds columns and tables, for rules, steps, mappings and tests', () => {
    const table = {
      path: 'ContosoEvents.yaml',
      text: `table: ContosoEvents
transform:
  - lowercase: Actor
  - remove: [Nope]
tests:
  - title: a
    row: { Actor: A, Cuont: 1 }
    expect: { filtered: false }
`,
    };
    expect(found(own, rule('DeviceEvents', 'Contoso'))).toEqual([]);
    expect(found(own, rule('ContosoEvents', 'Actor'))).toEqual([]);
    expect(found(own, rule('contoso_events', 'Actor'))).toEqual([]);
    expect(found(own, rule('ContosoEvents', 'Aktor'))).toEqual([
      expect.stringContaining('ContosoEvents has no column "Aktor"'),
    ]);
    expect(found(own, rule('ContosoEvents', 'Count.x'))).toEqual([expect.stringContaining('type-mismatch')]);
    expect(found(own, table)).toEqual([expect.stringContaining('ContosoEvents has no column "Nope"')]);
    expect(collectTests([own, table], context).diagnostics.map(({ message }) => message)).toEqual([
      'ContosoEvents has no column "Cuont"',
    ]);
    const mapping = {
      path: 'mappings/m.yaml',
      text: 'mappings:\n  - logsource: { category: contoso }\n    tables: [{ table: contosoevents, fields: { User: Actor, Other: Nope } }]\n',
    };
    expect(found(own, mapping)).toEqual([expect.stringContaining('ContosoEvents has no column "Nope"')]);
  });

  it('counts for coverage, and so do the columns of table files', () => {
    const fields = [rule('DeviceEvents', 'Contoso'), rule('DeviceEvents', 'OfTable')];
    const table = { path: 'DeviceEvents.yaml', text: 'table: DeviceEvents\ncolumns: { OfTable: string }\n' };
    expect(coverageOf(fields, [], context)).toMatchObject({ rules: 2, running: 0 });
    expect(coverageOf(fields, [own], context)).toMatchObject({ rules: 2, running: 1 });
    expect(coverageOf(fields, [own, table], context)).toMatchObject({ rules: 2, running: 2 });
  });

  it('tells a conflict of types, and types rules by its own', () => {
    const other = schema(
      'tables:\n  deviceevents:\n    ReportId: string\n    DeviceId: guid\n    AdditionalFields: dynamic\n',
    );
    const conflict =
      'warning type-conflict schema.yaml:3:15 DeviceEvents.ReportId is string here, but long in the schema that is known';
    expect(found(other)).toEqual([conflict]);
    expect(found(rule('DeviceEvents', 'ReportId|cidr'))).not.toEqual([]);
    expect(found(other, rule('DeviceEvents', 'ReportId'))).toEqual([conflict]);
    const table = {
      path: 'DeviceEvents.yaml',
      text: 'table: DeviceEvents\ncolumns: { ReportId: bool, New: int }\n',
    };
    expect(found(table)).toEqual([
      expect.stringContaining(
        'warning type-conflict DeviceEvents.yaml:2:22 DeviceEvents.ReportId is bool here',
      ),
    ]);
    // The portal calls JSON text dynamic: it is still a string, which "flatten" cannot take.
    const flat = {
      path: 'DeviceEvents.yaml',
      text: 'table: DeviceEvents\ntransform: [{ flatten: { column: AdditionalFields } }]\n',
    };
    expect(found(other, flat)).toContainEqual(expect.stringContaining('wrong-column-type'));
  });

  it.each([
    ['', 'error empty-file'],
    ['a: [', 'error yaml-syntax'],
    ['table: X\n', 'unknown key "table"'],
    ['tables: []\n', 'tables is a list, but must be'],
    ['tables: { A: { B: blob } }\n', 'schema.yaml:1:19 tables.A.B must be one of "bool"'],
    ['tables: { A: { B: [x] } }\n', 'schema.yaml:1:19'],
    ['tables: { "A B": { C: int } }\n', 'schema.yaml:1:11'],
    ['tables: { A: { __proto__: int } }\n', 'bad-key schema.yaml:1:16'],
    ['tables: { __proto__: { A: int } }\n', 'bad-key schema.yaml:1:11'],
    ['tables: { A: { "x\\u0000": int } }\n', 'schema.yaml:1:16'],
    [
      `tables: { A: { ${Array.from({ length: MAX_COLUMNS + 1 }, (_, n) => `c${n}: int`)} } }\n`,
      'at most 2000 columns',
    ],
    [`tables:\n  A: { B: int }\n${' '.repeat(1_100_000)}`, 'too-large'],
  ])('says what is wrong: %.40s', (text, said) => {
    const all = found(schema(text));
    expect(all.join('\n')).toContain(said);
    expect(all.every((one) => one.startsWith('error '))).toBe(true);
  });

  it('tells a table that is nearly a known one', () => {
    expect(found(schema('tables:\n  DeviceEvent: { A: int }\n  ContosoEvents: { A: int }\n'))).toEqual([
      'warning unknown-table schema.yaml:2:3 "DeviceEvent" is a table of its own here, and nearly the name of a known one',
    ]);
  });

  it('takes the names of Object for columns like any other', () => {
    const odd = schema('tables: { constructor: { toString: int, hasOwnProperty: string } }\n');
    expect(found(odd)).toEqual([]);
    expect(compileProgram([odd], context).schema.find('Constructor')?.columns.get('toString')).toBe('int');
    expect(compileProgram([], context).schema.find('constructor')).toBeUndefined();
  });
});
