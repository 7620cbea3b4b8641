import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { checkCommand } from '../../../src/cli/actions/rules/check.ts';
import { fmtCommand } from '../../../src/cli/actions/rules/fmt.ts';
import { newCommand } from '../../../src/cli/actions/rules/new.ts';
import { diffCommand } from '../../../src/cli/actions/schema/diff.ts';
import { importCommand } from '../../../src/cli/actions/schema/import.ts';
import { learnCommand } from '../../../src/cli/actions/schema/learn.ts';
import { loadRuleFiles } from '../../../src/hosts/node/rule-files.ts';
import { compileRules } from '../../../src/rules/index.ts';
import { context } from '../../rules/helpers.ts';
import { captured, folderWith, line, RELAY } from '../rules/support.ts';

const RULE = `title: A
id: 0b5e9a5c-5f0e-4f9e-8c55-2f3a4b1c7d02
logsource: { product: m365defender, category: ContosoEvents }
detection:
  a: { Actor: ada }
  condition: a
level: low
`;
const CONTOSO = 'ColumnName,ColumnType\nActor,string\nCount,int\n';

async function imported(files: Readonly<Record<string, string | Uint8Array>>, replace = false) {
  const folder = await folderWith(files);
  const transforms = join(folder, 't');
  const names = Object.keys(files).filter((name) => !name.startsWith('t/'));
  const out = captured();
  const code = await importCommand(
    { files: names.map((name) => join(folder, name)), transforms, replace },
    out,
  );
  const written = await readFile(join(transforms, 'schema.yaml'), 'utf8').catch(() => undefined);
  return {
    code,
    text: out.text().replaceAll(`${folder}/`, ''),
    notes: out.notes(),
    written,
    folder,
    transforms,
  };
}

it("schema import makes a tenant's table known to the rules", async () => {
  const { code, text, notes, written, transforms } = await imported({
    'ContosoEvents.csv': CONTOSO,
    'DeviceEvents.csv': 'ColumnName,ColumnType\nTimestamp,datetime\nReportId,string\nContoso,bool\n',
    't/detections/a.yml': RULE.replace('Actor', 'Akttor'),
  });
  expect({ code, text }).toEqual({
    code: 0,
    text: `t/schema.yaml: 5 columns of 2 tables read, 1 as shipped, 4 added, 0 replaced
  + ContosoEvents.Actor    string
  + ContosoEvents.Count    int
  + DeviceEvents.ReportId  string  long in the shipped schema
  + DeviceEvents.Contoso   bool`,
  });
  expect(notes).toContain('no table "ContosoEvents" is shipped');
  expect(written).toContain(
    '\ntables:\n  ContosoEvents:\n    Actor: string\n    Count: int\n  DeviceEvents:\n',
  );
  const checked = captured();
  expect(await checkCommand({ transforms, format: 'json' }, checked)).toBe(1);
  expect(JSON.parse(checked.text()).map((one: { code: string }) => one.code)).toEqual([
    'unknown-column',
    'type-conflict',
  ]);
  expect(await fmtCommand({ transforms, check: true }, captured())).toBe(0);
});

it('schema import keeps what is there, twice in the same way, and takes the export where it is told to', async () => {
  const own =
    '# Ours.\ntables:\n  contosoevents: { Actor: long, Mine: int }\n  DeviceEvents: { ReportId: string }\n';
  const files = {
    'ContosoEvents.csv': CONTOSO,
    'DeviceEvents.csv': 'ColumnName,ColumnType\nReportId,long\n',
    't/schema.yaml': own,
  };
  const first = await imported(files);
  expect(first.code).toBe(1);
  expect(first.notes).toContain('2 columns with another type in');
  expect(first.written).toBe(own.replace('Mine: int', 'Mine: int, Count: int'));
  const replaced = await imported({ ...files, 't/schema.yaml': first.written ?? '' }, true);
  expect(replaced.code).toBe(0);
  expect(replaced.text).toContain('~ contosoevents.Actor    string  was long');
  expect(replaced.written).toContain('{ Actor: string, Mine: int, Count: int }');
  const again = await imported({ ...files, 't/schema.yaml': replaced.written ?? '' });
  expect(again).toMatchObject({ code: 0, written: replaced.written });
});

it('schema import writes nothing when a file has mistakes, and says them in their places', async () => {
  const bad = await imported({
    'ContosoEvents.csv': CONTOSO,
    'Bad.csv': 'ColumnName,ColumnType\n__proto__,int\n',
  });
  expect(bad).toMatchObject({ code: 1, written: undefined });
  expect(bad.text).toContain('Bad.csv:2:1: error: "__proto__" is no name of a column');
  const two = await imported({ 'A.csv': CONTOSO, 'a (1).csv': 'ColumnName,ColumnType\nActor,long\n' });
  expect(two).toMatchObject({ code: 1, written: undefined });
  expect(two.text).toContain('a (1).csv:1:1: error: a.Actor is long here, and string in');
  const broken = await imported({ 'A.csv': CONTOSO, 't/schema.yaml': 'tables: { A: { B: blob } }\n' });
  expect(broken).toMatchObject({ code: 1, written: 'tables: { A: { B: blob } }\n' });
  expect(broken.text).toContain('schema.yaml:1:19: error: tables.A.B must be one of');
});

it('schema import refuses what is no file, or far too large a one', async () => {
  const folder = await folderWith({ 'big.csv': new Uint8Array(16 * 1024 * 1024 + 1) });
  const options = { transforms: join(folder, 't'), replace: false };
  for (const [name, message] of [
    ['big.csv', /larger than 16,777,216 bytes/],
    ['none.csv', /ENOENT/],
    ['.', /not a file/],
  ] as const) {
    const run = importCommand({ ...options, files: [join(folder, name)] }, captured());
    await expect(run).rejects.toMatchObject({
      code: 'export_unreadable',
      message: expect.stringMatching(message),
    });
  }
});

it('schema learn proposes what rows have, and writes it where it is told to', async () => {
  const rows = [
    line('DeviceEvents', { Contoso: 1, Where: { a: 1 }, ReportId: 'x', Nothing: null }),
    line('DeviceEvents', { Contoso: 2.5, '\u202e\u0000': 1 }),
    line('ContosoEvents', { Seen: '2026-11-23T07:05:00.1234567Z', Actor: 'ada' }),
    'not json',
  ];
  const folder = await folderWith({
    'PT1H.json': rows.join('\r\n').concat('\r\n'),
    'rules/DeviceEvents.yaml': 'table: DeviceEvents\ncolumns: { Where: dynamic }\n',
    'relay.yaml': RELAY,
  });
  const options = { inputs: [join(folder, 'PT1H.json')], config: join(folder, 'relay.yaml') };
  const out = captured();
  expect(await learnCommand({ ...options, write: false, format: 'text' }, out)).toBe(0);
  expect(out.text()).toBe(`3 rows read: 4 columns that the schema does not have, 1 with values of another type

DeviceEvents
  + Contoso   real     in 2 of 2 rows
  ! ReportId  string   in 1 of 2 rows  long in the schema
  + Nothing   unknown  in 0 of 2 rows  always empty

ContosoEvents (a table that the schema does not have)
  + Seen   datetime  in 1 of 1 row
  + Actor  string    in 1 of 1 row`);
  expect(out.notes()).toContain('1 row could not be read: not_json');
  expect(out.notes()).toContain('1 value passed over');
  await expect(readFile(join(folder, 'rules/schema.yaml'))).rejects.toThrow();

  const json = captured();
  expect(await learnCommand({ ...options, write: true, format: 'json' }, json)).toBe(0);
  expect(JSON.parse(json.text())).toMatchObject({ rows: 3, unreadable: { not_json: 1 }, passedOver: 1 });
  expect(await readFile(join(folder, 'rules/schema.yaml'), 'utf8')).toContain(
    'tables:\n  DeviceEvents:\n    Contoso: real\n  ContosoEvents:\n    Seen: datetime\n    Actor: string\n',
  );
  const again = captured();
  await learnCommand({ ...options, write: true, format: 'json' }, again);
  expect(again.notes()).toContain('0 columns added');
  const stopped = learnCommand({ ...options, write: false, format: 'text' }, captured(), AbortSignal.abort());
  await expect(stopped).rejects.toThrow();
});

it('schema diff shows the schema file, or an export with what it lacks', async () => {
  const folder = await folderWith({
    't/schema.yaml':
      'tables:\n  CampaignInfo: { Timestamp: datetime, CampaignId: long, New: int }\n  Own: { A: int }\n',
    'CampaignInfo.csv': 'ColumnName,ColumnType\nTimestamp,datetime\nNew,int\n',
  });
  const options = { transforms: join(folder, 't'), format: 'text' } as const;
  const out = captured();
  expect(await diffCommand({ ...options, files: [] }, out)).toBe(0);
  expect(out.text()).toBe(`CampaignInfo: 2 differences
  ~ CampaignId  long  string in the shipped schema, a conflict
  + New         int   not shipped

Own: 1 column, not a shipped table
  + A  int`);
  const file = captured();
  expect(
    await diffCommand({ ...options, files: [join(folder, 'CampaignInfo.csv')], format: 'json' }, file),
  ).toBe(0);
  const [table] = JSON.parse(file.text());
  expect(table.columns[0]).toEqual({ column: 'New', type: 'int' });
  expect(table.columns).toContainEqual({ column: 'CampaignId', known: 'string' });
  const none = captured();
  await writeFile(join(folder, 't/schema.yaml'), 'tables: {}\n');
  expect(await diffCommand({ ...options, files: [] }, none)).toBe(0);
  expect(none.text()).toBe('nothing differs from the shipped schema');
  const missing = captured();
  expect(await diffCommand({ ...options, transforms: join(folder, 'nope'), files: [] }, missing)).toBe(0);
});

it('a host reads the file with the rules, and another schema is another version of them', async () => {
  const folder = await folderWith({
    'schema.yaml': 'tables: { Own: { A: int } }\n',
    'detections/a.yml': RULE,
  });
  expect((await loadRuleFiles(folder)).map(({ path }) => path)).toEqual(['detections/a.yml', 'schema.yaml']);
  const version = (text: string) => compileRules([{ path: 'schema.yaml', text }], context).rules?.version;
  expect(version('tables: { Own: { A: int } }\n')).not.toBe(version('tables: { Own: { A: long } }\n'));
});

it("rules new writes a file with the columns of a tenant's own table", async () => {
  const folder = await folderWith({ 'schema.yaml': 'tables: { ContosoEvents: { Actor: string } }\n' });
  expect(await newCommand({ table: 'contosoevents', transforms: folder }, captured())).toBe(0);
  expect(await readFile(join(folder, 'ContosoEvents.yaml'), 'utf8')).toContain('#   Actor  string');
});
