/** The hooks of pre-commit: their form, and their entries with the files of a commit. */

import { execFileSync } from 'node:child_process';
import { mkdir, readFile, symlink, writeFile } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { z } from 'zod';
import { COMMAND } from '../../lab/serve.ts';
import { folderWith, SIGMA_RULE } from '../cli/rules/support.ts';
import { bash } from './runner.ts';

/** Each test starts up to a dozen processes of Node one after the other. Milliseconds. */
const MANY_PROCESSES = 240_000;

/** The keys of pre-commit's documentation, "Creating new hooks", that are used here. */
const hooksSchema = z.array(
  z.strictObject({
    id: z.string(),
    name: z.string(),
    description: z.string(),
    entry: z.string(),
    language: z.literal('system'),
    files: z.string(),
    require_serial: z.boolean().optional(),
    pass_filenames: z.boolean().default(true),
  }),
);

const TESTS =
  'table: DeviceProcessEvents\ntests:\n  - { title: found, row: { FolderPath: C:\\whoami.exe }, expect: { alerts: [Whoami] } }\n';

/** A repository with a commit, and the package where npm puts it. */
async function repository() {
  const folder = await folderWith({
    'transforms/detections/whoami.yml': SIGMA_RULE,
    'transforms/detections/whoami.test.yaml': TESTS,
    'package.json': '{"name":"rules","private":true}',
    '.gitignore': 'node_modules\n',
  });
  await mkdir(`${folder}/node_modules/.bin`, { recursive: true });
  await symlink(COMMAND, `${folder}/node_modules/.bin/xdr-relay`);
  const git = (...args: string[]) =>
    execFileSync('git', ['-c', 'user.name=a', '-c', 'user.email=a@example.com', ...args], { cwd: folder });
  git('init', '-q');
  git('add', '.');
  git('commit', '-q', '-m', 'first');
  return folder;
}

/** Runs a hook as pre-commit does: the entry's words, then the files of the commit that `files` fits. */
async function runHook(folder: string, id: string, committed: readonly string[]) {
  const hook = hooksSchema
    .parse(parse(await readFile('.pre-commit-hooks.yaml', 'utf8')))
    .find((one) => one.id === id);
  if (!hook) throw new Error(`no hook ${id}`);
  const files = committed.filter((path) => new RegExp(hook.files).test(path));
  if (files.length === 0) return undefined;
  const quoted = (hook.pass_filenames ? files : []).map((path) => `'${path}'`);
  return await bash([hook.entry, ...quoted].join(' '), folder, {
    PATH: process.env.PATH ?? '',
    HOME: folder,
    ...(process.env.NODE_COMPILE_CACHE && { NODE_COMPILE_CACHE: process.env.NODE_COMPILE_CACHE }),
  });
}

describe('the hooks of pre-commit', { timeout: MANY_PROCESSES }, () => {
  it('pass for rules that are right, and are left out for other files', async () => {
    const folder = await repository();
    const files = ['transforms/detections/whoami.yml', 'README.md'];
    for (const id of ['xdr-relay-check', 'xdr-relay-lint', 'xdr-relay-test']) {
      const ran = await runHook(folder, id, files);
      expect({ id, code: ran?.code, log: ran?.code === 0 ? '' : ran?.log }).toEqual({ id, code: 0, log: '' });
      expect(await runHook(folder, id, ['README.md', 'src/transforms/a.yml'])).toBeUndefined();
    }
  });

  it('fail for a mistake, and for a test that the change breaks', async () => {
    const folder = await repository();
    const path = 'transforms/detections/whoami.yml';
    await writeFile(`${folder}/${path}`, SIGMA_RULE.replace('whoami.exe', 'nobody.exe'));
    expect(await runHook(folder, 'xdr-relay-test', [path])).toMatchObject({
      code: 1,
      log: expect.stringContaining('1 failed'),
    });
    await writeFile(`${folder}/${path}`, SIGMA_RULE.replace('condition: selection', 'condition: nothing'));
    expect(await runHook(folder, 'xdr-relay-check', [path])).toMatchObject({ code: 1 });
  });
});
