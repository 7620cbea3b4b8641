import { execFile } from 'node:child_process';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startNodeRelay } from '../../lab/relay.ts';
import { routingOf } from '../../lab/relay-config.ts';
import { COMMAND } from '../../lab/serve.ts';
import { hasKcat } from '../support/kcat.ts';

let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'xdr-relay-test-demo-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

interface Ended {
  readonly code: number | null;
  readonly output: string;
}

/** Runs the demo with a temporary folder of the test's own. test/console/demo.test.ts looks at its console, and interrupts it. */
function demo(argv: readonly string[], env: NodeJS.ProcessEnv = {}): Promise<Ended> {
  return new Promise((resolve) => {
    const child = execFile(
      process.execPath,
      [COMMAND, 'demo', ...argv],
      { env: { ...process.env, TMPDIR: folder, ...env } },
      (_, stdout, stderr) => resolve({ code: child.exitCode, output: stdout + stderr }),
    );
  });
}

const leftOver = async () => (await readdir(folder)).filter((name) => name.startsWith('xdr-relay-demo-'));

describe('npm run demo', () => {
  it('ends by itself with every row accounted for, also where a destination reads that back, and leaves nothing behind', {
    timeout: 300_000,
  }, async () => {
    // Slack and Teams take a message a second, or two, at most.
    const presets = 'splunk,elastic,datadog,sumo,google_secops,pagerduty';
    const to = [presets, 'sentinel,otlp,archive', ...(hasKcat ? ['kafka'] : [])].join();
    const { code, output } = await demo(['--to', to, '--rows', '200', '--rate', '0', '--seed', '4']);
    expect(output).toContain('Every one of the 200 rows is accounted for, at every destination.');
    for (const name of to
      .replace('google_secops', 'google-secops')
      .replace('pagerduty', 'on-call')
      .split(','))
      expect(output).toMatch(new RegExp(`^ *${name} +[1-9]`, 'm'));
    expect(code).toBe(0);
    expect(await leftOver()).toEqual([]);
  });

  it('says what is missing for a destination, and leaves nothing behind', { timeout: 300_000 }, async () => {
    const { code, output } = await demo(['--to', 'archive,kafka', '--rows', '10'], { PATH: '/nowhere' });
    expect(output).toContain('kcat, whose broker the demo of kafka uses, is not installed');
    expect(code).toBe(1);
    expect(await leftOver()).toEqual([]);
  });

  it('says what it takes when it is asked for something else', { timeout: 300_000 }, async () => {
    const { code, output } = await demo(['--host', 'mainframe']);
    expect(code).toBe(2);
    expect(output).toContain('It is one of node, worker.');
    expect(output).toContain('"xdr-relay demo --help" lists the options.');
  });

  it("shows the relay's last words when it does not start", { timeout: 300_000 }, async () => {
    const start = startNodeRelay({
      folder,
      signal: new AbortController().signal,
      config: {
        transforms: folder,
        destinations: { splunk: { type: 'splunk_hec', url: 'gopher://127.0.0.1', token: 'hec-token' } },
        routing: routingOf(['splunk'], [], []),
        secrets: {
          LAB_STORAGE: 'UseDevelopmentStorage=true',
          LAB_ENDPOINT_KEY: 'k'.repeat(32),
          LAB_HASH_KEY: 'hash-key',
        },
      },
    });
    await expect(start).rejects.toThrow(/The relay ended with exit code 1. Its last words:[\s\S]*gopher/);
  });
});
