import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { FaultHook } from '../../lab/receivers/server.ts';
import { type HecReceiver, startHecReceiver } from '../../lab/receivers/splunk-hec.ts';
import { run } from './run.ts';

const TOKEN = '8f5b6c1e-6f0e-4a3e-9a4b-1c0b7d0e8f21';
let folder: string;
let splunk: HecReceiver | undefined;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'xdr-relay-destinations-test-'));
});
afterEach(async () => {
  await splunk?.close();
  splunk = undefined;
  await rm(folder, { recursive: true, force: true });
});

/** There is no storage account at this address: the command asks none. */
async function test(args: readonly string[], fault?: FaultHook, timeout = '30s') {
  splunk = await startHecReceiver({ token: TOKEN, store: true, ...(fault && { fault }) });
  await writeFile(
    join(folder, 'relay.yaml'),
    `storage: { connection_string: "\${CONNECTION}" }
destinations:
  splunk: { type: splunk_hec, url: "${splunk.origin}", token: "\${TOKEN}", allow_networks: [127.0.0.0/8], timeout: ${timeout} }
  archive: { type: file, path: archive.jsonl }
default_destinations: [splunk]
`,
  );
  const nowhere = 'http://127.0.0.1:1/a';
  await writeFile(
    join(folder, '.env'),
    `TOKEN=${TOKEN}\nCONNECTION=DefaultEndpointsProtocol=http;AccountName=a;AccountKey=YQ==;BlobEndpoint=${nowhere};QueueEndpoint=${nowhere}\n`,
  );
  return run(['destinations', 'test', ...args], { cwd: folder });
}

describe('xdr-relay destinations test', () => {
  it('sends an event that says what it is, and says that it was taken', async () => {
    const { code, stdout, stderr } = await test(['splunk', 'archive']);
    expect([code, stderr]).toEqual([0, '']);
    expect(stdout).toMatch(
      /^splunk: took the test event, in \d+ ms\.\narchive: took the test event, in \d+ ms\.\n$/,
    );
    expect(JSON.stringify(splunk?.received)).toContain('A test of xdr-relay');
    expect(await readFile(join(folder, 'archive.jsonl'), 'utf8')).toContain('xdr-relay-doctor');
  });

  it('tries each address of one that has several, and tells of each without its query', async () => {
    const other = await startHecReceiver({
      token: TOKEN,
      fault: () => ({ status: 503, body: '{"code":9}' }),
    });
    try {
      await test(['archive']);
      const file = join(folder, 'relay.yaml');
      const text = await readFile(file, 'utf8');
      const urls = `["${other.origin}?tenant=0123456789abcdef", "${splunk?.origin}"]`;
      await writeFile(file, text.replace(`"${splunk?.origin}"`, urls));
      const { code, stdout } = await run(['destinations', 'test', 'splunk'], { cwd: folder });
      expect(code).toBe(1);
      const [first, , second] = stdout.split('\n');
      expect(first).toContain(`splunk at ${other.origin}: did not take the test event. `);
      expect(second).toMatch(new RegExp(`^splunk at ${splunk?.origin}: took the test event, in`));
      expect(stdout).not.toContain('0123456789abcdef');
      expect(splunk?.received).toHaveLength(1);
    } finally {
      await other.close();
    }
  });

  it('are sent by `config --online`, too, to all destinations', async () => {
    await test(['archive']);
    const args = ['config', '--check', '--online'];
    await mkdir(join(folder, 'transforms'));
    const well = await run(args, { cwd: folder });
    expect([well.code, well.stderr]).toEqual([0, '']);
    expect(well.stdout).toMatch(/splunk: took the test event, .*\narchive: took the test event, /);
    await splunk?.close();
    const ill = await run(args, { cwd: folder });
    expect(ill.code).toBe(1);
    expect(ill.stdout).toMatch(/splunk: did not take the test event\..*\n.*\narchive: took/);
    expect((await run([...args, '--format', 'json'], { cwd: folder })).code).toBe(2);
    await writeFile(join(folder, 'relay.yaml'), 'destinations: 1');
    expect(await run(args, { cwd: folder })).toMatchObject({ code: 1, stdout: '' });
  });

  it('says what was answered, what to do, and fails', async () => {
    const { code, stdout } = await test(['splunk', 'archive'], () => ({
      status: 403,
      body: `{"text":"Invalid token ${TOKEN}","code":4}`,
    }));
    expect(code).toBe(1);
    expect(stdout).toMatch(
      /^splunk: did not take the test event\. Splunk answered 403 with code 4: .*\(hec_4\)\.\n {2}\S/,
    );
    expect(stdout).toContain('archive: took');
    expect(stdout).not.toContain(TOKEN);
  });

  it('tells programs the same', async () => {
    const { code, stdout } = await test(['splunk', '--format', 'json'], () => ({
      status: 503,
      body: '{"code":9}',
    }));
    expect(code).toBe(1);
    expect(JSON.parse(stdout)).toEqual({
      destination: 'splunk',
      accepted: false,
      milliseconds: expect.any(Number),
      code: 'busy',
      message: expect.stringContaining('503'),
      fix: expect.any(String),
    });
  });

  it('gives up a destination that hangs', async () => {
    const { code, stdout } = await test(['splunk'], () => ({ delayMs: 5_000 }), '1s');
    expect(code).toBe(1);
    expect(stdout).toContain('(timeout)');
  });

  it('knows the names of relay.yaml only, and wants one', async () => {
    const { code, stderr } = await test(['splnk']);
    expect([code, stderr]).toEqual([2, expect.stringContaining('splunk')]);
    expect((await run(['destinations', 'test'], { cwd: folder })).code).toBe(2);
  });
});
