import { utimes } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { listLists } from '../../src/cli/actions/lists/list.ts';
import { showList } from '../../src/cli/actions/lists/show.ts';
import { checkCommand } from '../../src/cli/actions/rules/check.ts';
import { mmdb } from '../databases/write-mmdb.ts';
import { captured } from './captured.ts';
import { folderWith } from './rules/support.ts';

const FILES = {
  'DeviceEvents.yaml': 'table: DeviceEvents\n',
  'lists/lists.yaml': 'lists:\n  c2: { type: network, max_age: 2d }\n  later: { type: hash }\n',
  'lists/c2.csv': 'network,campaign\n203.0.113.0/24,spring\n',
  'lists/old/tools.txt': 'a.exe\nb.exe\n',
};

async function folder() {
  const transforms = await folderWith(FILES);
  const threeDays = new Date(Date.now() - 3 * 86_400_000);
  await utimes(join(transforms, 'lists/c2.csv'), threeDays, threeDays);
  return transforms;
}

const TABLE = [
  'LIST   TYPE     ENTRIES  COLUMNS   AGE',
  'c2     network        1  campaign  3d   too old',
  'later  hash           0                 no file yet',
  expect.stringMatching(/^tools {2}text {11}2 {12}\ds?$/),
];

describe('lists list', () => {
  it('shows type, size and age', async () => {
    const out = captured();
    expect(await listLists({ transforms: await folder(), format: 'table' }, out)).toBe(0);
    expect(out.text().split('\n').slice(-4)).toEqual(TABLE);
    expect(out.notes()).toContain('warning: the list "later" is declared and has no file yet');
  });

  it('writes a line of JSON a list', async () => {
    const out = captured();
    expect(await listLists({ transforms: await folder(), format: 'json' }, out)).toBe(0);
    const lines = out
      .text()
      .split('\n')
      .map((line) => JSON.parse(line) as Record<string, unknown>);
    expect(lines[0]).toMatchObject({
      name: 'c2',
      type: 'network',
      entries: 1,
      too_old: true,
      max_age_ms: 172_800_000,
    });
  });

  it('says so when there are none, and when one has errors', async () => {
    const out = captured();
    expect(
      await listLists({ transforms: await folderWith({ 'a.yaml': 'table: a' }), format: 'table' }, out),
    ).toBe(0);
    expect(out.text()).toContain('there are no lists');
    const transforms = await folderWith({ 'lists/x.csv': 'a,a\n' });
    expect(await listLists({ transforms, format: 'table' }, out)).toBe(1);
    expect(out.notes()).toContain('lists/x.csv:1:1: error: two columns');
  });
});

describe('lists show', () => {
  it('shows a list, and what it says about values', async () => {
    const transforms = await folder();
    const out = captured();
    expect(await showList({ transforms, name: 'c2', values: [] }, out)).toBe(0);
    expect(out.text()).toContain('network');
    const second = captured();
    expect(await showList({ transforms, name: 'c2', values: ['203.0.113.9', '192.0.2.1'] }, second)).toBe(1);
    expect(second.text()).toBe('203.0.113.9: in the list  campaign=spring\n192.0.2.1: not in the list');
  });

  it('shows a database, its paths, and the records of addresses', async () => {
    const networks = { '203.0.113.0/24': { country: { iso_code: 'CH' }, site: 'a\u202eb' } };
    const transforms = await folderWith({
      'lists/geo.mmdb': mmdb({ networks, type: 'Cities', built: Date.parse('2026-11-01') / 1000 }),
      'lists/lists.yaml': 'lists: { geo: { max_age: 1d } }',
    });
    const out = captured();
    expect(await showList({ transforms, name: 'geo', values: [] }, out)).toBe(0);
    expect(out.text()).toMatch(/^geo {3}database {8}1 {2}country\.iso_code, site {2}.+ {2}too old$/m);
    expect(out.text()).toContain('Cities, made on 2026-11-01; its records have:\n  country.iso_code\n  site');
    const second = captured();
    const values = ['203.0.113.9', '10.0.0.1', 'x'];
    expect(await showList({ transforms, name: 'geo', values }, second)).toBe(1);
    expect(second.text()).toBe(
      '203.0.113.9: {"country":{"iso_code":"CH"},"site":"a\ufffdb"}\n10.0.0.1: not in the database\nx: not in the database',
    );
  });

  it('offers the names that are near', async () => {
    const transforms = await folder();
    await expect(showList({ transforms, name: 'tool', values: [] }, captured())).rejects.toMatchObject({
      code: 'unknown_list',
      message: 'no list is named "tool": did you mean "tools"?',
    });
  });
});

describe('rules check', () => {
  it('shows the lists, and warns of one that is too old', async () => {
    const out = captured();
    const transforms = await folder();
    expect(await checkCommand({ transforms, format: 'text' }, out)).toBe(0);
    expect(out.text()).toContain(
      `${transforms}/lists/c2.csv:1:1: warning: the list "c2" is 3d old, and at most 2d are expected [old-list]`,
    );
    expect(out.text().split('\n').slice(-4)).toEqual(TABLE);
    const github = captured();
    await checkCommand({ transforms, format: 'github' }, github);
    expect(github.text()).toContain('the list "c2" is 3d old');
    expect(github.text()).not.toContain('ENTRIES');
  });

  it('shows bytes that are not UTF-8 with their line', async () => {
    const transforms = await folderWith({ 'lists/x.txt': Buffer.from([0x61, 0x0a, 0x62, 0xff, 0x0a]) });
    const out = captured();
    expect(await checkCommand({ transforms, format: 'text' }, out)).toBe(1);
    expect(out.text()).toContain('lists/x.txt:2:2: error: the file is not UTF-8 here [bad-encoding]');
  });
});
