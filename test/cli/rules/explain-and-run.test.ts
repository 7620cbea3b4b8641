import { symlink } from 'node:fs/promises';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { coverageCommand } from '../../../src/cli/actions/rules/coverage.ts';
import { explainCommand } from '../../../src/cli/actions/rules/explain.ts';
import { fmtCommand, formatRuleFile } from '../../../src/cli/actions/rules/fmt.ts';
import { newCommand, tableFileFor } from '../../../src/cli/actions/rules/new.ts';
import { runCommand } from '../../../src/cli/actions/rules/run.ts';
import { loadRuleFiles } from '../../../src/hosts/node/rule-files.ts';
import { findTable, tableNames } from '../../../src/rules/schema/index.ts';
import { compile } from '../../rules/helpers.ts';
import { captured, folderWith, line, PROCESS_TABLE, RELAY, SIGMA_RULE } from './support.ts';

const lolbin = {
  FileName: 'certutil.exe',
  ProcessCommandLine: 'certutil http://x',
  DeviceName: 'ws-01',
  MD5: 'x',
};

describe('rules explain', () => {
  it('shows every condition, step and route', async () => {
    const folder = await folderWith({
      'rules/DeviceProcessEvents.yaml': PROCESS_TABLE,
      'rules/detections/whoami.yml': SIGMA_RULE,
      'row.json': line('DeviceProcessEvents', lolbin),
    });
    const out = captured();
    const options = {
      transforms: join(folder, 'rules'),
      row: join(folder, 'row.json'),
      format: 'text',
    } as const;
    expect(await explainCommand(options, out)).toBe(0);
    const text = out.text();
    expect(text).toContain('✗ The sensor');
    expect(text).toContain('row: no such column');
    expect(text).toContain('1 other did not match');
    expect(text).toMatch(/✓ FileName {2}row: "certutil\.exe"\n\s+✓ certutil\.exe\n\s+✗ mshta\.exe/);
    expect(text).toContain('- MD5: "x"');
    expect(text).toContain('+ host: "ws-01"');
    expect(text).toContain('-> soc-slack high: DeviceProcessEvents: lolbin');
  });

  it('says which rules saw only a part of a long value', async () => {
    const folder = await folderWith({
      'rules/detections/slow.yml': SIGMA_RULE.replace(
        /selection: .*/,
        "selection: { CommandLine|re: 'a.{900}X[0-9]' }",
      ),
      'row.json': line('DeviceProcessEvents', { ProcessCommandLine: `${'aab'.repeat(200_000)}X1` }),
    });
    const out = captured();
    const options = {
      transforms: join(folder, 'rules'),
      row: join(folder, 'row.json'),
      format: 'text',
    } as const;
    expect(await explainCommand(options, out)).toBe(0);
    expect(out.text()).toMatch(/Cut: only a part of a long value was looked at\n {2}Whoami/);
  });

  it('explains one Sigma rule from anywhere, on bare columns', async () => {
    const folder = await folderWith({
      'whoami.yml': SIGMA_RULE,
      'row.json': JSON.stringify({ FolderPath: 'C:\\Windows\\System32\\whoami.exe' }),
    });
    const out = captured();
    const options = {
      transforms: join(folder, 'none'),
      row: join(folder, 'row.json'),
      format: 'json',
    } as const;
    expect(await explainCommand({ ...options, file: join(folder, 'whoami.yml') }, out)).toBe(0);
    expect(JSON.parse(out.text())).toMatchObject({
      table: 'DeviceProcessEvents',
      filters: [],
      detections: [{ title: 'Whoami', matched: true, tree: { matched: true } }],
    });
  });

  it('reads a row and a rule that begin with a byte order mark', async () => {
    const folder = await folderWith({
      'whoami.yml': `\ufeff${SIGMA_RULE}`,
      'row.json': `\ufeff${JSON.stringify({ FolderPath: 'C:\\Windows\\System32\\whoami.exe' })}`,
      'table.yaml': `\ufeff${PROCESS_TABLE}`,
    });
    const explain = async (file: string) => {
      const out = captured();
      const row = join(folder, 'row.json');
      const options = { transforms: join(folder, 'none'), row, format: 'json' } as const;
      expect(await explainCommand({ ...options, file: join(folder, file) }, out)).toBe(0);
      return JSON.parse(out.text());
    };
    expect(await explain('whoami.yml')).toMatchObject({ detections: [{ title: 'Whoami', matched: true }] });
    expect(await explain('table.yaml')).toMatchObject({ filters: [{ title: 'The sensor' }] });
  });

  it('says when it cannot: no table, no row, mistakes', async () => {
    const folder = await folderWith({
      'rules/DeviceInfo.yaml': 'table: DeviceInfo\n',
      'row.json': '{"a":1}',
      'bad.json': '{\n  "Yes": True\n}',
    });
    const options = { transforms: join(folder, 'rules'), format: 'text' } as const;
    const explain = (row: string) => explainCommand({ ...options, row: join(folder, row) }, captured());
    await expect(explain('row.json')).rejects.toMatchObject({ code: 'table_needed' });
    await expect(explain('bad.json')).rejects.toMatchObject({
      code: 'row_unreadable',
      message: `${join(folder, 'bad.json')}: line 2, column 10: no value of JSON begins here`,
    });
    await expect(explain('none.json')).rejects.toMatchObject({ code: 'file_unreadable' });
    const out = captured();
    const broken = await folderWith({ 'DeviceInfo.yaml': 'table: DeviceInfo\nrotes: []', 'row.json': '{}' });
    expect(
      await explainCommand({ transforms: broken, row: join(broken, 'row.json'), format: 'text' }, out),
    ).toBe(1);
    expect(out.text()).toContain('unknown key "rotes"');
  });
});

describe('rules run', () => {
  const rows = [
    line('DeviceProcessEvents', lolbin),
    line('DeviceProcessEvents', { InitiatingProcessFileName: 'MsSense.exe' }),
    line('DeviceProcessEvents', { FolderPath: 'C:\\Windows\\whoami.exe', __UDI_RequiredFields_TenantId: 1 }),
    line('BrandNewEvents', { a: 1 }),
    '{ broken',
  ].join('\r\n');

  it('counts what is filtered, matches and goes where, in plain, gzip and array files', async () => {
    const array = `[${rows.split('\r\n').slice(0, 4).join(',')}]`;
    const folder = await folderWith({
      'relay.yaml': RELAY,
      'rules/DeviceProcessEvents.yaml': PROCESS_TABLE,
      'rules/detections/whoami.yml': SIGMA_RULE,
      'a.json': rows,
      'b.json.gz': gzipSync(rows),
      'c.json': array,
    });
    const out = captured();
    const inputs = ['a.json', 'b.json.gz', 'c.json'].map((name) => join(folder, name));
    const config = join(folder, 'relay.yaml');
    expect(await runCommand({ inputs, config, format: 'json' }, out)).toBe(0);
    expect(JSON.parse(out.text())).toMatchObject({
      rows: 12,
      forwarded: 9,
      tables: { DeviceProcessEvents: 9, BrandNewEvents: 3 },
      filtered: { 'DeviceProcessEvents: The sensor': 3 },
      rules: { Whoami: 3, 'DeviceProcessEvents: lolbin': 3 },
      destinations: { splunk: { events: 9, alerts: 0 }, 'soc-slack': { events: 0, alerts: 6 } },
      unreadable: { not_json: 2 },
    });
    const text = captured();
    await runCommand({ inputs, config, format: 'text' }, text);
    expect(text.text()).toMatch(/^12 rows: 9 forwarded, 3 filtered, 0 without a destination/);
  });

  it('shows what changes between two sets of rules', async () => {
    const folder = await folderWith({
      'new/DeviceProcessEvents.yaml': PROCESS_TABLE,
      'old/DeviceProcessEvents.yaml': 'table: DeviceProcessEvents\nroutes: [{ to: splunk }]\n',
      'a.json': rows,
    });
    const out = captured();
    const options = { transforms: join(folder, 'new'), diff: join(folder, 'old'), format: 'json' } as const;
    expect(await runCommand({ ...options, inputs: [join(folder, 'a.json')] }, out)).toBe(0);
    expect(JSON.parse(out.text()).differences).toMatchObject({
      'now filtered': { count: 1 },
      'other destinations or alerts': { count: 1 },
      'other columns or values': { count: 1 },
    });
    const text = captured();
    await runCommand({ ...options, inputs: [join(folder, 'a.json')], format: 'text' }, text);
    expect(text.text()).toMatch(/Filtered\n\s+0 {2}-> {2}1 {2}\(\+1\) {2}DeviceProcessEvents: The sensor/);
    const same = captured();
    await runCommand(
      { ...options, inputs: [join(folder, 'a.json')], diff: join(folder, 'new'), format: 'text' },
      same,
    );
    expect(same.text()).toContain('No row changes.');
  });

  it('says what it cannot read', async () => {
    const folder = await folderWith({
      'DeviceInfo.yaml': 'table: DeviceInfo\n',
      'cut.gz': gzipSync(rows.repeat(50)).subarray(0, 60),
      'cut.json': '{\n  "category": "AdvancedHunting-DeviceInfo",\n',
      'bare.json': '{"DeviceName":"pc"}\n',
    });
    const options = { transforms: folder, format: 'text' } as const;
    const failure = (input: string) => runCommand({ ...options, inputs: [input] }, captured());
    await expect(failure(join(folder, 'none.json'))).rejects.toMatchObject({ code: 'rows_unreadable' });
    await expect(failure(folder)).rejects.toMatchObject({ code: 'rows_unreadable' });
    await expect(failure(join(folder, 'cut.gz'))).rejects.toMatchObject({ code: 'rows_unreadable' });
    await expect(failure(join(folder, 'cut.json'))).rejects.toMatchObject({
      code: 'rows_unreadable',
      message: expect.stringMatching(
        /cut\.json: no row in it can be read: 1 not_json, the first one at line 3, column 1: the text ends inside an object/,
      ),
    });
    await expect(failure(join(folder, 'bare.json'))).rejects.toThrow(
      /bare\.json: no row in it can be read: 1 no_category, the first one at line 1, column 1: The row has no category$/,
    );
    await expect(failure('https://a.blob.core.windows.net/c/b')).rejects.toMatchObject({
      code: 'config_needed',
    });
  });
});

describe('rules new', () => {
  it.each(tableNames.map((table) => ({ table })))(
    'writes a file for $table without a mistake',
    ({ table }) => {
      const schema = findTable(table);
      if (!schema) throw new Error('no schema');
      const text = tableFileFor(schema);
      expect(compile({ [`${table}.yaml`]: text }).told).toEqual([]);
      expect(formatRuleFile(text)).toBe(text);
      for (const column of schema.columns.keys()) expect(text).toContain(`#   ${column} `);
    },
  );

  it('overwrites nothing and knows its tables', async () => {
    const folder = await folderWith({});
    const out = captured();
    expect(await newCommand({ table: 'devicelogonevents', transforms: join(folder, 't') }, out)).toBe(0);
    expect(out.text()).toBe(join(folder, 't', 'DeviceLogonEvents.yaml'));
    const again = newCommand({ table: 'DeviceLogonEvents', transforms: join(folder, 't') }, out);
    await expect(again).rejects.toMatchObject({ code: 'file_exists' });
    const unknown = newCommand({ table: 'DeviceLogonEvent', transforms: folder }, out);
    await expect(unknown).rejects.toThrow(/did you mean "DeviceLogonEvents"/);
  });
});

describe('rules fmt', () => {
  it('gives one form, keeps comments and their places, and changes nothing twice', () => {
    const text = `# top
table:   DeviceEvents   # which
transform:
    - remove: [ MD5,SHA1 ]
    # - rename: { A: b }
# at the margin
# routes: []
tests:
    - title: "quoted"
      row: {FileName: 'a'}
      expect: {alerts: []}
`;
    const formatted = formatRuleFile(text);
    expect(formatted).toBe(`# top
table: DeviceEvents # which
transform:
  - remove: [MD5, SHA1]
  # - rename: { A: b }
# at the margin
# routes: []
tests:
  - title: "quoted"
    row: { FileName: 'a' }
    expect: { alerts: [] }
`);
    expect(formatRuleFile(formatted ?? '')).toBe(formatted);
  });

  it('leaves alone what it cannot read, and Sigma rules', async () => {
    expect(formatRuleFile('a: [')).toBeUndefined();
    expect(formatRuleFile('- a')).toBeUndefined();
    const folder = await folderWith({
      'DeviceEvents.yaml': 'table:   DeviceEvents\n',
      'detections/a.yml': 'title:   x\n',
      'broken.yaml': 'a: [',
    });
    const out = captured();
    expect(await fmtCommand({ transforms: folder, check: true }, out)).toBe(1);
    expect(await fmtCommand({ transforms: folder }, out)).toBe(0);
    expect(await fmtCommand({ transforms: folder, check: true }, out)).toBe(0);
    const files = await loadRuleFiles(folder);
    expect(files.find(({ path }) => path === 'detections/a.yml')?.text).toBe('title:   x\n');
    expect(files.find(({ path }) => path === 'DeviceEvents.yaml')?.text).toBe('table: DeviceEvents\n');
  });
});

describe('rules coverage', () => {
  it('counts what runs, what not and why, and techniques', async () => {
    const folder = await folderWith({
      'windows/whoami.yml': SIGMA_RULE,
      'windows/odd.yml': SIGMA_RULE.replace('Image|endswith', 'ImagePhantom|endswith').replace(
        't1033',
        't1034',
      ),
      'network/asa.yml': SIGMA_RULE.replace(
        'category: process_creation, product: windows',
        'product: cisco, service: asa',
      ),
      'broken.yml': 'title: [',
    });
    const out = captured();
    expect(await coverageCommand({ paths: [folder], format: 'json' }, out)).toBe(0);
    const coverage = JSON.parse(out.text());
    expect(coverage).toMatchObject({
      rules: 4,
      running: 1,
      techniques: { T1033: 1 },
      tables: { DeviceProcessEvents: 1 },
    });
    const source = 'windows/process_creation';
    expect(coverage.sources).toContainEqual({ source, rules: 2, running: 1, unproven: 0 });
    expect(coverage.obstacles.map(({ code }: { code: string }) => code)).toContain('unsupported-logsource');
    const text = captured();
    await coverageCommand({ paths: [folder], format: 'text', list: true }, text);
    expect(text.text()).toMatch(/^1 of 4 rules run \(25 %\)/);
    expect(text.text()).toContain(`${folder}/network/asa.yml:`);
  });

  it('tells unproven mappings apart, and what does not quite mean what it says', async () => {
    const rule = (source: string, detection: string) =>
      `title: T\nlogsource: { product: windows, ${source} }\ndetection:\n${detection.replace(/^/gm, '  ')}\n`;
    const folder = await folderWith({
      'a.yml': rule('service: system', 's: { EventID: 7045, ServiceName: x }\ncondition: s'),
      'b.yml': rule('category: ps_script', 's: { ScriptBlockText: x }\ncondition: s'),
      'c.yml': rule(
        'category: process_creation',
        "s: { Image: 'C:\\x' }\nf: { Nope: y }\ncondition: s and not f",
      ),
      'd.yml': rule('category: process_creation', "s: { Image: 'C:\\x' }\nt: { Nope: y }\ncondition: s or t"),
    });
    const out = captured();
    expect(await coverageCommand({ paths: [folder], format: 'json' }, out)).toBe(0);
    expect(JSON.parse(out.text())).toMatchObject({
      rules: 4,
      running: 3,
      unproven: 1,
      caveats: expect.arrayContaining([
        { kind: 'approximate', rules: 1 },
        { kind: 'wider', rules: 1 },
        { kind: 'lost-alternative', rules: 1 },
      ]),
    });
    const text = captured();
    await coverageCommand({ paths: [folder], format: 'text' }, text);
    expect(text.text()).toMatch(
      /^3 of 4 rules run \(75 %\), and 1 more on mappings that no public row bears out/,
    );
    expect(text.text()).toContain('windows/system (and 1 unproven)');
  });
});

describe('loadRuleFiles', () => {
  it('reads YAML only, in order, nothing hidden, and says what is no text', async () => {
    const folder = await folderWith({
      'b.yaml': 'b',
      'a.yml': 'a',
      'detections/x/c.yaml': 'c',
      '.git/d.yaml': 'd',
      'e.json': 'e',
    });
    expect((await loadRuleFiles(folder)).map(({ path, text }) => `${path}=${text}`)).toEqual([
      'a.yml=a',
      'b.yaml=b',
      'detections/x/c.yaml=c',
    ]);
    const mounted = await folderWith({ '..2026_11_23/a.yaml': 'a', '..2026_11_23/detections/b.yml': 'b' });
    // As Kubernetes mounts a ConfigMap.
    await symlink('..2026_11_23', join(mounted, '..data'));
    await symlink('..data/a.yaml', join(mounted, 'a.yaml'));
    await symlink('..data/detections', join(mounted, 'detections'));
    expect((await loadRuleFiles(mounted)).map(({ path }) => path)).toEqual(['a.yaml', 'detections/b.yml']);
    const bad = await folderWith({ 'a.yaml': Uint8Array.of(0x61, 0xff, 0xfe) });
    await expect(loadRuleFiles(bad)).rejects.toMatchObject({ code: 'rules_file_unreadable' });
    await expect(loadRuleFiles(join(bad, 'none'))).rejects.toMatchObject({ code: 'rules_folder_missing' });
  });
});
