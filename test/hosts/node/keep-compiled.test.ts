/** Compiled code is kept in a folder of this user's, wherever a link leads and whatever Node itself uses. Each start is a process of its own. */
import { execFile } from 'node:child_process';
import { chmod, mkdir, mkdtemp, readdir, realpath, rm, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterEach, beforeEach, expect, it } from 'vitest';

const run = promisify(execFile);
const MODULE = new URL('../../../src/hosts/node/keep-compiled.ts', import.meta.url).href;
const PROGRAM = `
const { compiledFolder, keepCompiled } = await import(${JSON.stringify(MODULE)});
console.log(JSON.stringify([keepCompiled(process.argv[1]) ?? null, compiledFolder() ?? null]));
`;

let folder = '';
const at = (name: string) => join(folder, name);

beforeEach(async () => {
  folder = await realpath(await mkdtemp(join(tmpdir(), 'xdr-relay-keep-')));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

/** @returns where this start keeps compiled code, and where one that only looks finds it. */
async function start(env: NodeJS.ProcessEnv = {}): Promise<unknown> {
  const { NODE_COMPILE_CACHE: _, NODE_DISABLE_COMPILE_CACHE: __, ...others } = process.env;
  const { stdout } = await run(process.execPath, ['--input-type=module', '--eval', PROGRAM, folder], {
    env: { ...others, ...env },
  });
  return JSON.parse(stdout);
}

it('is beside the command, or where it is said to be', async () => {
  expect(await start()).toEqual([at('compiled'), at('compiled')]);
  expect(await start({ NODE_COMPILE_CACHE: at('a/b') })).toEqual([at('a/b'), at('a/b')]);
  expect(await start({ NODE_DISABLE_COMPILE_CACHE: '1' })).toEqual([null, null]);
});

it('is the folder that a link leads to, since the link may lead elsewhere later', async () => {
  await mkdir(at('real'), { mode: 0o700 });
  await symlink(at('real'), at('link'));
  expect(await start({ NODE_COMPILE_CACHE: at('link') })).toEqual([at('real'), at('real')]);
});

it('is known by its own rights, and not by those of the folder that Node makes in it', async () => {
  await mkdir(at('shared'));
  await chmod(at('shared'), 0o777);
  expect(await start({ NODE_COMPILE_CACHE: at('shared') })).toEqual([null, at('shared')]);
  expect(await readdir(at('shared'))).not.toContain('serve.compiled');
});

it('is nowhere where there can be none', async () => {
  await symlink(at('circle'), at('circle'));
  expect(await start({ NODE_COMPILE_CACHE: at('circle') })).toEqual([null, null]);
});
