import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startServe } from '../../lab/serve.ts';
import { row } from '../relay/harness.ts';
import { type Setting, startSetting } from './ops-setting.ts';

const HOUR = 3_600_000;

let s: Setting;
beforeAll(async () => {
  s = await startSetting();
  const yaml = await readFile(s.config, 'utf8');
  await writeFile(s.config, yaml.replace('storage: { ', 'storage: { start_at: "-70h", '));
}, 300_000);
afterAll(() => s?.stop());

async function rowsIn(file: string): Promise<number[]> {
  const text = await readFile(join(s.folder, file), 'utf8').catch(() => '');
  const all = text.split('\n').filter(Boolean);
  return all.map((line) => JSON.parse(line).event.n as number).sort((a, b) => a - b);
}

describe('the first start on an account with older blobs', () => {
  it('says what lies before and after, reads from start_at, and stays with it', {
    timeout: 300_000,
  }, async () => {
    // Hours that the sweep looks back to would first wait for their notifications: only older ones are here.
    const hours = [50, 60, 69, 72, 90, 400];
    for (const hour of hours) await s.append(new Date(Date.now() - hour * HOUR), row(hour));
    const first = await startServe({ configFile: s.config, env: s.env, args: ['--insecure'] });
    const deadline = Date.now() + 120_000;
    while ((await rowsIn('archive.jsonl')).length < 3 || !first.log().includes('First start')) {
      if (Date.now() > deadline) throw new Error(`not read within 120 s:\n${first.log()}`);
      await delay(100);
    }
    const line = first
      .log()
      .split('\n')
      .find((text) => text.includes('First start on this account'));
    expect(JSON.parse(line ?? '{}')).toMatchObject({ blobs: 3, blobs_before: 3, complete: true });
    await first.stop();
    expect(await rowsIn('archive.jsonl')).toEqual([50, 60, 69]);

    const yaml = await readFile(s.config, 'utf8');
    await writeFile(s.config, yaml.replace('"-70h"', '"-500h"'));
    const second = await startServe({ configFile: s.config, env: s.env, args: ['--insecure'] });
    await delay(2_000);
    await second.stop();
    expect(second.log()).not.toContain('First start');
    expect(await rowsIn('archive.jsonl')).toEqual([50, 60, 69]);

    const dry = await s.run('backfill', '--from', '500h', '--dry-run');
    expect(dry.stdout).toMatch(/^6 blobs in the range, \d would be queued/);
  });
});
