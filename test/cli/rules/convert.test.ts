import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { convertCommand } from '../../../src/cli/actions/rules/convert.ts';
import { captured, folderWith, PROCESS_TABLE, SIGMA_RULE } from './support.ts';

const OPTIONS = { to: 'kql', format: 'text', link: false } as const;
const TIMED = SIGMA_RULE.replace('selection: { Image', "selection: { Timestamp|contains: '2026', Image").replaceAll(
  'Whoami',
  'Timed',
).replace('0b5e9a5c', '0b5e9a5d'); // biome-ignore format: one change after the other

describe('rules convert', () => {
  it('prints rules, filters and routes as queries', async () => {
    const transforms = await folderWith({
      'detections/whoami.yml': SIGMA_RULE,
      'DeviceProcessEvents.yaml': PROCESS_TABLE,
    });
    const out = captured();
    expect(await convertCommand({ ...OPTIONS, transforms, over: '7d' }, out)).toBe(0);
    const [filter, route, rule] = out.text().split('\n\n');
    expect(filter).toBe(`// Dropped by the filter "The sensor"
// DeviceProcessEvents.yaml:5
DeviceProcessEvents
| where Timestamp > ago(7d)
| where InitiatingProcessFileName =~ "MsSense.exe"`);
    expect(route).toContain(
      '| where FileName in~ ("certutil.exe", "mshta.exe")\n| where ProcessCommandLine contains "http"',
    );
    expect(rule).toContain(String.raw`| where FolderPath endswith @"\whoami.exe"`);
    expect(out.notes()).toBe('');
  });

  it('says which filters of a table keep rows from the rule, which its query finds', async () => {
    const transforms = await folderWith({
      'detections/whoami.yml': SIGMA_RULE,
      'DeviceProcessEvents.yaml': PROCESS_TABLE,
    });
    const out = captured();
    await convertCommand({ ...OPTIONS, transforms, format: 'json' }, out);
    const notes = JSON.parse(out.text()).map(({ notes }: { notes: { code: string; message: string }[] }) =>
      notes.map(({ code, message }) => `${code}: ${message}`),
    );
    expect(notes).toEqual([
      [],
      [],
      [
        'kql-filter: the query also finds rows that the filter of DeviceProcessEvents would drop: "The sensor"',
      ],
    ]);
  });

  it('counts rules with one title as several', async () => {
    const other = SIGMA_RULE.replace('7d01', '7d02').replace('whoami.exe', 'ping.exe');
    const both = `title: Both
id: 0b5e9a5c-5f0e-4f9e-8c55-2f3a4b1c7d03
correlation:
  type: temporal
  rules: [0b5e9a5c-5f0e-4f9e-8c55-2f3a4b1c7d01, 0b5e9a5c-5f0e-4f9e-8c55-2f3a4b1c7d02]
  group-by: [DeviceId]
  timespan: 10m
level: high
`;
    const transforms = await folderWith({
      'detections/a.yml': SIGMA_RULE,
      'detections/b.yml': other,
      'detections/c.yml': both,
    });
    const out = captured();
    await convertCommand({ ...OPTIONS, transforms, format: 'json' }, out);
    const { query } = JSON.parse(out.text()).find(({ title }: { title: string }) => title === 'Both');
    expect(query).toContain('Rule = "Whoami (1)"');
    expect(query).toContain('Rule = "Whoami (2)"');
  });

  it('refuses with the line, and converts the others', async () => {
    const transforms = await folderWith({ 'detections/a.yml': TIMED, 'detections/b.yml': SIGMA_RULE });
    const out = captured();
    expect(await convertCommand({ ...OPTIONS, transforms }, out)).toBe(1);
    expect(out.text()).toContain('// Whoami');
    expect(out.notes()).toMatch(
      /a\.yml:7:\d+: error: "Timestamp" is a datetime in Kusto.*\[kql-unsupported\]/,
    );
  });

  it('converts the rules that have no mistakes, and shows the mistakes of the others', async () => {
    const broken = SIGMA_RULE.replace('|endswith', '|endwith');
    const transforms = await folderWith({
      'detections/a.yml': broken,
      'detections/b.yml': TIMED.replace("Timestamp|contains: '2026', ", ''),
    });
    const out = captured();
    expect(await convertCommand({ ...OPTIONS, transforms }, out)).toBe(1);
    expect(out.text()).toContain('// Timed');
    expect(out.notes()).toContain('[unsupported-modifier]');
  });

  it('writes JSON with the notes and the address, in which the query stands', async () => {
    const transforms = await folderWith({
      'detections/whoami.yml': SIGMA_RULE.replace("'\\whoami.exe'", 'null').replace('|endswith', ''),
    });
    const out = captured();
    const tenant = '11111111-2222-3333-4444-555555555555';
    expect(await convertCommand({ ...OPTIONS, transforms, format: 'json', link: true, tenant }, out)).toBe(0);
    const [one] = JSON.parse(out.text());
    expect(one).toMatchObject({
      title: 'Whoami',
      tables: ['DeviceProcessEvents'],
      line: 1,
      notes: [{ code: 'kql-null' }],
    });
    const url = new URL(one.link);
    expect(url.searchParams.get('tid')).toBe(tenant);
    const packed = Buffer.from(url.searchParams.get('query') ?? '', 'base64url');
    expect(gunzipSync(packed).toString('utf16le')).toBe(one.query);
  });

  it('writes a file for each rule, within the folder', async () => {
    const evil = SIGMA_RULE.replace('Whoami', "'../../evil'");
    const transforms = await folderWith({
      'detections/x/who ami.yml': evil,
      'detections/y/who ami.yml': TIMED.replace("Timestamp|contains: '2026', ", ''),
    });
    const out = captured();
    const folder = join(transforms, 'hunting');
    expect(await convertCommand({ ...OPTIONS, transforms, out: folder }, out)).toBe(0);
    expect((await readdir(folder)).sort()).toEqual(['who_ami-Timed.kql', 'who_ami.kql']);
    expect(await readFile(join(folder, 'who_ami.kql'), 'utf8')).toMatch(/^\/\/ \.\.\/\.\.\/evil\n/);
    expect(out.text()).toMatch(/2 queries of 2 rules$/);
  });

  it('overwrites a file with --force only, and writes nothing where one is there', async () => {
    const transforms = await folderWith({
      'detections/one.yml': SIGMA_RULE,
      'detections/two.yml': TIMED.replace("Timestamp|contains: '2026', ", ''),
      'hunting/two.kql': 'mine',
    });
    const folder = join(transforms, 'hunting');
    const convert = (force?: boolean) =>
      convertCommand({ ...OPTIONS, transforms, out: folder, force }, captured());
    await expect(convert()).rejects.toMatchObject({ code: 'file_exists' });
    expect(await readdir(folder)).toEqual(['two.kql']);
    expect(await readFile(join(folder, 'two.kql'), 'utf8')).toBe('mine');
    expect(await convert(true)).toBe(0);
    expect(await readFile(join(folder, 'two.kql'), 'utf8')).toContain('DeviceProcessEvents');
  });

  it('counts correlations in windows', async () => {
    const correlation = `title: Many
correlation:
  type: event_count
  rules: [0b5e9a5c-5f0e-4f9e-8c55-2f3a4b1c7d01]
  group-by: [DeviceName]
  timespan: 90m
  condition: { gte: 5 }
level: high
`;
    const files = { 'detections/whoami.yml': SIGMA_RULE, 'detections/many.yml': correlation };
    const transforms = await folderWith(files);
    const out = captured();
    const paths = [join(transforms, 'detections/many.yml')];
    expect(await convertCommand({ ...OPTIONS, transforms, paths }, out)).toBe(0);
    expect(out.text()).toContain(`| extend By_DeviceName = DeviceName
| where isnotempty(By_DeviceName)
| summarize Count = count(), First = min(Timestamp), Last = max(Timestamp) by Window = bin(Timestamp, 90m), By_DeviceName
| where Count >= 5`);
  });
});
