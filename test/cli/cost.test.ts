import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { addUsage } from '../../src/relay/cost/usage.ts';
import { systemClock } from '../../src/shared/clock.ts';
import { HOUR_MS } from '../../src/shared/duration.ts';
import { type Setting, startSetting } from './ops-setting.ts';

let setting: Setting;
beforeAll(async () => {
  setting = await startSetting();
}, 30_000);
afterAll(() => setting?.stop());

it('estimates from what the consumers counted, with the prices of a file', async () => {
  const none = await setting.run('cost');
  expect(none).toMatchObject({
    code: 1,
    stderr: expect.stringContaining('No storage operations were counted'),
  });

  const now = systemClock.now();
  const operations = { write: 100, list: 37, read: 200, other: 1_800, queue: 360, free: 0 };
  await addUsage(setting.ports.documents, { from: now - HOUR_MS, to: now, operations }, systemClock);
  const table = await setting.run('cost');
  expect(table.code).toBe(0);
  expect(table.stdout).toMatch(/^TYPE +OPERATIONS +A MONTH +PER 10,000 +USD$/m);
  expect(table.stdout).toMatch(/^list +37 +27010 +0\.05 +0\.14$/m);
  expect(table.stdout).toMatch(/^ +1\.19$/m);
  expect(table.stdout).toMatch(/^Counted for 1h between .*Z and .*Z; a month has 730 hours\.$/m);
  expect(table.stdout).toContain('That is less than a day');
  expect(table.stdout).toContain('East US, Hot, LRS');

  const file = join(setting.folder, 'own.json');
  const own = { write: 1, list: 0, read: 0, other: 0, queue: 0 };
  await writeFile(
    file,
    JSON.stringify({ name: 'ours', currency: 'EUR', date: '2026-11-26', per_10000: own }),
  );
  const json = await setting.run('cost', '--days', '1', '--prices', file, '--format', 'json');
  expect(JSON.parse(json.stdout)).toMatchObject({
    cost: 7.3,
    currency: 'EUR',
    operations,
    countedMs: HOUR_MS,
    lines: [{ type: 'write', operations: 100, aMonth: 73_000, cost: 7.3 }, {}, {}, {}, {}, {}],
  });

  await writeFile(file, '{}');
  const bad = await setting.run('cost', '--prices', file);
  expect(bad).toMatchObject({ code: 1, stderr: expect.stringContaining('is no price list: name') });
});

it('estimates a workload before it runs', async () => {
  const { stdout, code } = await setting.run('cost', '--tables', '30', '--appends', '84000');
  expect(code).toBe(0);
  expect(stdout).toContain('Expected in an hour for 30 tables, 84,000 appends a day, 3 destinations and one');
  const idle = await setting.run('cost', '--tables', '30', '--format', 'json');
  expect(JSON.parse(idle.stdout)).toMatchObject({ currency: 'USD', countedMs: HOUR_MS });
  expect(JSON.parse(idle.stdout)).not.toHaveProperty('basis');
  const wrong = await setting.run('cost', '--appends', '5');
  expect(wrong).toMatchObject({ code: 2, stderr: expect.stringContaining('--tables') });
});
