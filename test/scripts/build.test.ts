/** The built command stands alone: it runs from a folder without packages and without the sources. */
import { execFile } from 'node:child_process';
import { cp, mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, it } from 'vitest';
import manifest from '../../package.json' with { type: 'json' };
import { buildCommand } from '../../scripts/build.ts';

const run = promisify(execFile);
let folder = '';
let command = '';

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'xdr-relay-build-'));
  command = await buildCommand(join(folder, 'node'));
}, 120_000);

afterAll(() => rm(folder, { recursive: true, force: true }));

it('tells its version', async () => {
  const { stdout } = await run(process.execPath, [command, '--version'], { cwd: folder });
  expect(stdout.trim()).toBe(manifest.version);
});

it('checks a folder of rules', async () => {
  await cp(new URL('../../transforms', import.meta.url), join(folder, 'transforms'), { recursive: true });
  const { stdout } = await run(process.execPath, [command, 'rules', 'check', 'transforms'], { cwd: folder });
  expect(stdout).toMatch(/^transforms: \d+ files, no problems$/m);
});

it('has a source map for each file', async () => {
  const files = await readdir(join(folder, 'node'), { recursive: true });
  const scripts = files.filter((file) => file.endsWith('.js'));
  expect(scripts.length).toBeGreaterThan(3);
  for (const script of scripts) expect(files).toContain(`${script}.map`);
});
