import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { freePort, startChild, untilReady } from '../../lab/process.ts';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'xdr-relay-process-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const script = (code: string, more: { readonly logFile?: string } = {}) =>
  startChild({ name: 'The child', args: ['-e', code], ...more });

/** Resolves when it has written something. */
function started(code: string) {
  return new Promise<ReturnType<typeof startChild>>((resolve) => {
    const child = startChild({ name: 'The child', args: ['-e', code], onLine: () => resolve(child) });
  });
}

describe('a child process', () => {
  it('that ends by itself rejects with how it ended and its last words', async () => {
    const child = script('console.log("first"); console.error("then"); process.exitCode = 3');
    await expect(child.ended).rejects.toThrow(
      /^The child ended with exit code 3. Its last words:[\s\S]*first[\s\S]*then|then[\s\S]*first/,
    );
    expect(child.exit).toEqual({ code: 3, signal: null });
    expect(child.signal('SIGTERM')).toBe(false);
  });

  it('that was stopped does not', async () => {
    const child = await started('console.log("on"); setInterval(() => {}, 1000)');
    expect(child.exit).toBeUndefined();
    expect(await child.stop()).toBeNull();
    expect(child.exit).toEqual({ code: null, signal: 'SIGTERM' });
    expect(await Promise.race([child.ended, Promise.resolve('silent')])).toBe('silent');
    expect(await child.stop()).toBeNull();
  });

  it('that does not heed SIGTERM is killed when patience is over', async () => {
    const child = await started(
      'process.on("SIGTERM", () => {}); console.log("on"); setInterval(() => {}, 1000)',
    );
    expect(await child.stop('SIGTERM', 100)).toBeNull();
    expect(child.exit?.signal).toBe('SIGKILL');
  });

  it('has its output in a file, whole, each line with the stamp', async () => {
    const logFile = join(folder, 'child.log');
    const child = startChild({
      name: 'The child',
      args: ['-e', 'for (let i = 0; i < 5000; i++) console.log("line " + i)'],
      logFile,
      stamp: () => '#',
    });
    await child.exited;
    await expect.poll(async () => (await readFile(logFile, 'utf8')).split('\n').length).toBe(5001);
    expect(await readFile(logFile, 'utf8')).toMatch(/^# line 0\n[\s\S]*\n# line 4999\n$/);
    expect(child.log()).toContain('line 4999');
    expect(child.log().length).toBeLessThanOrEqual(20_000);
  });
});

describe('readiness', () => {
  it('comes when the address answers', async () => {
    const port = await freePort();
    const child = script(
      `setTimeout(() => require("node:http").createServer((_, r) => r.end("ok")).listen(${port}, "127.0.0.1"), 200)`,
    );
    await untilReady('The child', child, { url: `http://127.0.0.1:${port}/`, withinMs: 10_000 });
    await child.stop();
  });

  it('that never comes ends the child and tells its last words', async () => {
    const port = await freePort();
    const child = script('console.log("I think about it"); setInterval(() => {}, 1000)');
    const ready = untilReady('The child', child, { url: `http://127.0.0.1:${port}/`, withinMs: 1_500 });
    await expect(ready).rejects.toThrow(/was not ready after 1.5 s. Its last words:\n {2}I think about it/);
    expect(child.exit?.signal).toBe('SIGTERM');
  });

  it('of a child that ends first is how it ended', async () => {
    const child = script('process.exitCode = 4');
    const ready = untilReady('The child', child, {
      url: `http://127.0.0.1:${await freePort()}/`,
      withinMs: 60_000,
    });
    await expect(ready).rejects.toThrow('The child ended with exit code 4. It wrote nothing.');
  });

  it('is given up when the signal is aborted', async () => {
    const child = script('setInterval(() => {}, 1000)');
    const stop = new AbortController();
    const url = `http://127.0.0.1:${await freePort()}/`;
    const ready = untilReady('The child', child, { url, withinMs: 60_000, signal: stop.signal });
    stop.abort(new Error('enough'));
    await expect(ready).rejects.toThrow();
    expect(child.exit).toBeDefined();
  });
});
