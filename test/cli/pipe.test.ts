/** `xdr-relay serve | reader`: rows on standard output, the log on standard error. */

import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { rm, writeFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { freePort } from '../../lab/process.ts';
import { COMMAND } from '../../lab/serve.ts';
import { notificationTask } from '../../src/event-grid/tasks.ts';
import { encodeTask } from '../../src/queue/task.ts';
import { row, rows } from '../relay/harness.ts';
import { type Setting, startSetting } from './ops-setting.ts';
import { plainEnvironment } from './run.ts';

const LONG = 120_000;
const hasJq = spawnSync('jq', ['--version']).status === 0;

let s: Setting;
let config = '';
beforeAll(async () => {
  s = await startSetting();
  config = join(s.folder, 'pipe.yaml');
  await writeFile(
    config,
    `
storage: { connection_string: "\${CONNECTION}" }
destinations: { out: { type: file, path: "-" } }
default_destinations: [out]
tail: { poll_min: 200ms, poll_max: 500ms }
`,
  );
}, LONG);
afterAll(() => s?.stop());

/** Appends to the blob of a day, and queues the task that a notification would. */
async function append(day: number, text: string): Promise<void> {
  await s.append(new Date(Date.UTC(2026, 8, day, 5)), text);
  const account = s.ports.sources[0]?.blobs.account ?? '';
  const name = `tenantId=t/y=2026/m=09/d=0${day}/h=05/m=00/PT1H.json`;
  const container = 'insights-logs-advancedhunting-deviceevents';
  await s.ports.queue.send(encodeTask(notificationTask({ account, container, name })));
}

/** Starts serve without the endpoint, its output in a pipe. */
async function start(port: number) {
  const args = ['serve', '--config', config, '--no-endpoint', '--port', String(port)];
  args.push('--monitoring-host', '127.0.0.1', '--monitoring-port', '0');
  const child = spawn(process.execPath, [COMMAND, ...args], {
    cwd: s.folder,
    env: { ...plainEnvironment(), ...s.env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const log: string[] = [];
  createInterface({ input: child.stderr }).on('line', (line) => log.push(line));
  return { child, log };
}

function isRefused(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1');
    socket.on('connect', () => resolve(socket.destroy() === undefined));
    socket.on('error', () => resolve(true));
  });
}

describe('serve with a destination on standard output', () => {
  it(
    'writes nothing but rows there, binds no public port with --no-endpoint, and ends when its only reader has gone',
    async () => {
      await append(1, rows(0, 3));
      const port = await freePort();
      const { child, log } = await start(port);
      const lines: string[] = [];
      for await (const line of createInterface({ input: child.stdout })) {
        lines.push(line);
        if (lines.length === 3) break;
      }
      expect(lines.map((line) => JSON.parse(line).event.n)).toEqual([0, 1, 2]);
      expect(await isRefused(port)).toBe(true);
      expect(log.map((line) => JSON.parse(line).level)).toContain('info');

      child.stdout.destroy();
      await append(2, row(3));
      const [code, signal] = await once(child, 'exit');
      expect({ code, signal }).toEqual({ code: 0, signal: null });
      expect(log.join('\n')).toContain('The reader of standard output has gone');
    },
    LONG,
  );

  it.skipIf(!hasJq)(
    'can be piped into jq',
    async () => {
      await append(4, rows(4, 6));
      const command = `"$0" "$1" serve --config pipe.yaml --no-endpoint --monitoring-host 127.0.0.1 --monitoring-port 0 2>log.txt \\
        | jq --unbuffered -r '.event.n' | head -n 2`;
      const shell = spawn('sh', ['-c', command, process.execPath, COMMAND], {
        cwd: s.folder,
        env: { ...plainEnvironment(), ...s.env },
        stdio: ['ignore', 'pipe', 'inherit'],
        detached: true,
      });
      const read: string[] = [];
      for await (const line of createInterface({ input: shell.stdout })) {
        read.push(line);
        if (read.length === 2) break;
      }
      expect(read.map(Number).every((n) => n >= 0)).toBe(true);
      if (shell.pid !== undefined) process.kill(-shell.pid, 'SIGTERM');
      await rm(join(s.folder, 'log.txt'), { force: true });
    },
    LONG,
  );

  it('is refused where threads would mix their lines', async () => {
    const file = join(s.folder, 'threads.yaml');
    await writeFile(file, 'destinations: { out: { type: file, path: "-" } }\nlimits: { threads: 2 }\n');
    const { code, stderr } = await s.run('config', '--config', file, '--check');
    expect(code).toBe(1);
    expect(stderr).toContain(
      'destinations.out writes to standard output, which several threads cannot share',
    );
  });
});
