import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { COMMAND, startServe } from '../../lab/serve.ts';
import type { DeadLetter } from '../../src/delivery/dead-letters.ts';
import { numbers, row, rows } from '../relay/harness.ts';
import { type Setting, startSetting } from './ops-setting.ts';
import { plainEnvironment } from './run.ts';

/** Only what hangs takes so long, however busy the machine is. Milliseconds. */
const LONG = 300_000;

let s: Setting;
beforeAll(async () => {
  s = await startSetting();
}, LONG);
afterAll(() => s?.stop());

/** The column `n` of the rows in a JSON Lines file, lowest first. */
async function rowsIn(file: string): Promise<number[]> {
  const text = await readFile(join(s.folder, file), 'utf8').catch(() => '');
  const all = text.split('\n').filter(Boolean);
  return all.map((line) => JSON.parse(line).event.n as number).sort((a, b) => a - b);
}

async function until(done: () => Promise<boolean>): Promise<void> {
  const deadline = Date.now() + 120_000;
  while (!(await done())) {
    if (Date.now() > deadline) throw new Error('it did not happen within 120 s');
    await delay(50);
  }
}

describe('xdr-relay backfill', () => {
  it(
    'queues old hours, which consumers deliver, and replays them to one destination',
    async () => {
      await s.append(new Date(Date.UTC(2026, 8, 1, 5)), rows(0, 4));
      await s.append(new Date(Date.UTC(2026, 8, 3, 5)), rows(4, 8));
      await s.append(new Date(Date.UTC(2026, 8, 5, 5)), rows(8, 12));
      const range = ['--from', '2026-09-01', '--to', '2026-09-04'];

      const dry = await s.run('backfill', ...range, '--dry-run');
      expect(dry).toMatchObject({ code: 0, stderr: '' });
      expect(dry.stdout).toMatch(/^2 blobs in the range, 2 would be queued: 1\.\d KiB to read\.\n$/);
      expect(await s.ports.queue.depth()).toMatchObject({ ready: 0 });

      const relay = await startServe({ configFile: s.config, env: s.env, args: ['--insecure'] });
      try {
        const real = await s.run('backfill', ...range, '--table', 'DeviceEvents');
        expect(real.stdout).toMatch(/^2 blobs in the range, 2 queued: /);
        await until(async () => (await rowsIn('archive.jsonl')).length === 8);
        expect(await rowsIn('archive.jsonl')).toEqual(numbers(0, 8));
        await until(async () => (await s.ports.queue.depth()).ready === 2);

        const replay = await s.run('backfill', ...range, '--destination', 'copy');
        expect(replay.stdout).toMatch(/^2 blobs in the range, 2 queued for copy: /);
        await until(async () => (await rowsIn('copy.jsonl')).length === 16);
        expect(await rowsIn('archive.jsonl')).toEqual(numbers(0, 8));
        expect(s.hook.bodies.join('').match(/"n":/g)).toHaveLength(8);
      } finally {
        await relay.stop();
      }
      for await (const name of s.ports.documents.list('backfills/')) expect.unreachable(name);
    },
    LONG,
  );

  it(
    'goes on where Ctrl-C stopped it',
    async () => {
      for (let hour = 0; hour < 12; hour++) await s.append(new Date(Date.UTC(2026, 7, 1, hour)), row(hour));
      const before = (await s.ports.queue.depth()).ready;
      const args = ['backfill', '--from', '2026-08-01', '--to', '2026-08-02'];
      const child = spawn(process.execPath, [COMMAND, ...args, '--rate', '1'], {
        cwd: s.folder,
        env: { ...plainEnvironment(), ...s.env },
      });
      let said = '';
      child.stderr.on('data', (chunk: Buffer) => {
        said += chunk.toString();
      });
      await until(async () => (await s.ports.queue.depth()).ready > before);
      child.kill('SIGINT');
      const [code] = await once(child, 'exit');
      expect(code).toBe(130);
      expect(said).toMatch(/^Stopped after 8 blobs\. The same command goes on from here\.$/m);

      const rest = await s.run(...args);
      expect(rest.stderr).toMatch(/^Continuing the backfill that began at 20/);
      expect(rest.stdout).toMatch(/^12 blobs in the range, 12 queued: /);
      expect((await s.ports.queue.depth()).ready).toBe(before + 12);
    },
    LONG,
  );

  it('says what it does not know', async () => {
    const table = await s.run('backfill', '--table', 'DeviceEvent');
    expect(table).toMatchObject({ code: 2, stdout: '' });
    expect(table.stderr).toContain('did you mean "deviceevents"?');
    const destination = await s.run('backfill', '--destination', 'archiv');
    expect(destination).toMatchObject({ code: 2, stdout: '' });
    expect(destination.stderr).toContain('did you mean "archive"?');
    expect(await s.run('backfill', '--from', 'yesterday')).toMatchObject({ code: 2 });
    expect(await s.run('backfill', '--from', '2026-09-04', '--to', '2026-09-01')).toMatchObject({ code: 2 });
  });
});

describe('xdr-relay dead-letters', () => {
  const put = async (n: number, more: Partial<DeadLetter> = {}) => {
    const text = row(n, { FileName: '\u001b[31mred' });
    await s.ports.deadLetters.put({
      destination: 'hook',
      reason: 'rows_refused',
      message: 'Unprocessable',
      source: {
        blob: 'insights-logs-advancedhunting-deviceevents/x/y=2026/m=11/d=23/h=07/m=00/PT1H.json',
        offset: n,
      },
      length: text.length,
      row: Buffer.from(text.trimEnd()),
      payload: JSON.stringify({ stored: n }),
      id: String(n).padStart(32, '0'),
      table: 'DeviceEvents',
      ...more,
    });
  };
  const names = async () => {
    const found: string[] = [];
    for await (const { name } of s.ports.deadLetters.list()) found.push(name);
    return found;
  };

  it(
    'lists, shows, sends again and drops',
    async () => {
      for (const n of [101, 102, 103]) await put(n);
      await put(104, { destination: undefined, reason: 'not_json', row: Buffer.from('{"half') });

      const list = await s.run('dead-letters', 'list', '--destination', 'hook', '--limit', '2');
      expect(list).toMatchObject({ code: 0, stderr: '' });
      expect(
        list.stdout.match(/^.* hook +rows_refused +DeviceEvents .*hook\/2026\/11\/23\/[0-9a-f]{64}\.json$/gm),
      ).toHaveLength(2);
      expect(list.stdout).toContain('There are more than 2');
      const json = await s.run('dead-letters', 'list', '--unreadable', '--format', 'json');
      expect(JSON.parse(json.stdout)).toMatchObject({ reason: 'not_json', offset: 104 });

      const name = (await names()).find((each) => each.startsWith('hook/')) ?? '';
      const shown = await s.run('dead-letters', 'show', name);
      expect(shown.stdout).toMatch(/^Reason +rows_refused: Unprocessable$/m);
      expect(shown.stdout).not.toContain('31mred');
      const revealed = await s.run('dead-letters', 'show', name, '--reveal');
      expect(revealed.stdout).toContain('\\u001b[31mred');
      expect(revealed.stdout).not.toContain('\u001b');
      expect(await s.run('dead-letters', 'show', 'hook/no')).toMatchObject({ code: 1 });

      const since = Date.UTC(2026, 10, 26, 1);
      const answers = [
        { code: 'server_error', message: 'answered 500' },
        { code: 'timeout', message: 'no answer' },
      ];
      await put(105, { answers, isolating: { since, tries: 2, next: since + 60_000 } });
      const isolated = await s.run('dead-letters', 'list', '--isolating', '--format', 'json');
      const { name: isolatedName } = JSON.parse(isolated.stdout);
      const told = await s.run('dead-letters', 'show', isolatedName);
      expect(told.stdout).toMatch(/^Answer +timeout: no answer$/m);
      expect(told.stdout).toMatch(/^Tried again +2 times; next at 2026-11-26/m);
      const removed = await s.run('dead-letters', 'drop', '--isolating', '--yes');
      expect(removed).toMatchObject({ code: 0 });
      expect((await s.run('dead-letters', 'list', '--isolating')).stdout).toContain('No dead letters match.');
      for (const command of ['list', 'redrive', 'drop']) {
        const slip = await s.run('dead-letters', command, '--destination', 'hok');
        expect(slip).toMatchObject({ code: 2, stdout: '' });
        expect(slip.stderr).toMatch(/relay.yaml has no destination "hok": did you mean "hook"/);
      }
      // Those of a destination that was removed can be listed and dropped, but sent to nobody.
      await put(106, { destination: 'gone' });
      expect((await s.run('dead-letters', 'list', '--destination', 'gone')).stdout).toContain(' gone ');
      expect(await s.run('dead-letters', 'redrive', '--destination', 'gone')).toMatchObject({ code: 2 });
      expect((await s.run('dead-letters', 'drop', '--destination', 'gone', '--yes')).code).toBe(0);

      s.hook.status = 422;
      const refused = await s.run('dead-letters', 'redrive', '--destination', 'hook');
      expect(refused).toMatchObject({ code: 1 });
      expect(refused.stdout).toContain('0 dead letters accepted and removed, 3 still there.');
      expect(refused.stdout.match(/^refused +hook .*still refused: /gm)).toHaveLength(3);
      expect(await names()).toHaveLength(4);

      s.hook.status = 200;
      s.hook.bodies.length = 0;
      const stored = await s.run('dead-letters', 'redrive', name, '--as-stored');
      expect(stored).toMatchObject({ code: 0, stderr: '' });
      expect(s.hook.bodies.join('')).toMatch(/\{"stored":10[123]\}/);

      s.hook.bodies.length = 0;
      const accepted = await s.run('dead-letters', 'redrive', '--reason', 'rows_refused', '--format', 'json');
      expect(accepted.code).toBe(0);
      const lines = accepted.stdout.trim().split('\n');
      expect(lines.map((line) => JSON.parse(line).result)).toEqual(['accepted', 'accepted']);
      expect(s.hook.bodies.join('').match(/"n":10[123]/g)).toHaveLength(2);

      const unreadable = await s.run('dead-letters', 'redrive');
      expect(unreadable).toMatchObject({ code: 1 });
      expect(unreadable.stdout).toContain('still not readable');

      const counted = await s.run('dead-letters', 'drop', '--unreadable');
      expect(counted.stdout).toBe('1 dead letter would be removed for good. --yes does it.\n');
      expect(await names()).toHaveLength(1);
      const dropped = await s.run('dead-letters', 'drop', '--unreadable', '--yes');
      expect(dropped.stdout).toBe('1 dead letter removed.\n');
      expect(await names()).toEqual([]);
    },
    LONG,
  );
});

describe('xdr-relay status', () => {
  it(
    'shows what waits, and ends with 1 when something needs attention',
    async () => {
      await s.append(new Date(Date.UTC(2026, 8, 7, 5)), rows(0, 4));
      const calm = await s.run('status', '--since', '1000d');
      expect(calm).toMatchObject({ code: 0, stderr: '' });
      expect(calm.stdout).toMatch(/^deviceevents +archive +\d+ +[\d.]+ KiB +\d+[sm]/m);
      expect(calm.stdout).toMatch(/^NEEDS ATTENTION\nnothing$/m);

      const other = await s.run('status', '--source', 'fabrikam');
      expect(other).toMatchObject({ code: 2, stdout: '' });
      expect(other.stderr).toContain('relay.yaml has no source "fabrikam": it has only storage');

      await s.ports.queue.send('nonsense');
      const [message] = await s.ports.queue.receive(32, 30);
      await message?.poison('nonsense');
      const alarm = await s.run('status', '--format', 'json', '--max-lag', '1s', '--since', '1000d');
      expect(alarm).toMatchObject({ code: 1, stderr: '' });
      const report = JSON.parse(alarm.stdout);
      expect(report.queue.poison).toBe(1);
      expect(report.alarms).toContain('1 task in the poison queue');
      expect(report.alarms).toContainEqual(
        expect.stringMatching(/^events of deviceevents have waited \S+( \S+)? for hook$/),
      );
    },
    LONG,
  );

  it(
    'shows which rules run where, and why newer ones were refused',
    async () => {
      const table = join(s.folder, 'transforms', 'DeviceEvents.yaml');
      const rules = async () => {
        const { code, stdout } = await s.run('status', '--format', 'json', '--max-lag', '365d');
        const report = JSON.parse(stdout);
        return {
          code,
          rules: report.rules,
          alarms: report.alarms.filter((alarm: string) => alarm.includes('rules')),
        };
      };
      expect(await rules()).toMatchObject({ rules: [], alarms: [] });
      await writeFile(table, 'table: DeviceEvents\ntransform:\n  - remove: [ReportId]\n');
      const relay = await startServe({ configFile: s.config, env: s.env, args: ['--insecure'] });
      try {
        const [first] = (await rules()).rules;
        expect(first).toMatchObject({ host: 'node', name: expect.stringMatching(/:\d+$/) });
        expect(first).not.toHaveProperty('refused');

        await writeFile(table, 'table: DeviceEvents\ntransform:\n  - remove: [ReportIdd]\n');
        await until(async () => (await rules()).rules[0]?.refused !== undefined);
        const bad = await rules();
        expect(bad.code).toBe(1);
        expect(bad.rules).toMatchObject([
          {
            version: first.version,
            since: first.since,
            refused: { total: 1, errors: [{ file: 'DeviceEvents.yaml', line: 3, code: 'unknown-column' }] },
          },
        ]);
        expect(bad.alarms).toEqual([
          expect.stringMatching(
            /^node \S+:\d+ goes on with rules \w+, new ones were refused \d+s ago: DeviceEvents\.yaml:3:14: .*"ReportIdd"$/,
          ),
        ]);
        const text = (await s.run('status')).stdout;
        expect(text).toMatch(
          new RegExp(`^RULES\nHOST +VERSION +SINCE +SEEN\nnode \\S+ +${first.version} `, 'm'),
        );
        expect(text).toMatch(/^REFUSED RULES\n.*\nnode .* DeviceEvents\.yaml:3:14: .*"ReportIdd"$/m);

        await writeFile(table, 'table: DeviceEvents\ntransform:\n  - remove: [DeviceId]\n');
        await until(async () => (await rules()).rules[0]?.refused === undefined);
        const better = await rules();
        expect(better.rules[0].version).not.toBe(first.version);
        expect(better.alarms).toEqual([]);
      } finally {
        await relay.stop();
        await rm(table);
      }
      // It has said that it ends.
      expect((await rules()).rules).toEqual([]);
    },
    LONG,
  );
});
