import { execFile } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';
import { COMMAND } from '../../../lab/serve.ts';
import { checkCommand } from '../../../src/cli/actions/rules/check.ts';
import { testCommand } from '../../../src/cli/actions/rules/test.ts';
import { runOnChange } from '../../../src/cli/actions/rules/watch.ts';
import { captured, folderWith, PROCESS_TABLE, RELAY, SIGMA_RULE } from './support.ts';

const NEVER = new AbortController().signal;

describe('rules check', () => {
  it('is quiet and content with good rules', async () => {
    const transforms = await folderWith({
      'DeviceProcessEvents.yaml': PROCESS_TABLE,
      'detections/whoami.yml': SIGMA_RULE,
      'README.md': 'not a rule',
    });
    const out = captured();
    expect(await checkCommand({ transforms, format: 'text' }, out)).toBe(0);
    expect(out.text()).toMatch(/2 files, no problems$/);
    expect(await checkCommand({ transforms, format: 'json' }, captured())).toBe(0);
  });

  it('shows file, line, caret, message and hint', async () => {
    const transforms = await folderWith({
      'DeviceEvents.yaml': 'table: DeviceEvents\ntransform:\n  - renam: { MD5: md5 }\n',
    });
    const out = captured();
    expect(await checkCommand({ transforms, format: 'text' }, out)).toBe(1);
    expect(out.text().split('\n')).toEqual([
      `${transforms}/DeviceEvents.yaml:3:5: error: no step is named "renam" [unknown-step]`,
      '  3 |   - renam: { MD5: md5 }',
      '    |     ^^^^^',
      '  hint: did you mean "rename"?',
      '',
      '1 error',
    ]);
  });

  it('finds mistakes in tests, and in test files', async () => {
    const transforms = await folderWith({
      'DeviceEvents.yaml':
        'table: DeviceEvents\ntests:\n  - title: a\n    row: { ActionTyp: x }\n    expect: { forwarded: [] }\n',
      'detections/x.test.yaml': 'tests:\n  - { title: a, row: {}, expect: { alerts: [] } }\n',
    });
    const out = captured();
    expect(await checkCommand({ transforms, format: 'json' }, out)).toBe(1);
    const found: { code: string; severity: string; hint?: string }[] = JSON.parse(out.text());
    expect(found.map(({ code, severity }) => `${severity} ${code}`).sort()).toEqual([
      'error missing-key',
      'warning unknown-column',
    ]);
    expect(JSON.stringify(found)).toContain('ActionType');
  });

  it('says which files nothing reads for their names', async () => {
    const transforms = await folderWith({
      'DeviceProcessEvents.yaml': PROCESS_TABLE,
      'detections/whoami.yml.txt': SIGMA_RULE,
      'detections/LICENSE.txt': 'none',
    });
    const out = captured();
    expect(await checkCommand({ transforms, format: 'text' }, out)).toBe(0);
    expect(out.text().split('\n')).toEqual([
      `${transforms}/detections/whoami.yml.txt:1:1: warning: nothing reads a file of this name [file-ending]`,
      '  hint: rename it to whoami.yml',
      '',
      '1 warning',
    ]);
  });

  it('says so of a folder of Sigma rules alone, and of those files only that are meant', async () => {
    const rules = await folderWith({
      'windows/a.yml': SIGMA_RULE,
      'windows/b.yml.txt': '',
      'linux/c.ymal': '',
    });
    const out = captured();
    expect(await checkCommand({ paths: [rules], format: 'text' }, out)).toBe(0);
    expect(out.text()).toContain(`${rules}/linux/c.ymal:1:1: warning`);
    const some = captured();
    await checkCommand({ transforms: rules, paths: [join(rules, 'windows')], format: 'json' }, some);
    expect(JSON.parse(some.text()).map((one: { file: string }) => one.file)).toEqual(
      expect.arrayContaining([`${rules}/windows/b.yml.txt`]),
    );
    expect(some.text()).not.toContain('c.ymal');
  });

  it('fails on a folder without rule files', async () => {
    const transforms = await folderWith({ 'README.md': 'not a rule' });
    const out = captured();
    expect(await checkCommand({ transforms, format: 'json' }, out)).toBe(1);
    expect(JSON.parse(out.text())).toMatchObject([
      { severity: 'error', code: 'empty-folder', file: transforms },
    ]);
  });

  it('fails on a folder whose files lie where nothing reads them', async () => {
    const transforms = await folderWith({ 'windows/whoami.yml': SIGMA_RULE });
    const out = captured();
    expect(await checkCommand({ transforms, format: 'json' }, out)).toBe(1);
    expect(JSON.parse(out.text()).map((one: { code: string }) => one.code)).toEqual([
      'empty-folder',
      'ignored-file',
    ]);
  });

  it('counts many findings by kind, and shows each where it is asked to', async () => {
    const rules = Array.from(
      { length: 30 },
      (_, n) =>
        `title: Rule ${n}\nlogsource: { category: process_creation }\ndetection: { s: { User: x }, condition: s }\n`,
    );
    const transforms = await folderWith({ 'detections/all.yml': rules.join('---\n') });
    const brief = captured();
    expect(await checkCommand({ transforms, format: 'text' }, brief)).toBe(0);
    expect(brief.text().split('\n')).toEqual([
      'By kind, each with an example',
      expect.stringMatching(/^ {2}30 warning no-level the rule has no level/),
      '',
      '30 warnings; "xdr-relay rules check --verbose" shows each',
    ]);
    const verbose = captured();
    await checkCommand({ transforms, format: 'text', verbose: true }, verbose);
    expect(verbose.text().match(/\[no-level\]/g)).toHaveLength(30);
    const json = captured();
    await checkCommand({ transforms, format: 'json' }, json);
    expect(JSON.parse(json.text())).toHaveLength(30);
  });

  it('writes annotations for GitHub', async () => {
    const transforms = await folderWith({ 'DeviceEvents.yaml': 'table: DeviceEvents\nrotes: []\n' });
    const out = captured();
    await checkCommand({ transforms, format: 'github' }, out);
    expect(out.text()).toBe(
      `::error file=${transforms.replaceAll(',', '%2C')}/DeviceEvents.yaml,line=2,col=1,endColumn=6,title=unknown-key::unknown key "rotes"%0Ahint: did you mean "routes"?`,
    );
  });

  it('takes destinations and variables from relay.yaml, without a secret being set', async () => {
    const folder = await folderWith({
      'relay.yaml': RELAY,
      'rules/DeviceProcessEvents.yaml': PROCESS_TABLE,
      'rules/DeviceEvents.yaml':
        'table: DeviceEvents\ntransform:\n  - hash: { columns: AccountName, key: $HASH_KEY }\nroutes:\n  - to: splnk\n',
    });
    const out = captured();
    expect(await checkCommand({ config: join(folder, 'relay.yaml'), format: 'text' }, out)).toBe(1);
    expect(out.text()).toContain('names no destination [unknown-destination]');
    expect(out.text()).toMatch(/did you mean "splunk"\?\n\n1 error$/);
  });
});

const TESTS = `tests:
  - title: the sensor is filtered
    row: { InitiatingProcessFileName: MsSense.exe }
    expect: { filtered: The sensor, forwarded: [], alerts: [] }
  - title: a lolbin alerts
    row: { FileName: certutil.exe, ProcessCommandLine: certutil http://x, DeviceName: ws-01, MD5: x }
    expect:
      forwarded: [soc-slack, splunk]
      alerts: ['DeviceProcessEvents: lolbin']
      event: { host: ws-01 }
      absent: [MD5, DeviceName]
`;

describe('rules test', () => {
  it('passes what is right, in table files and beside detections', async () => {
    const transforms = await folderWith({
      'DeviceProcessEvents.yaml': PROCESS_TABLE + TESTS,
      'detections/whoami.yml': SIGMA_RULE,
      'detections/whoami.test.yaml': `table: DeviceProcessEvents
tests:
  - { title: by title, row: { FolderPath: 'C:\\a\\whoami.exe' }, expect: { alerts: [Whoami] } }
  - { title: by id, row: { FolderPath: 'C:\\a\\whoami.exe' }, expect: { alerts: [0b5e9a5c-5f0e-4f9e-8c55-2f3a4b1c7d01] } }
`,
    });
    const out = captured();
    expect(await testCommand({ transforms, format: 'text' }, out, NEVER)).toBe(0);
    expect(out.text()).toBe('4 tests: 4 passed');
    const some = captured();
    await testCommand({ transforms, format: 'text', only: 'lolbin' }, some, NEVER);
    expect(some.text()).toBe('1 test: 1 passed');
  });

  it('shows the difference of what fails', async () => {
    const transforms = await folderWith({
      'DeviceProcessEvents.yaml': `${PROCESS_TABLE}tests:
  - title: all wrong
    row: { FileName: certutil.exe, ProcessCommandLine: certutil http://x, DeviceName: ws-01 }
    expect: { filtered: true, forwarded: [splunk], alerts: [], event: { host: ws-02, none: 1 }, absent: [host] }
`,
    });
    const out = captured();
    expect(await testCommand({ transforms, format: 'text' }, out, NEVER)).toBe(1);
    expect(out.text().split('\n')).toEqual([
      `✗ all wrong ${transforms}/DeviceProcessEvents.yaml:18:12`,
      '    filtered  - expected + received',
      '      - true',
      '      + false',
      '    forwarded  - expected + received',
      '        [',
      '      +   "soc-slack",',
      '          "splunk"',
      '        ]',
      '    alerts  - expected + received',
      '      - []',
      '      + [',
      '      +   "DeviceProcessEvents: lolbin"',
      '      + ]',
      '    event  - expected + received',
      '        {',
      '      -   "host": "ws-02",',
      '      -   "none": 1',
      '      +   "host": "ws-01"',
      '        }',
      '    absent  - expected + received',
      '      - []',
      '      + [',
      '      +   "host"',
      '      + ]',
      '',
      '1 test: 0 passed, 1 failed',
    ]);
    const json = captured();
    expect(await testCommand({ transforms, format: 'json' }, json, NEVER)).toBe(1);
    expect(JSON.parse(json.text())).toMatchObject([{ code: 'failed-test', span: { line: 18 } }]);
  });

  it('runs nothing when the rules have mistakes', async () => {
    const transforms = await folderWith({ 'DeviceEvents.yaml': `table: DeviceEvents\nrotes: []\n${TESTS}` });
    const out = captured();
    expect(await testCommand({ transforms, format: 'text' }, out, NEVER)).toBe(1);
    expect(out.text()).toContain('unknown key "rotes"');
  });

  it('runs again when a file changes, until it is told to end', async () => {
    const transforms = await folderWith({ 'DeviceProcessEvents.yaml': PROCESS_TABLE + TESTS });
    const out = captured();
    const ending = new AbortController();
    let runs = 0;
    const ended = runOnChange(
      [transforms],
      async () => {
        runs += 1;
        await testCommand({ transforms, format: 'text' }, out, NEVER);
      },
      out,
      ending.signal,
    );
    await expect.poll(() => out.notes()).toContain('watching');
    const changed = PROCESS_TABLE + TESTS.replace('filtered: The sensor,', 'filtered: Nobody,');
    // Writing until it is seen: when the watcher is ready, nothing tells.
    await expect
      .poll(
        async () => {
          await writeFile(join(transforms, 'DeviceProcessEvents.yaml'), changed);
          return out.text();
        },
        { interval: 300, timeout: 15_000 },
      )
      .toContain('1 failed');
    ending.abort();
    await ended;
    expect(runs).toBeGreaterThanOrEqual(2);
  });
});

describe('the command', () => {
  const run = async (...args: string[]) => {
    try {
      const { stdout, stderr } = await promisify(execFile)(process.execPath, [COMMAND, 'rules', ...args]);
      return { code: 0, stdout, stderr };
    } catch (error) {
      const { code, stdout, stderr } = error as { code: number; stdout: string; stderr: string };
      return { code, stdout, stderr };
    }
  };

  it('exits with 0, 1 and 2, as its help says', async () => {
    const transforms = await folderWith({ 'DeviceEvents.yaml': 'table: DeviceEvents\nrotes: []\n' });
    expect((await run('check', '--transforms', transforms)).code).toBe(1);
    const missing = await run('check', '--transforms', join(transforms, 'nowhere'));
    expect(missing.code).toBe(2);
    expect(missing.stderr).toMatch(/nowhere: no such file or folder/);
    expect((await run('check', '--frmat')).code).toBe(2);
    const help = await run('check', '--help');
    expect(help.code).toBe(0);
    expect(help.stdout).toContain('Exit codes');
  });
});
