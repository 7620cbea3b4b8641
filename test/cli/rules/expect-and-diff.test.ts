/** `rules run` with expectations and against revisions of git, and `rules test --changed`. */
import { execFileSync } from 'node:child_process';
import { readdir, rm, writeFile } from 'node:fs/promises';
import { gzipSync } from 'node:zlib';
import { describe, expect, it, vi } from 'vitest';
import { runCommand } from '../../../src/cli/actions/rules/run.ts';
import { testCommand } from '../../../src/cli/actions/rules/test.ts';
import { captured, folderWith, line, SIGMA_RULE } from './support.ts';

const NEVER = new AbortController().signal;
const ID = '0b5e9a5c-5f0e-4f9e-8c55-2f3a4b1c7d01';
const process = (name: string) =>
  line('DeviceProcessEvents', { FolderPath: `C:\\${name}`, FileName: name, ProcessCommandLine: name });
const OTHER = SIGMA_RULE.replace('Whoami', 'Ping').replace('7d01', '7d02').replace('whoami.exe', 'ping.exe');

async function corpus(more: Readonly<Record<string, string>> = {}) {
  const folder = await folderWith({
    'rules/detections/whoami.yml': SIGMA_RULE,
    'rules/detections/ping.yml': OTHER,
    'corpus/h=01/PT1H.json': `${process('whoami.exe')}\n${process('ping.exe')}\n`,
    'corpus/h=02/PT1H.json.gz': gzipSync(`${process('whoami.exe')}\n`),
    'corpus/h=03/file.jsonl': `${line('DeviceFileEvents', { FileName: 'whoami.exe' })}\n`,
    'corpus/README.md': 'no rows',
    ...more,
  });
  return { folder, transforms: `${folder}/rules`, inputs: [`${folder}/corpus`], format: 'json' } as const;
}

describe('rules run on a corpus', () => {
  it('reads folders, with gzip, and only the given tables', async () => {
    const { folder: _, ...options } = await corpus();
    const out = captured();
    expect(await runCommand(options, out)).toBe(0);
    expect(JSON.parse(out.text())).toMatchObject({ rows: 4, rules: { Whoami: 2, Ping: 1 } });
    const some = captured();
    expect(await runCommand({ ...options, tables: ['deviceprocessevents'] }, some)).toBe(0);
    expect(JSON.parse(some.text())).toMatchObject({ rows: 3, tables: { DeviceProcessEvents: 3 } });
  });

  it('refuses a folder without rows', async () => {
    const { folder, ...options } = await corpus();
    await expect(runCommand({ ...options, inputs: [`${folder}/rules`] }, captured())).rejects.toMatchObject({
      code: 'rows_unreadable',
    });
  });
});

describe('rules run --expect', () => {
  async function run(text: string, format: 'json' | 'text' | 'junit' | 'sarif' | 'github' = 'json') {
    const { folder, ...options } = await corpus({ 'expectations.yaml': text });
    const out = captured();
    const code = await runCommand({ ...options, format, expect: `${folder}/expectations.yaml` }, out);
    return { code, text: out.text() };
  }
  const codes = (text: string) =>
    JSON.parse(text).expectations.map((one: { code: string; severity: string; span: { line: number } }) => [
      one.severity,
      one.code,
      one.span.line,
    ]);

  it('is content with counts within bounds, by title or id', async () => {
    const { code, text } = await run(`rules:\n  ${ID}: { at_least: 1, at_most: 2 }\n  Ping: 1\n`);
    expect(code).toBe(0);
    expect(codes(text)).toEqual([]);
  });

  it.each([
    ['at_least: 3', 'at least 3'],
    ['at_most: 1', 'at most 1'],
    ['exactly: 1', 'exactly 1'],
  ])('fails for %s', async (bound, told) => {
    const { code, text } = await run(`unexpected: ignore\nrules:\n  Whoami: { ${bound} }\n`);
    expect(code).toBe(1);
    expect(codes(text)).toEqual([['error', 'failed-expectation', 3]]);
    expect(text).toContain(`\\"Whoami\\" matched 2 rows, expected ${told}`);
  });

  it.each([
    ['fail', 1, [['error', 'unexpected-match', 1]]],
    ['warn', 0, [['warning', 'unexpected-match', 1]]],
    ['ignore', 0, []],
  ] as const)('takes rules that are not listed as told: %s', async (unexpected, expected, found) => {
    const { code, text } = await run(`unexpected: ${unexpected}\nrules: { Whoami: 2 }\n`);
    expect([code, codes(text)]).toEqual([expected, found]);
  });

  it('names rules that do not exist, also if they shall not match', async () => {
    const { code, text } = await run('unexpected: ignore\nrules: { Whoamy: 0 }\n');
    expect(code).toBe(1);
    expect(codes(text)).toEqual([['error', 'unknown-rule', 2]]);
    expect(text).toContain('Whoami');
  });

  it('writes a line and a caret, JUnit, SARIF and annotations', async () => {
    const wrong = 'unexpected: ignore\nrules: { Whoami: 3, Ping: 1 }\n';
    expect((await run(wrong, 'text')).text).toMatch(
      /yaml:2:10: error: "Whoami" matched 2 rows.*\n.*\n.*\^{6}/,
    );
    const junit = await run(wrong, 'junit');
    expect(junit.code).toBe(1);
    expect(junit.text).toContain('tests="2" failures="1"');
    expect(JSON.parse((await run(wrong, 'sarif')).text).runs[0].results).toHaveLength(1);
    expect((await run(wrong, 'github')).text).toMatch(/^::error file=.*expectations\.yaml,line=2,col=10/);
    const good = await run('rules: { Whoami: 2, Ping: 1 }\n', 'text');
    expect(good.text).toContain('2 expectations: all met');
  });

  it.each([
    'rules: { Whoami: { exactly: 1, at_least: 1 } }\n',
    'rules: { Whoami: {} }\n',
    'rules: { Whoami: { at_least: 3, at_most: 2 } }\n',
    'rules: { Whoami: -1 }\n',
    'rule: { Whoami: 1 }\n',
  ])('refuses %j', async (text) => {
    await expect(run(text)).rejects.toThrow(/expectations\.yaml:\d/);
  });

  it('refuses forms of findings without expectations', async () => {
    const { folder: _, ...options } = await corpus();
    await expect(runCommand({ ...options, format: 'junit' }, captured())).rejects.toThrow('--expect');
  });
});

/** A corpus whose rules are committed to a repository. */
async function repository(more: Readonly<Record<string, string>> = {}) {
  const made = await corpus(more);
  const git = (...args: string[]) =>
    execFileSync('git', ['-c', 'user.name=a', '-c', 'user.email=a@example.com', ...args], {
      cwd: made.folder,
    });
  git('init', '-q', '-b', 'main');
  git('add', '.');
  git('commit', '-q', '-m', 'first');
  return { ...made, git };
}

describe('rules run --diff with git', () => {
  it('compares the folder with a revision, and two revisions', async () => {
    const { folder, git, ...options } = await repository();
    await writeFile(`${folder}/rules/detections/whoami.yml`, SIGMA_RULE.replace('whoami.exe', 'nobody.exe'));
    await rm(`${folder}/rules/detections/ping.yml`);
    const temporary = await folderWith({});
    vi.stubEnv('TMPDIR', temporary);
    const out = captured();
    expect(await runCommand({ ...options, diff: 'main' }, out)).toBe(0);
    expect(JSON.parse(out.text())).toMatchObject({ rules: {}, other: { rules: { Whoami: 2, Ping: 1 } } });
    git('commit', '-q', '-a', '-m', 'second');
    const two = captured();
    expect(await runCommand({ ...options, diff: 'main~1..main' }, two)).toBe(0);
    expect(JSON.parse(two.text())).toMatchObject({ rules: {}, other: { rules: { Whoami: 2, Ping: 1 } } });
    expect(await readdir(temporary)).toEqual([]);
    vi.unstubAllEnvs();
  });

  it('says if the folder had another name in the revision, where all rules would count as new', async () => {
    const { folder, git, transforms: _, ...options } = await repository();
    git('mv', 'rules', 'renamed');
    await rm(`${folder}/renamed/detections/ping.yml`);
    const out = captured();
    const given = { ...options, transforms: `${folder}/renamed`, diff: 'main', format: 'markdown' } as const;
    expect(await runCommand(given, out)).toBe(0);
    expect(out.notes()).toMatch(/^main has no rule files in .*renamed/);
    expect(out.text()).toMatch(/> \[!WARNING\]\n> `main has no rule files in /);
  });

  it.each(['nowhere', '--output=/tmp/x', '$(touch x)', '; ls'])('refuses %j', async (diff) => {
    const { folder: _, git: __, ...options } = await repository();
    await expect(runCommand({ ...options, diff }, captured())).rejects.toMatchObject({
      code: 'revision_unreadable',
    });
  });

  it('refuses a folder that is in no repository', async () => {
    const { folder: _, ...options } = await corpus();
    await expect(runCommand({ ...options, diff: 'main' }, captured())).rejects.toMatchObject({
      code: 'revision_unreadable',
    });
  });
});

describe('rules test --changed', () => {
  const TESTS = `tests:
  - { title: processes, table: DeviceProcessEvents, row: { FileName: a.exe }, expect: { alerts: [] } }
  - { title: files, table: DeviceFileEvents, row: { FileName: a.exe }, expect: { alerts: [] } }
`;
  const FILE_TABLE =
    'table: DeviceFileEvents\nfilter:\n  - title: Tmp\n    detection: { t: { FileName: a.tmp }, condition: t }\n';

  it('runs the tests that a change may concern', async () => {
    const { folder, git, transforms } = await repository({
      'rules/detections/all.test.yaml': TESTS,
      'rules/DeviceFileEvents.yaml': FILE_TABLE,
    });
    const run = async () => {
      const out = captured();
      expect(await testCommand({ transforms, format: 'text', changed: 'main' }, out, NEVER)).toBe(0);
      return /^(\d+) tests?/.exec(out.text())?.[1];
    };
    expect(await run()).toBe('0');
    await writeFile(`${folder}/rules/detections/ping.yml`, OTHER.replace('ping.exe', 'pong.exe'));
    expect(await run()).toBe('1');
    git('checkout', '-q', '.');
    await rm(`${folder}/rules/DeviceFileEvents.yaml`);
    expect(await run()).toBe('1');
    git('checkout', '-q', '.');
    await writeFile(`${folder}/rules/detections/all.test.yaml`, `${TESTS}# changed\n`);
    expect(await run()).toBe('2');
    git('checkout', '-q', '.');
    await writeFile(`${folder}/rules/schema.yaml`, 'tables: { DeviceFileEvents: { Mine: string } }\n');
    expect(await run()).toBe('2');
  });
});
