/** The component of GitLab CI: its form, and its script in a merge request. */
import { execFileSync } from 'node:child_process';
import { access, readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { parseAllDocuments } from 'yaml';
import { z } from 'zod';
import { COMMAND } from '../../lab/serve.ts';
import { folderWith, line, SIGMA_RULE } from '../cli/rules/support.ts';
import { type CodeHost, startGitlab, TOKEN } from './code-hosts.ts';
import { bash } from './runner.ts';

/** The folder of the package as the tests have built it. */
const BUILT = join(dirname(COMMAND), '../..');

/** Each test starts up to a dozen processes of Node one after the other. Milliseconds. */
const MANY_PROCESSES = 240_000;

const text = z.string();
const spec = z.strictObject({
  spec: z.strictObject({
    inputs: z.record(
      text,
      z.strictObject({ description: text, default: text, options: z.array(text).optional() }),
    ),
  }),
});
/** The keys of GitLab's "CI/CD YAML syntax reference" that are used here. A component must set nothing outside of its job. */
const job = z.strictObject({
  'xdr-relay-rules': z.strictObject({
    stage: text,
    image: text,
    rules: z.array(z.strictObject({ if: text })),
    variables: z.record(text, text),
    script: z.array(text),
    artifacts: z.strictObject({
      when: z.literal('always'),
      paths: z.array(text),
      reports: z.strictObject({ junit: text, codequality: z.array(text) }),
    }),
  }),
});

async function component(given: Readonly<Record<string, string>> = {}) {
  const source = await readFile('templates/rules.yml', 'utf8');
  const [head, body] = parseAllDocuments(source).map((one) => one.toJS() as unknown);
  const { inputs } = spec.parse(head).spec;
  const filled = JSON.parse(
    JSON.stringify(body).replace(/\$\[\[ inputs\.([\w-]+) \]\]/g, (_, name: string) =>
      JSON.stringify(given[name] ?? inputs[name]?.default ?? `no input ${name}`).slice(1, -1),
    ),
  );
  return { inputs, source, job: job.parse(filled)['xdr-relay-rules'] };
}

const process_ = (name: string) =>
  line('DeviceProcessEvents', { FolderPath: `C:\\${name}`, FileName: name, ProcessCommandLine: name });

async function mergeRequest(host: CodeHost, change: string, given: Readonly<Record<string, string>>) {
  const folder = await folderWith({
    'transforms/detections/whoami.yml': SIGMA_RULE,
    'corpus/rows.jsonl': `${process_('whoami.exe')}\n${process_('ping.exe')}\n`,
    'expectations.yaml': 'unexpected: ignore\nrules: { Whoami: 1 }\n',
  });
  const git = (...args: string[]) =>
    execFileSync('git', ['-c', 'user.name=a', '-c', 'user.email=a@example.com', ...args], {
      cwd: folder,
      encoding: 'utf8',
    }).trim();
  git('init', '-q', '-b', 'main');
  git('add', '.');
  git('commit', '-q', '-m', 'first');
  const base = git('rev-parse', 'HEAD');
  await writeFile(`${folder}/transforms/detections/whoami.yml`, change);
  git('commit', '-q', '-a', '-m', 'second');
  const { job: made } = await component({ package: BUILT, corpus: 'corpus', ...given });
  const env = {
    PATH: process.env.PATH ?? '',
    HOME: folder,
    ...(process.env.NODE_COMPILE_CACHE && { NODE_COMPILE_CACHE: process.env.NODE_COMPILE_CACHE }),
    GITLAB_CI: 'true',
    CI: 'true',
    CI_API_V4_URL: `${host.url}/api/v4`,
    CI_PROJECT_ID: '42',
    CI_MERGE_REQUEST_PROJECT_ID: '42',
    CI_MERGE_REQUEST_IID: '7',
    CI_MERGE_REQUEST_DIFF_BASE_SHA: base,
    CI_MERGE_REQUEST_SOURCE_BRANCH_NAME: '$(touch pwned)',
    XDR_RELAY_GITLAB_TOKEN: TOKEN,
    ...made.variables,
  };
  // A runner runs all lines in one shell, which may be a plain sh.
  await writeFile(`${folder}/.job.sh`, `set -e\n${made.script.join('\n')}`);
  return { folder, ran: await bash('sh .job.sh', folder, env) };
}

describe('templates/rules.yml', () => {
  it('has a header with inputs, one job, and no input in a script', async () => {
    const { inputs, source, job: made } = await component();
    for (const script of (await component({ stage: 'X' })).job.script)
      expect(script).not.toContain('inputs.');
    expect(made.stage).toBe('test');
    const used = new Set([...source.matchAll(/\$\[\[ inputs\.([\w-]+) \]\]/g)].map(([, name]) => name));
    expect([...used].sort()).toEqual(Object.keys(inputs).sort());
    const read = new Set(made.script.join('\n').match(/XDR_(?!RELAY)\w+/g));
    expect([...read].filter((name) => !(name in made.variables))).toEqual([]);
    const page = await readFile('docs/ci.md', 'utf8');
    expect(Object.keys(inputs).filter((name) => !page.includes(`\`${name}\``))).toEqual([]);
  });
});

describe('its job in a merge request', { timeout: MANY_PROCESSES }, () => {
  it('writes JUnit, Code Quality and the note on what the change does', async () => {
    const host = await startGitlab();
    const change = SIGMA_RULE.replace('whoami.exe', 'ping.exe').replace(
      'title: Whoami',
      "title: '@all `x` | <b>'",
    );
    const { folder, ran } = await mergeRequest(host, change, {});
    expect({ code: ran.code, log: ran.code === 0 ? '' : ran.log }).toEqual({ code: 0, log: '' });
    const report = (name: string) => readFile(join(folder, 'xdr-relay-reports', name), 'utf8');
    expect(await report('check.junit.xml')).toContain('<testsuite ');
    expect(JSON.parse(await report('check.codequality.json'))).toEqual(expect.any(Array));
    expect(JSON.parse(await report('lint.codequality.json'))[0]).toMatchObject({
      severity: 'minor',
      location: { path: 'transforms/detections/whoami.yml' },
    });
    expect(host.comments).toHaveLength(1);
    expect(host.comments[0]?.body).toContain('| ``@all `x` \\| <b>`` | 0 | 1 | +1 |');
    expect(host.violations).toEqual([]);
    expect(ran.log).not.toContain(TOKEN);
    await expect(access(join(folder, 'pwned'))).rejects.toThrow();
  });

  it('fails for an expectation that is not met, and after everything was said', async () => {
    const host = await startGitlab();
    const change = SIGMA_RULE.replace('whoami.exe', 'nobody.exe');
    const { folder, ran } = await mergeRequest(host, change, { expect: 'expectations.yaml' });
    expect(ran.code).toBe(1);
    expect(ran.log).toMatch(/^Failed: expect$/m);
    expect(host.comments[0]?.body).toContain('1 expectation, 1 failed');
    await access(join(folder, 'xdr-relay-reports/expect.junit.xml'));
  });

  it.each([
    [{ package: '' }, 'The command xdr-relay is not there'],
    [{ package: '', version: '1.0.0 --registry=x' }, 'is no version'],
  ])('refuses %j', async (given, message) => {
    const { ran } = await mergeRequest(await startGitlab(), `${SIGMA_RULE}# changed\n`, given);
    expect(ran.code).toBe(1);
    expect(ran.log).toContain(message);
  });
});
