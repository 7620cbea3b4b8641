import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
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
async function test(args: readonly string[], fault?: FaultHook) {
  splunk = await startHecReceiver({ token: TOKEN, store: true, ...(fault && { fault }) });
  await writeFile(
    join(folder, 'relay.yaml'),
    `storage: { connection_string: "\${CONNECTION}" }
destinations:
  splunk: { type: splunk_hec, url: "${splunk.origin}", token: "\${TOKEN}", allow_networks: [127.0.0.0/8], timeout: 1s }
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
    const { code, stdout } = await test(['splunk'], () => ({ delayMs: 5_000 }));
    expect(code).toBe(1);
    expect(stdout).toContain('(timeout)');
  });

  it('knows the names of relay.yaml only, and wants one', async () => {
    const { code, stderr } = await test(['splnk']);
    expect([code, stderr]).toEqual([2, expect.stringContaining('splunk')]);
    expect((await run(['destinations', 'test'], { cwd: folder })).code).toBe(2);
  });
});
