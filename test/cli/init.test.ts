/** `xdr-relay init`: what it writes, what it asks, and that it overwrites nothing that a person has written. */
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ignoreEnv } from '../../src/cli/actions/ignore-env.ts';
import { type InitOptions, runInit } from '../../src/cli/actions/init.ts';
import { commandHere } from '../../src/cli/actions/started-by.ts';
import { isClone, packageFolder } from '../../src/hosts/node/package-folder.ts';
import { captured } from './captured.ts';

const ROOT = join(import.meta.dirname, '../..');

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'xdr-relay-init-'));
});
afterEach(() => rm(folder, { recursive: true }));

/** Runs init in the folder; `answer` is what a person types. */
async function init(options: Partial<InitOptions> = {}, answer?: string) {
  const out = captured();
  const questions: string[] = [];
  const ask = async (question: string) => {
    questions.push(question);
    return answer ?? '';
  };
  const all = { folder, force: false, minimal: false, yes: false, ...options };
  await runInit(all, { ...out, ...(answer !== undefined && { ask }) });
  return { text: out.text(), questions };
}

const at = (...names: string[]) => join(folder, ...names);
const filesIn = async (name: string) =>
  (await readdir(at(name), { recursive: true })).filter((file) => /\.ya?ml$/.test(file)).toSorted();
const shipped = async () =>
  (await readdir(join(ROOT, 'transforms'), { recursive: true }))
    .filter((file) => /\.ya?ml$/.test(file))
    .toSorted();

describe('init', () => {
  it('writes relay.yaml with a schema line that leads to a schema, and the shipped rules with theirs', async () => {
    const { questions } = await init();
    expect(questions).toEqual([]);
    const yaml = await readFile(at('relay.yaml'), 'utf8');
    const [, schema = ''] = /^# yaml-language-server: \$schema=(\S+)$/m.exec(yaml) ?? [];
    expect(JSON.parse(await readFile(at(schema), 'utf8'))).toMatchObject({
      title: expect.stringContaining('relay.yaml'),
    });
    expect(await filesIn('transforms')).toEqual(await shipped());
    for (const file of await filesIn('transforms')) {
      const text = await readFile(at('transforms', file), 'utf8');
      const [, its] = /^# yaml-language-server: \$schema=(\S+)$/m.exec(text) ?? [];
      if (its !== undefined) await readFile(join(at('transforms', file), '..', its));
    }
    expect(await readFile(at('.gitignore'), 'utf8')).toMatch(/^\.env$/m);
  });

  it('asks a terminal, and takes no for an answer', async () => {
    const { questions } = await init({}, 'n');
    expect(questions).toEqual([expect.stringMatching(/\d{2} tables and \d{2} detections .*\[Y\/n\] $/)]);
    expect(await filesIn('transforms')).toEqual([]);
    await init({ force: true }, '');
    expect(await filesIn('transforms')).toEqual(await shipped());
  });

  it('asks nothing with --yes and with --minimal', async () => {
    expect(await init({ minimal: true }, '')).toMatchObject({ questions: [] });
    expect(await filesIn('transforms')).toEqual([]);
    expect(await init({ yes: true, force: true }, 'n')).toMatchObject({ questions: [] });
    expect(await filesIn('transforms')).toEqual(await shipped());
  });

  it('leaves rules alone that are there, with --force too', async () => {
    await mkdir(at('transforms'));
    await writeFile(at('transforms/DeviceEvents.yaml'), 'table: DeviceEvents\n');
    expect((await init({ force: true, yes: true })).text).toMatch(/transforms as it is/);
    expect(await filesIn('transforms')).toEqual(['DeviceEvents.yaml']);
    expect(await readFile(at('transforms/DeviceEvents.yaml'), 'utf8')).toBe('table: DeviceEvents\n');
  });

  it.each(['relay.yaml', '.env.example'])('writes nothing where %s exists', async (name) => {
    await writeFile(at(name), 'mine');
    await expect(init()).rejects.toMatchObject({
      code: 'file_exists',
      message: expect.stringContaining(name),
    });
    expect(await readdir(folder)).toEqual([name]);
    expect(await readFile(at(name), 'utf8')).toBe('mine');
  });

  it('says how to go on as the reader started it', () => {
    expect(commandHere({ npm_command: 'exec' })).toBe('npx xdr-relay');
    expect(commandHere({ npm_command: 'run-script' })).toBe('npm run xdr-relay --');
    expect(commandHere({ npm_command: 'run' })).toBe('npm run xdr-relay --');
    expect(commandHere({})).toBe('xdr-relay');
  });
});

describe('.gitignore', () => {
  it.each([
    ['node_modules/', 'node_modules/\n.env\n'],
    ['', '.env\n'],
    ['.env.example\n', '.env.example\n.env\n'],
  ])('gets the line that is missing: %j', async (before, after) => {
    await writeFile(at('.gitignore'), before);
    expect(await ignoreEnv(at('.gitignore'))).toMatch(/^Added \.env/);
    expect(await readFile(at('.gitignore'), 'utf8')).toBe(after);
  });

  it.each(['.env\n', 'a\r\n/.env\r\nb\r\n', '.env*\n', '*.env'])('stays as it is: %j', async (before) => {
    await writeFile(at('.gitignore'), before);
    expect(await ignoreEnv(at('.gitignore'))).toBe('');
    expect(await readFile(at('.gitignore'), 'utf8')).toBe(before);
  });
});

describe('the folder of xdr-relay', () => {
  it('is found from below, and is missed where the command was copied away', async () => {
    expect(packageFolder()).toBe(ROOT);
    expect(isClone(ROOT)).toBe(true);
    await mkdir(at('node_modules/xdr-relay/dist/node/chunks'), { recursive: true });
    await writeFile(at('package.json'), '{"name":"a-project"}');
    const chunks = at('node_modules/xdr-relay/dist/node/chunks');
    expect(() => packageFolder(chunks)).toThrow(expect.objectContaining({ code: 'package_incomplete' }));
    await writeFile(at('node_modules/xdr-relay/package.json'), '{"name":"xdr-relay"}');
    expect(packageFolder(chunks)).toBe(at('node_modules/xdr-relay'));
    expect(isClone(packageFolder(chunks))).toBe(false);
  });
});
