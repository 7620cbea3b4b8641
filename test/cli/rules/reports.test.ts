/** What CI systems show: Markdown, GitLab's Code Quality, and the files of `--report`. */
import { execFileSync } from 'node:child_process';
import { readFile, writeFile } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { checkCommand } from '../../../src/cli/actions/rules/check.ts';
import { lintCommand } from '../../../src/cli/actions/rules/lint.ts';
import { runCommand } from '../../../src/cli/actions/rules/run.ts';
import { testCommand } from '../../../src/cli/actions/rules/test.ts';
import { gitlabReport } from '../../../src/diagnostics/gitlab.ts';
import { markdownReport } from '../../../src/diagnostics/markdown.ts';
import { captured, folderWith, line, PROCESS_TABLE, SIGMA_RULE } from './support.ts';

const NEVER = new AbortController().signal;
const BROKEN = 'table: DeviceEvents\ntransform:\n  - renam: { MD5: md5 }\n';
const process = (name: string) =>
  line('DeviceProcessEvents', { FolderPath: `C:\\${name}`, FileName: name, ProcessCommandLine: name });
/** What would notify a team, break a table, run as HTML or as a workflow command. */
const HOSTILE = '@contoso/soc <script>alert(1)</script> `x` | [a](javascript:b) ::error::no ##[add-path]x';

describe('findings', () => {
  const finding = { severity: 'warning', code: 'no-level', file: 'a.yml', message: 'm' } as const;
  const at = (where: number) => ({ ...finding, span: { line: where, column: 1, length: 0 } });

  it('are a Code Quality report of GitLab, each with a fingerprint that its line does not change', () => {
    const [first, second] = JSON.parse(gitlabReport([at(3), at(5)]));
    expect(first).toMatchObject({
      check_name: 'no-level',
      description: 'm',
      severity: 'minor',
      location: { path: 'a.yml', lines: { begin: 3 } },
    });
    expect(first.fingerprint).not.toBe(second.fingerprint);
    expect(JSON.parse(gitlabReport([at(9)]))[0].fingerprint).toBe(first.fingerprint);
    expect(gitlabReport([])).toBe('[]');
  });

  it('are Markdown: errors first, and not too many', () => {
    const error = { ...at(1), severity: 'error' as const, message: HOSTILE };
    const text = markdownReport('t', [...Array.from({ length: 60 }, (_, n) => at(n + 1)), error]);
    const rows = text.split('\n').filter((one) => /^\| (?:error|warning)/.test(one));
    expect(rows).toHaveLength(40);
    expect(rows[0]).toContain('``@contoso/soc <script>alert(1)</script> `x` \\| [a](javascript:b)');
    expect(text).toMatch(/\*and 21 more\*$/);
  });
});

describe('--report', () => {
  it('writes files besides what is printed', async () => {
    const folder = await folderWith({ 'rules/DeviceEvents.yaml': BROKEN });
    const reports = (['junit', 'sarif', 'gitlab', 'markdown'] as const).map((format) => ({
      format,
      file: `${folder}/check.${format}`,
    }));
    const out = captured();
    const options = { transforms: `${folder}/rules`, format: 'github', reports } as const;
    expect(await checkCommand(options, out)).toBe(1);
    expect(out.text()).toMatch(/^::error file=/);
    const [junit, sarif, gitlab, markdown] = await Promise.all(
      reports.map(({ file }) => readFile(file, 'utf8')),
    );
    expect(junit).toContain('<testsuite ');
    expect(JSON.parse(sarif ?? '').runs[0].results).toHaveLength(1);
    expect(JSON.parse(gitlab ?? '')).toMatchObject([{ check_name: 'unknown-step', severity: 'major' }]);
    expect(markdown).toMatch(/^### rules check: 1 error\n/);
    const nowhere = { ...options, reports: [{ format: 'json', file: `${folder}/no/a.json` }] } as const;
    await expect(checkCommand(nowhere, captured())).rejects.toMatchObject({ code: 'file_unwritable' });
  });

  it('has the results of tests and lint, also where the rules do not compile', async () => {
    const tests = `table: DeviceProcessEvents\ntests:\n  - { title: '${HOSTILE}', row: { FileName: a.exe }, expect: { alerts: [Whoami] } }\n`;
    const folder = await folderWith({
      'rules/detections/whoami.yml': SIGMA_RULE,
      'rules/detections/whoami.test.yaml': tests,
    });
    const file = `${folder}/out.md`;
    const options = {
      transforms: `${folder}/rules`,
      format: 'text',
      reports: [{ format: 'markdown', file }],
    } as const;
    expect(await testCommand(options, captured(), NEVER)).toBe(1);
    expect(await readFile(file, 'utf8')).toMatch(/^### rules test: 1 test, 1 failed\n[\s\S]*``@contoso\/soc/);
    expect(await lintCommand({ ...options, failOn: 'error' }, captured())).toBe(0);
    expect(await readFile(file, 'utf8')).toMatch(/^### rules lint: \d+ warnings\n/);
    await writeFile(`${folder}/rules/DeviceEvents.yaml`, BROKEN);
    expect(await testCommand(options, captured(), NEVER)).toBe(1);
    expect(await readFile(file, 'utf8')).toMatch(/^### rules test: 1 error/);
    const [corpus, run] = [`${folder}/rows.jsonl`, `${folder}/run.md`];
    await writeFile(corpus, process('a.exe'));
    const failed = { ...options, inputs: [corpus], reports: [{ format: 'markdown', file: run }] } as const;
    expect(await runCommand(failed, captured())).toBe(1);
    expect(await readFile(run, 'utf8')).toMatch(/^### rules run: 1 error/);
  });

  it('of rules check fails for warnings where asked', async () => {
    const transforms = await folderWith({
      'detections/whoami.yml': SIGMA_RULE.replace('level: low\n', ''),
    });
    expect(await checkCommand({ transforms, format: 'text' }, captured())).toBe(0);
    expect(await checkCommand({ transforms, format: 'text', failOn: 'warning' }, captured())).toBe(1);
  });
});

describe('rules run --format markdown', () => {
  async function repository() {
    const folder = await folderWith({
      'rules/DeviceProcessEvents.yaml': PROCESS_TABLE,
      'rules/detections/whoami.yml': SIGMA_RULE,
      'rules/detections/same.yml': SIGMA_RULE.replace('Whoami', 'Same').replace('7d01', '7d03'),
      'rows.jsonl': [process('whoami.exe'), process('ping.exe'), line('DeviceFileEvents', {})].join('\n'),
    });
    const git = (...args: string[]) =>
      execFileSync('git', ['-c', 'user.name=a', '-c', 'user.email=a@example.com', ...args], { cwd: folder });
    git('init', '-q', '-b', 'main');
    git('add', '.');
    git('commit', '-q', '-m', 'first');
    return folder;
  }
  const render = async (folder: string, diff?: string) => {
    const out = captured();
    const inputs = [`${folder}/rows.jsonl`];
    const options = { inputs, transforms: `${folder}/rules`, format: 'markdown', diff } as const;
    expect(await runCommand(options, out)).toBe(0);
    return out.text();
  };

  it('shows what a change does: rows by table and destination, alerts by rule', async () => {
    const folder = await repository();
    await writeFile(
      `${folder}/rules/detections/whoami.yml`,
      SIGMA_RULE.replace('whoami.exe', 'ping.exe').replace('title: Whoami', `title: '${HOSTILE}'`),
    );
    await writeFile(
      `${folder}/rules/DeviceProcessEvents.yaml`,
      PROCESS_TABLE.replace('[certutil.exe, mshta.exe]', 'whoami.exe').replace(
        'ProcessCommandLine|contains: http',
        'ProcessCommandLine|contains: who',
      ),
    );
    const text = await render(folder, 'main');
    expect(text).toMatch(/^### rules run: what the change does with 3 rows\n\nBefore \(`[0-9a-f]{12}`\)/);
    expect(text).toMatch(/\| `DeviceProcessEvents` \| 2 \| 0 \| `soc-slack` \| 0 \| 0 → 1 \(\+1\) \|/);
    expect(text).toContain('| `Whoami` | 1 | 0 | -1 |');
    expect(text).toContain(
      '| ``@contoso/soc <script>alert(1)</script> `x` \\| [a](javascript:b) ::error::no ##[add-path]x`` | 0 | 1 | +1 |',
    );
    expect(text).toMatch(
      /\| \d+ \| other destinations or alerts \| `[^`|]*rows\.jsonl@0`<br>`[^`|]*rows\.jsonl@\d+` \|/,
    );
    expect(text).not.toContain('`Same`');
  });

  it('says that nothing changes, and what there is without a comparison', async () => {
    const folder = await repository();
    expect(await render(folder, 'main')).toContain('**No row changes.**');
    const text = await render(folder);
    expect(text).toContain('| `DeviceProcessEvents` | 2 | 0 | `splunk` | 2 | 0 |');
    expect(text).toContain('| `DeviceFileEvents` | 1 | 0 | `default` | 1 | 0 |');
    expect(text).toContain('| `Same` | 1 |');
  });

  it('has counts by table as JSON too', async () => {
    const folder = await repository();
    const out = captured();
    const inputs = [`${folder}/rows.jsonl`];
    await runCommand({ inputs, transforms: `${folder}/rules`, format: 'json' }, out);
    expect(JSON.parse(out.text()).by_table).toMatchObject({
      DeviceProcessEvents: { rows: 2, filtered: 0, destinations: { splunk: { events: 2, alerts: 0 } } },
      DeviceFileEvents: { rows: 1, filtered: 0, destinations: {} },
    });
  });
});
