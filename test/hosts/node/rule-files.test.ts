/** Rule files that a start reads at once are those that a running relay reads beside its work, and fail alike. */
import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { loadRuleFolders } from '../../../src/hosts/node/rule-files.ts';

let folder = '';

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'rule-files-'));
  await mkdir(join(folder, 'good/detections'), { recursive: true });
  await mkdir(join(folder, 'bad'));
  const many = Array.from({ length: 150 }, (_, n) => [`good/detections/${n}.yml`, `title: ${n}`] as const);
  const files = [...many, ['good/a.yaml', 'é'], ['good/.b.yaml', 'b'], ['good/c.txt', 'c']] as const;
  await Promise.all(files.map(([path, text]) => writeFile(join(folder, path), text)));
  await symlink('a.yaml', join(folder, 'good/linked.yaml'));
  await writeFile(join(folder, 'bad/a.yaml'), Uint8Array.of(0x61, 0xff));
});

afterAll(() => rm(folder, { recursive: true, force: true }));

describe('rule files', () => {
  it('are the same at a start', async () => {
    const good = [join(folder, 'good')];
    const { files } = await loadRuleFolders(good, { isStart: true });
    expect(files.length).toBe(152);
    expect(files).toEqual((await loadRuleFolders(good)).files);
  });

  it.each([true, false])('fail alike (at a start: %s)', async (isStart) => {
    const load = (name: string) => loadRuleFolders([join(folder, name)], { isStart });
    await expect(load('none')).rejects.toMatchObject({ code: 'rules_folder_missing' });
    await expect(load('bad')).rejects.toMatchObject({ code: 'rules_file_unreadable' });
  });

  it('leave signals and requests their turn while a start reads many', async () => {
    let turns = 0;
    let next: NodeJS.Immediate | undefined;
    const turn = () => {
      turns += 1;
      next = setImmediate(turn);
    };
    next = setImmediate(turn);
    await loadRuleFolders([join(folder, 'good')], { isStart: true });
    clearImmediate(next);
    expect(turns).toBeGreaterThan(1);
  });
});
