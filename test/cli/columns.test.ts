import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { BlobServiceClient } from '@azure/storage-blob';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Azurite } from '../../lab/azurite.ts';
import { azuriteAccount } from '../support/shared-azurite.ts';
import { folderWith, line, PROCESS_TABLE, SIGMA_RULE } from './rules/support.ts';
import { run } from './run.ts';

const ROW = {
  FileName: 'a.exe',
  DeviceName: 'pc-1',
  LogonId: 7,
  SHA256: 'c'.repeat(64),
  Odd: 'secret value',
};
const RELAY = `storage:
  connection_string: \${COLUMNS_STORAGE}
transforms: rules
destinations:
  splunk: { type: splunk_hec, url: 'https://splunk.example:8088', token: '\${COLUMNS_TOKEN}' }
  soc-slack: { type: slack, webhook_url: '\${COLUMNS_HOOK}' }
default_destinations: [splunk]
`;
const FILES = {
  'relay.yaml': RELAY,
  'rules/DeviceProcessEvents.yaml': PROCESS_TABLE,
  'rules/detections/whoami.yml': SIGMA_RULE,
};
const rows = (...all: readonly string[]) => `${all.join('\r\n')}\r\n`;

interface Told {
  readonly rows: number;
  readonly tables: readonly {
    readonly table: string;
    readonly columns: readonly {
      readonly column: string;
      readonly state: string;
      readonly example?: string;
    }[];
    readonly saving?: { readonly yaml: string; readonly bytes_per_day?: number };
  }[];
  readonly tables_without_rows: readonly string[];
}

async function asJson(cwd: string, ...args: readonly string[]): Promise<Told> {
  const env = {
    COLUMNS_STORAGE: azurite.connectionString,
    COLUMNS_TOKEN: 'token',
    COLUMNS_HOOK: 'https://hooks.slack.com/services/T/B/x',
  };
  const { code, stdout, stderr } = await run(['columns', ...args, '--format', 'json'], { cwd, env });
  expect([code, stderr]).toEqual([0, '']);
  return JSON.parse(stdout) as Told;
}

const stateOf = ({ tables: [table] }: Told, name: string) =>
  table?.columns.find(({ column }) => column === name)?.state;

describe('columns', () => {
  it('tells of files, folders and gzip what reads the columns, and suggests a step', async () => {
    const cwd = await folderWith({
      ...FILES,
      'corpus/a.json': rows(line('DeviceProcessEvents', ROW), line('DeviceProcessEvents', { MD5: 'x' })),
      'corpus/b.json.gz': gzipSync(rows(line('DeviceFileEvents', { FileName: 'b' }))),
    });
    const told = await asJson(cwd, 'corpus');
    expect(told.rows).toBe(3);
    expect(told.tables.map(({ table }) => table)).toEqual(['DeviceProcessEvents', 'DeviceFileEvents']);
    expect(['FileName', 'LogonId', 'MD5', 'SHA256', 'Odd'].map((name) => stateOf(told, name))).toEqual([
      'read',
      'unread',
      'removed',
      'read',
      'unread',
    ]);
    expect(told.tables[0]?.saving?.yaml).toBe('  - remove: [LogonId]');
    const { code, stdout, stderr } = await run(['columns', 'corpus', '--top', '2'], { cwd });
    expect([code, stderr]).toEqual([0, '']);
    expect(stdout).toContain('3 rows of 2 tables');
    expect(stdout).toContain('and 4 smaller columns (--top 6)');
    expect(stdout).toMatch(
      /1 column that nothing reads: .* At the end of "transform" in DeviceProcessEvents\.yaml:/,
    );
    expect(stdout).toContain('Never there: InitiatingProcessFileName, named by filter The sensor');
    const { tables } = await asJson(cwd, 'corpus', '--table', 'devicefileevents');
    expect(tables.map(({ table }) => table)).toEqual(['DeviceFileEvents']);
  });

  it('shows values only on request, and lets no row control the terminal or a spreadsheet', async () => {
    const hostile = { ...ROW, '\u001b[2J=cmd': 1, '=1+1,"x"': { a: '\u202e' }, '\u0007': '\u001b]0;x\u0007' };
    const cwd = await folderWith({
      ...FILES,
      'a.json': rows(line('DeviceProcessEvents', hostile), line('\u001b[31mRed', ROW)),
    });
    for (const format of ['text', 'json', 'csv']) {
      const plain = await run(['columns', 'a.json', '--format', format], { cwd });
      const shown = await run(['columns', 'a.json', '--format', format, '--examples'], { cwd });
      expect(plain.stdout).not.toContain('secret value');
      expect(shown.stdout).toContain('secret value');
      for (const { code, stdout } of [plain, shown]) {
        expect(code).toBe(0);
        // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what is looked for
        expect(stdout).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u202a-\u202e]/);
        expect(stdout).not.toMatch(/^=/m);
      }
      if (format === 'csv') expect(plain.stdout).toContain(`,"'=1+1,""x""",`);
    }
  });

  it('reads a day of blobs', async () => {
    const cwd = await folderWith(FILES);
    const name = 'insights-logs-advancedhunting-deviceprocessevents';
    const container = BlobServiceClient.fromConnectionString(azurite.connectionString).getContainerClient(
      name,
    );
    await container.create();
    for (const hour of ['07', '08', '09']) {
      const day = 'tenantId=3adb963c-8e61-48e8-a06d-6dbb0dacea39/y=2026/m=11/d=23';
      const text = rows(line('DeviceProcessEvents', ROW).replace('T07:', `T${hour}:`));
      const blob = container.getAppendBlobClient(`${day}/h=${hour}/m=00/PT1H.json`);
      await blob.create();
      await blob.appendBlock(text, text.length);
    }
    const address = `${azurite.blobEndpoint}/${name}/tenantId=3adb963c-8e61-48e8-a06d-6dbb0dacea39/y=2026/m=11/d=23/`;
    const told = await asJson(cwd, address);
    expect(told).toMatchObject({ rows: 3, days: 3 / 24 });
    // 11 bytes in each of three hours.
    expect(told.tables[0]?.saving?.bytes_per_day).toBe('"LogonId":7'.length * 24);
  });

  it('says where rules have errors, where nothing can be read, and what is missing without relay.yaml', async () => {
    const cwd = await folderWith({
      'transforms/DeviceProcessEvents.yaml': 'table: DeviceProcessEvents\ntransform: [{ remove: [Nope] }]\n',
      'good/DeviceProcessEvents.yaml': 'table: DeviceProcessEvents\n',
      'a.json': rows(line('DeviceProcessEvents', ROW), '{"category":'),
      'bad.json': rows('nothing'),
    });
    expect(await run(['columns', 'a.json'], { cwd })).toMatchObject({ code: 1 });
    const bad = await run(['columns', 'bad.json', '-t', 'good'], { cwd });
    expect([bad.code, bad.stderr]).toEqual([2, expect.stringContaining('rows_unreadable')]);
    const good = await run(['columns', 'a.json', '-t', 'good'], { cwd });
    expect([good.code, good.stderr]).toEqual([0, expect.stringContaining('without a relay.yaml')]);
    expect(good.stdout).toMatch(/Rows that could not be read\n {2}not_json {2}1/);
  });

  it('ends when it is stopped', async () => {
    const cwd = await folderWith({ ...FILES, 'a.json': rows(line('DeviceProcessEvents', ROW)) });
    const stopped = await run(['columns', join(cwd, 'a.json')], { cwd }, AbortSignal.abort());
    expect(stopped.stderr).toContain('Stopped: the rows were not read to the end.');
    expect(stopped.stdout).toBe('');
  });
});

let azurite: Azurite;
beforeAll(async () => {
  azurite = await azuriteAccount();
});
afterAll(() => azurite?.stop());
