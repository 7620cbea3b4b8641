import { readFile, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { describe, expect, it, onTestFinished } from 'vitest';
import { run } from '../run.ts';
import { folderWith, line, SIGMA_RULE } from './support.ts';

const DAY = 86_400_000;
const day = (ago: number) => new Date(Date.now() - ago * DAY).toISOString().slice(0, 10);
const rule = (title: string, n: number, change: (text: string) => string = (text) => text) =>
  change(SIGMA_RULE.replace('Whoami', title).replace('7d01', `7d${n}`));
const process = (name: string) =>
  line('DeviceProcessEvents', { FolderPath: `C:\\${name}`, FileName: name, ProcessCommandLine: name });

const OWNED = rule('Owned', 10, (text) => `${text}author: soc\n`);
const CORRELATION = `title: Many
id: 0b5e9a5c-5f0e-4f9e-8c55-2f3a4b1c7e01
author: soc
level: high
correlation:
  type: event_count
  rules: [0b5e9a5c-5f0e-4f9e-8c55-2f3a4b1c7d15]
  group-by: [DeviceName]
  timespan: 1h
  condition: { gte: 1000 }
`;

async function workspace() {
  return await folderWith({
    'transforms/detections/owned.yml': OWNED,
    'transforms/detections/owned.test.yaml':
      'table: DeviceProcessEvents\ntests:\n  - { title: t, row: { FolderPath: C:\\whoami.exe }, expect: { alerts: { Owned: 1, Old: 1, 0b5e9a5c-5f0e-4f9e-8c55-2f3a4b1c7d14: 1 } } }\n',
    'transforms/detections/old.yml': rule('Old', 11, (text) =>
      text.replace('status: test', `status: experimental\ndate: ${day(400)}\nmodified: ${day(200)}`),
    ),
    'transforms/detections/young.yml': rule('Young', 12, (text) =>
      text
        .replace('status: test', `status: experimental\ndate: ${day(400)}\nmodified: ${day(20)}`)
        .replace('whoami.exe', 'never.exe'),
    ),
    'transforms/detections/off.yml': rule('Off', 13),
    'transforms/detections/files.yml': rule('Files', 14, (text) =>
      text
        .replace('process_creation', 'file_event')
        .replace("Image|endswith: '\\whoami.exe'", "TargetFilename|endswith: '.x'"),
    ),
    'transforms/detections/counted.yml': rule('Counted', 15),
    'transforms/detections/many.yml': CORRELATION,
    'transforms/overrides.yml':
      'overrides:\n  - { title: too much, rules: [0b5e9a5c-5f0e-4f9e-8c55-2f3a4b1c7d13], enabled: false }\n',
    'transforms/exceptions/known.yml': `exceptions:\n  - { title: Gone, rules: Owned, owner: soc, detection: { h: { DeviceName: a }, condition: h }, expires: '2020-01-01' }\n  - { title: Soon, rules: Owned, owner: soc, detection: { h: { DeviceName: b }, condition: h }, expires: '${day(-9)}' }\n`,
    'rows.jsonl': [
      ...Array.from({ length: 12 }, () => process('whoami.exe')),
      ...Array.from({ length: 88 }, () => process('a.exe')),
    ].join('\n'),
  });
}

const hygiene = (cwd: string, ...args: string[]) => run(['rules', 'hygiene', ...args], { cwd });
interface Found {
  readonly code: string;
  readonly file: string;
  readonly message: string;
}
const byCode = (text: string) => {
  const { findings } = JSON.parse(text) as { findings: Found[] };
  const names = (code: string) =>
    findings.filter((one) => one.code === code).map(({ message }) => /"([^"]+)"/.exec(message)?.[1]);
  return Object.fromEntries(
    [...new Set(findings.map(({ code }) => code))].map((code) => [code, names(code).sort()]),
  );
};

describe('rules hygiene', () => {
  it('finds rules that never match or match much, and have no owner, no test, no end', async () => {
    const folder = await workspace();
    const { code, stdout, stderr } = await hygiene(folder, 'rows.jsonl', '--format', 'json');
    expect({ code, stderr, stdout: code === 0 ? '' : stdout }).toEqual({ code: 0, stderr: '', stdout: '' });
    // What only a correlation counts is judged by the correlation; a rule without rows of its tables is not judged.
    expect(byCode(stdout)).toEqual({
      'never-hit': ['Many', 'Young'],
      'noisy-rule': ['Old', 'Owned'],
      'no-owner': ['Files', 'Old', 'Young'],
      'no-test': ['Many', 'Young'],
      'long-experimental': ['Old'],
      'disabled-rule': ['Off'],
      'expired-exception': ['Gone'],
      'exception-ends-soon': ['Soon'],
    });
    expect(JSON.parse(stdout)).toMatchObject({
      rules: 5,
      unjudged: 1,
      noisiest: [
        { title: 'Old', hits: 12, rows: 100 },
        { title: 'Owned', hits: 12, rows: 100 },
      ],
    });
    const quiet = await hygiene(
      folder,
      'rows.jsonl',
      '--format',
      'json',
      '--noisy',
      '12',
      '--experimental-for',
      '300d',
    );
    expect(Object.keys(byCode(quiet.stdout))).not.toContain('noisy-rule');
    expect(Object.keys(byCode(quiet.stdout))).not.toContain('long-experimental');
  });

  it('knows nothing of matches without rows', async () => {
    const { stdout } = await hygiene(await workspace(), '--format', 'json');
    expect(Object.keys(byCode(stdout)).sort()).toEqual([
      'disabled-rule',
      'exception-ends-soon',
      'expired-exception',
      'long-experimental',
      'no-owner',
      'no-test',
    ]);
  });

  it('says it to people and to CI, and fails for the kinds that it is told', async () => {
    const folder = await workspace();
    const text = await hygiene(folder, 'rows.jsonl');
    expect(text.code).toBe(0);
    expect(text.stdout).toContain('"Young" matched none of 100 rows of its tables [never-hit]');
    expect(text.stdout).toMatch(/Noisiest rules\n +12 +of +100 rows +Old\n/);
    expect(text.stdout).toMatch(
      /5 rules, 13 findings; 1 rule cannot be judged: there was no row of their tables\n$/,
    );
    const github = await hygiene(
      folder,
      '--format',
      'github',
      '--fail-on',
      'no-test',
      '--report',
      'junit=j.xml',
    );
    expect(github.code).toBe(1);
    expect(github.stdout).toMatch(/^::warning file=transforms\/detections\/young\.yml,.*title=no-test::/m);
    expect(await readFile(`${folder}/j.xml`, 'utf8')).toMatch(/failures="2"/);
    expect((await hygiene(folder, '--fail-on', 'never-hit')).code).toBe(0);
    expect((await hygiene(folder, '--fail-on', 'any')).code).toBe(1);
    expect(await hygiene(folder, '--fail-on', 'untidy')).toMatchObject({ code: 2 });
    expect(await hygiene(folder, '--noisy', '101')).toMatchObject({ code: 2 });
  });

  it('reads what relays have counted, from files and addresses, and sums them up', async () => {
    const folder = await workspace();
    const metrics = [
      '# TYPE xdr_relay_rule_alerts_total counter',
      'xdr_relay_rule_alerts_total{rule="0b5e9a5c-5f0e-4f9e-8c55-2f3a4b1c7d12"} 20',
      'xdr_relay_rule_alerts_total{rule="a \\\\ \\"quoted\\" one",source="x"} 3 1764236400000',
      'xdr_relay_rows_total{table="DeviceProcessEvents"} 1e3',
      'xdr_relay_rows_total{table="DeviceProcessEvents"} NaN',
      'other_total{rule="x"} 5',
    ].join('\n');
    await writeFile(`${folder}/one.txt`, metrics);
    const server = createServer((_, response) => void response.end(metrics.replace('1e3', '500')));
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    onTestFinished(() => void server.close());
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/metrics`;
    const { stdout, stderr } = await hygiene(
      folder,
      '--metrics',
      'one.txt',
      '--metrics',
      url,
      '--format',
      'json',
    );
    expect(stderr).toBe('');
    expect(JSON.parse(stdout)).toMatchObject({ noisiest: [{ title: 'Young', hits: 40, rows: 1500 }] });
    expect(byCode(stdout)).toMatchObject({ 'never-hit': ['Many', 'Old', 'Owned'], 'noisy-rule': ['Young'] });
    await writeFile(`${folder}/none.txt`, 'up 1\n');
    for (const source of [
      '/dev/zero',
      'none.txt',
      'nowhere.txt',
      `${url.replace('127.0.0.1', 'u:secret@127.0.0.1')}`,
    ]) {
      const failed = await hygiene(folder, '--metrics', source);
      expect(failed).toMatchObject({ code: 2, stderr: expect.stringContaining('file_unreadable') });
      expect(failed.stderr).not.toContain('secret');
    }
    expect(await hygiene(folder, 'rows.jsonl', '--metrics', 'one.txt')).toMatchObject({ code: 2 });
  });

  it('shows the mistakes of rules that do not compile', async () => {
    const folder = await folderWith({ 'transforms/DeviceEvents.yaml': 'table: DeviceEvents\nfilters: []\n' });
    expect(await hygiene(folder)).toMatchObject({
      code: 1,
      stdout: expect.stringContaining('DeviceEvents.yaml:2'),
    });
  });
});
