import { appendFile, readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { BlobServiceClient } from '@azure/storage-blob';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startServe } from '../../lab/serve.ts';
import { numbers, rows } from '../relay/harness.ts';
import { type Setting, startSetting } from './ops-setting.ts';

/** Only what hangs takes so long, however busy the machine is. Milliseconds. */
const LONG = 300_000;
const DAY = new Date(Date.UTC(2026, 8, 1, 5));

let s: Setting;
beforeAll(async () => {
  s = await startSetting();
  await appendFile(s.config, 'tail: { lateness: 1s }\n');
}, LONG);
afterAll(() => s?.stop());

async function rowsIn(file: string): Promise<number[]> {
  const text = await readFile(join(s.folder, file), 'utf8').catch(() => '');
  const all = text.split('\n').filter(Boolean);
  return all.map((line) => JSON.parse(line).event.n as number).sort((a, b) => a - b);
}

/** Has a relay read the day, until every destination has so many rows. */
async function deliver(count: number): Promise<void> {
  const relay = await startServe({ configFile: s.config, env: s.env, args: ['--insecure'] });
  try {
    await s.run('backfill', '--from', '2026-09-01', '--to', '2026-09-02');
    const deadline = Date.now() + 120_000;
    const isDone = async () => {
      const { stdout } = await s.run('audit', '--day', '2026-09-01', '--format', 'json');
      const lines = stdout
        .split('\n')
        .filter(Boolean)
        .map((line) => JSON.parse(line));
      const ofRows = lines.filter(({ type }) => type === 'rows');
      return ofRows.length === 3 && ofRows.every(({ delivered }) => delivered === count);
    };
    while (!(await isDone())) {
      if (Date.now() > deadline) throw new Error('it was not delivered within 120 s');
      await delay(200);
    }
  } finally {
    await relay.stop();
  }
}

const stateContainer = () =>
  BlobServiceClient.fromConnectionString(s.azurite.connectionString).getContainerClient('xdr-relay-state');

/** The whole container, as when somebody deletes it. */
async function loseState(): Promise<void> {
  await stateContainer().delete();
}

// In order: each goes on with what the one before has left.
describe('a day of a real account', () => {
  it(
    'is not proven while rows wait, and is once they are delivered',
    async () => {
      await s.append(DAY, rows(0, 8));
      // A blob that has just been written is open, however old its hour is.
      await delay(2000);
      const before = await s.run('audit', '--day', '2026-09-01');
      expect(before.code).toBe(1);
      expect(before.stdout).toMatch(/waiting +archive +8 rows \(\d+ bytes\) wait/);
      await deliver(8);
      const after = await s.run('audit', '--day', '2026-09-01', '--hours');
      expect(after).toMatchObject({ code: 0, stderr: '' });
      expect(after.stdout).toMatch(/^deviceevents +05 +archive +1 +\S+ KiB +8 +8 +0 +0 +0$/m);
      expect(after.stdout).toContain('Every row of 1 blob of 2026-09-01 is accounted for.');
    },
    LONG,
  );

  it(
    'keeps its offsets through an export, a loss of the state, and an import',
    async () => {
      const file = join(s.folder, 'state.jsonl');
      expect(await s.run('state', 'export', '--out', file)).toMatchObject({ code: 0, stderr: '' });
      expect((await stat(file)).mode & 0o777).toBe(0o600);
      const again = await s.run('state', 'export', '--out', file);
      expect(again).toMatchObject({ code: 1 });
      expect(again.stderr).toContain('exists already (file_exists)');
      const nowhere = await s.run('state', 'export', '--out', join(s.folder, 'none', 'state.jsonl'));
      expect(nowhere.stderr).toContain('state.jsonl cannot be written: ENOENT');
      const toStdout = await s.run('state', 'export');
      expect(toStdout.stdout.trim().split('\n').at(-1)).toContain('"kind":"end"');

      await loseState();
      const dry = await s.run('state', 'import', file);
      expect(await stateContainer().exists()).toBe(false);
      expect(dry.stdout).toMatch(/would be written, 0 left as they are\.\n--yes does it\.\n$/);
      const real = await s.run('state', 'import', file, '--yes');
      expect(real).toMatchObject({ code: 0, stderr: '' });
      expect((await s.run('state', 'import', file, '--yes')).stdout).toMatch(
        /^0 checkpoints and documents written/,
      );
      expect(await s.run('audit', '--day', '2026-09-01')).toMatchObject({ code: 0 });

      const part = join(s.folder, 'part.jsonl');
      await writeFile(part, (await readFile(file, 'utf8')).split('\n').slice(0, -2).join('\n'));
      const refused = await s.run('state', 'import', part, '--yes');
      expect(refused).toMatchObject({ code: 1, stdout: '' });
      expect(refused.stderr).toContain('(state_file_incomplete)');
    },
    LONG,
  );

  it(
    'is not sent again where its checkpoints were rebuilt as delivered',
    async () => {
      await loseState();
      const args = [
        'state',
        'rebuild',
        '--from',
        '2026-09-01',
        '--to',
        '2026-09-02',
        '--assume',
        'delivered',
      ];
      expect((await s.run(...args)).stdout).toMatch(/^1 checkpoint would be written as delivered/);
      expect(await stateContainer().exists()).toBe(false);
      expect((await s.run(...args, '--yes')).stdout).toMatch(/^1 checkpoint written as delivered/);
      const audit = await s.run('audit', '--day', '2026-09-01');
      expect(audit.code).toBe(1);
      expect(audit.stdout).toContain('not_counted');
      const backfill = await s.run('backfill', '--from', '2026-09-01', '--to', '2026-09-02');
      expect(backfill.stdout).toContain('0 queued');
      expect(await rowsIn('archive.jsonl')).toEqual(numbers(0, 8));
    },
    LONG,
  );

  it(
    'is lost by range where its blob is deleted before it was delivered, until a person clears that',
    async () => {
      await s.append(DAY, rows(8, 12));
      const [source] = s.ports.sources;
      if (!source) throw new Error('no source');
      const service = BlobServiceClient.fromConnectionString(s.azurite.connectionString);
      const container = service.getContainerClient('insights-logs-advancedhunting-deviceevents');
      for await (const { name } of container.listBlobsFlat()) {
        const ref = { account: source.blobs.account, container: container.containerName, name };
        const stored = await source.checkpoints.load(ref);
        if (!stored) throw new Error('no checkpoint');
        const grown = { ...stored.checkpoint, length: Buffer.byteLength(rows(0, 12)), closed: false };
        await source.checkpoints.save(ref, grown, stored.etag);
        await container.deleteBlob(name);
        await s.ports.queue.send(JSON.stringify({ v: 1, id: 'gone', blob: ref, origin: 'sweep' }));
      }
      const relay = await startServe({ configFile: s.config, env: s.env, args: ['--insecure'] });
      try {
        const deadline = Date.now() + 120_000;
        while (!(await s.run('losses', 'list')).stdout.includes('PT1H.json (deleted)')) {
          if (Date.now() > deadline) throw new Error('no loss within 120 s');
          await delay(200);
        }
      } finally {
        await relay.stop();
      }
      const { stdout } = await s.run('losses', 'list');
      expect(stdout).toContain(`${Buffer.byteLength(rows(0, 8))} to ${Buffer.byteLength(rows(0, 12))}`);
      const status = await s.run('status');
      expect(status.code).toBe(1);
      expect(status.stdout).toContain('1 blob gone before everything was delivered: rows are lost');
      expect((await s.run('losses', 'clear')).stdout).toBe('1 loss would be forgotten. --yes does it.\n');
      expect((await s.run('losses', 'clear', '--yes')).stdout).toBe('1 loss forgotten.\n');
      expect((await s.run('losses', 'list')).stdout).toBe('Nothing was lost.\n');
    },
    LONG,
  );

  it('shows destinations, puts one back into service, and knows names', { timeout: LONG }, async () => {
    const record = {
      failures: 1,
      openUntil: Date.now() + 3_600_000,
      since: Date.now(),
      code: 'server_error',
      message: 'later',
    };
    await s.ports.documents.put('breakers/copy', record, undefined);
    expect((await s.run('destinations', 'list')).stdout).toMatch(
      /^copy +file +out for \S+ +in .* +later \(server_error\)$/m,
    );
    expect((await s.run('destinations', 'reset', 'copy')).stdout).toMatch(/^copy: its breaker is closed\./);
    expect((await s.run('destinations', 'reset', 'copy')).stdout).toBe('copy was in service.\n');
    expect((await s.run('destinations', 'enable', 'copy')).stdout).toBe('copy was not disabled.\n');
    const disabled = { ...record, disabledAt: Date.now() - 3_600_000 };
    await s.ports.documents.put('breakers/copy', disabled, undefined);
    expect((await s.run('destinations', 'list')).stdout).toMatch(
      /^copy +file +disabled for 1h +when enabled +later \(server_error\)$/m,
    );
    expect((await s.run('status')).stdout).toMatch(/^copy .*disabled +later \(server_error\)$/m);
    expect((await s.run('destinations', 'enable', 'copy')).stdout).toMatch(/^copy is enabled\. /);
    expect((await s.run('destinations', 'list')).stdout).toMatch(/^copy +file +in service/m);
    const wrong = await s.run('destinations', 'reset', 'copi');
    expect(wrong).toMatchObject({ code: 2 });
    expect(wrong.stderr).toContain('did you mean "copy"');
  });

  it.each([
    [['audit'], 'required option'],
    [['audit', '--day', '2026-02-30'], 'A day is'],
    [['state', 'rebuild', '--from', '1d'], 'required option'],
    [['state', 'rebuild', '--from', '1d', '--assume', 'nothing'], 'It is one of delivered, unread.'],
  ])('says what is wrong with %j', async (args, message) => {
    const ran = await s.run(...args);
    expect(ran.code).toBe(2);
    expect(ran.stderr).toContain(message);
  });
});
