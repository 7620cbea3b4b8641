/** The composite GitHub Action, run step by step as the runner does, in a repository with a pull request. */
import { execFileSync } from 'node:child_process';
import { access, mkdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { COMMAND } from '../../lab/serve.ts';
import { folderWith, line, PROCESS_TABLE, SIGMA_RULE } from '../cli/rules/support.ts';
import { type CodeHost, startGithub, TOKEN } from './code-hosts.ts';
import { evaluate } from './expressions.ts';
import { commandsOf, type JobResult, readAction, runAction } from './runner.ts';

/** Each test starts up to a dozen processes of Node one after the other. Milliseconds. */
const MANY_PROCESSES = 240_000;

const ACTION = resolve('action');
/** The folder of the package as the tests have built it. */
const BUILT = join(dirname(COMMAND), '../..');
/** Git allows it: it runs commands where a script is filled in with it. */
// biome-ignore lint/suspicious/noTemplateCurlyInString: it is for the shell
const BRANCH = 'x/$(touch${IFS}pwned)`touch${IFS}pwned`;touch${IFS}pwned;"@contoso';
/** Notifies a team, breaks a table, runs as HTML, and is a command to the runner. */
const TITLE = '@contoso/soc <script>alert(1)</script> `x` | [a](javascript:b) ##[add-path]evil';
const process_ = (name: string) =>
  line('DeviceProcessEvents', { FolderPath: `C:\\${name}`, FileName: name, ProcessCommandLine: name });

const RULES = {
  'transforms/DeviceProcessEvents.yaml': PROCESS_TABLE,
  'transforms/detections/whoami.yml': SIGMA_RULE,
  'transforms/detections/whoami.test.yaml':
    'table: DeviceProcessEvents\ntests:\n  - { title: found, row: { FolderPath: C:\\whoami.exe }, expect: { alerts: [Whoami] } }\n',
  'corpus/rows.jsonl': [
    process_('whoami.exe'),
    process_('ping.exe'),
    process_('\n::error::from a row ##[add-path]evil'),
    line('::error::a table|`x`', {}),
  ].join('\n'),
  'expectations.yaml': `unexpected: ignore\nrules: { Whoami: 1 }\n`,
};

interface Repository {
  readonly origin: string;
  /** A shallow clone of the merge of the pull request, as actions/checkout makes it. */
  readonly workspace: string;
  readonly temp: string;
  readonly merge: string;
  readonly base: string;
}

/** A repository whose pull request writes `change`. */
async function pullRequest(change: Readonly<Record<string, string>>): Promise<Repository> {
  const origin = await folderWith({ ...RULES });
  const temp = await folderWith({ 'event.json': JSON.stringify({ pull_request: { number: 7 } }) });
  const git = (cwd: string, ...args: string[]) =>
    execFileSync('git', ['-c', 'user.name=a', '-c', 'user.email=a@example.com', ...args], {
      cwd,
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
    }).trim();
  git(origin, 'init', '-q', '-b', 'main');
  git(origin, 'config', 'uploadpack.allowAnySHA1InWant', 'true');
  git(origin, 'add', '.');
  git(origin, 'commit', '-q', '-m', 'first');
  git(origin, 'checkout', '-q', '-b', BRANCH);
  for (const [path, text] of Object.entries(change)) {
    await mkdir(join(origin, path, '..'), { recursive: true });
    await writeFile(join(origin, path), text);
  }
  git(origin, 'add', '.');
  git(origin, 'commit', '-q', '-m', '::error::a subject');
  git(origin, 'checkout', '-q', 'main');
  await writeFile(join(origin, 'README.md'), 'main has moved on');
  git(origin, 'add', '.');
  git(origin, 'commit', '-q', '-m', 'second');
  const base = git(origin, 'rev-parse', 'main');
  git(origin, 'checkout', '-q', '--detach', 'main');
  git(origin, 'merge', '-q', '--no-ff', '-m', 'merge', BRANCH);
  git(origin, 'update-ref', 'refs/pull/7/merge', 'HEAD');
  const merge = git(origin, 'rev-parse', 'HEAD');
  git(origin, 'checkout', '-q', 'main');
  const workspace = join(temp, 'workspace');
  await mkdir(workspace);
  git(workspace, 'init', '-q');
  git(workspace, 'remote', 'add', 'origin', `file://${origin}`);
  git(workspace, 'fetch', '-q', '--depth=1', 'origin', 'refs/pull/7/merge');
  git(workspace, 'checkout', '-q', '--detach', 'FETCH_HEAD');
  return { origin, workspace, temp, merge, base };
}

function runJob(
  { workspace, temp, merge }: Repository,
  host: CodeHost,
  inputs: Readonly<Record<string, string>>,
  github: Readonly<Record<string, unknown>> = {},
): Promise<JobResult> {
  return runAction({
    action: ACTION,
    workspace,
    temp,
    inputs: { package: BUILT, ...inputs },
    github: {
      token: TOKEN,
      event_name: 'pull_request',
      // The tip of main when the pull request was opened, before main moved on.
      event: { pull_request: { number: 7, base: { sha: '0123456789'.repeat(4) } } },
      ...github,
    },
    env: {
      GITHUB_SHA: merge,
      GITHUB_HEAD_REF: BRANCH,
      GITHUB_REF: 'refs/pull/7/merge',
      GITHUB_REPOSITORY: 'contoso/rules',
      GITHUB_EVENT_PATH: join(temp, 'event.json'),
      GITHUB_API_URL: host.url,
      GITHUB_GRAPHQL_URL: `${host.url}/graphql`,
    },
  });
}

/** Only annotations of our own are obeyed, and nothing that others wrote is one. */
function expectInert({ commands }: JobResult): void {
  expect(
    [...new Set(commands.map(({ name }) => name))].filter((name) => !/^(error|warning|notice)$/.test(name)),
  ).toEqual([]);
  for (const { data } of commands) expect(data).not.toMatch(/^(?:a table|from a row|a subject|evil)/);
}

const CHANGE = {
  'transforms/detections/whoami.yml': SIGMA_RULE.replace('whoami.exe', 'ping.exe')
    .replace('title: Whoami', `title: '${TITLE}'`)
    .replace('level: low\n', ''),
  'transforms/detections/whoami.test.yaml':
    'table: DeviceProcessEvents\ntests:\n  - { title: "::error::a title ##[add-path]evil", row: { FolderPath: C:\\ping.exe }, expect: { alerts: [0b5e9a5c-5f0e-4f9e-8c55-2f3a4b1c7d01] } }\n',
};

describe('action.yml', () => {
  it('has keys that the runner knows, scripts without expressions, and actions pinned to a commit', async () => {
    const { runs } = await readAction(ACTION);
    for (const step of runs.steps) {
      if ('run' in step) expect(step.run).not.toContain('${{');
      else expect(step.uses).toMatch(/^[\w-]+\/[\w-]+@[0-9a-f]{40}$/);
    }
    const pinned = runs.steps.flatMap((step) => ('uses' in step ? [step.uses] : []));
    const workflow = await readFile('.github/workflows/ci.yml', 'utf8');
    for (const uses of pinned) expect(workflow).toContain(uses);
  });

  it('gives each script every variable that it reads', async () => {
    const { runs } = await readAction(ACTION);
    const common = await readFile(join(ACTION, 'common.sh'), 'utf8');
    for (const step of runs.steps) {
      const script = 'run' in step && /(\w+\.sh)/.exec(step.run)?.[1];
      if (!script || script === 'rules.sh') continue;
      const text = common + (await readFile(join(ACTION, script), 'utf8'));
      const read = new Set(text.match(/XDR_\w+/g));
      expect([...read].filter((name) => !('env' in step && name in step.env))).toEqual([]);
    }
  });

  it('is explained: each input is in docs/ci.md', async () => {
    const page = await readFile('docs/ci.md', 'utf8');
    const { inputs, outputs } = await readAction(ACTION);
    const missing = [...Object.keys(inputs), ...Object.keys(outputs)].filter(
      (name) => !page.includes(`\`${name}\``) && !page.includes(`\`${name}: `),
    );
    expect(missing).toEqual([]);
  });

  it('is used in docs/ci.md with inputs that it has', async () => {
    const page = await readFile('docs/ci.md', 'utf8');
    const { inputs } = await readAction(ACTION);
    const examples = [...page.matchAll(/^```yaml\n(# \.github\/workflows[\s\S]*?)^```$/gm)].map(
      ([, text = '']) => parse(text),
    );
    expect(examples.length).toBeGreaterThan(0);
    const steps = examples.flatMap(({ jobs }) =>
      Object.values(jobs).flatMap((job) => (job as { steps: object[] }).steps),
    );
    const used = steps.flatMap((step) =>
      'uses' in step && String(step.uses).includes('/action@') && 'with' in step ? [step.with as object] : [],
    );
    expect(used.flatMap((given) => Object.keys(given)).filter((name) => !(name in inputs))).toEqual([]);
  });
});

describe('the parts of the runner', () => {
  it('evaluates expressions', () => {
    const context = { a: { b: 'x', c: '' } };
    expect(evaluate("a.b == 'x' && a.c || 'else'", context)).toBe('else');
    expect(evaluate("a.b != 'x'", context)).toBe(false);
    expect(() => evaluate('fromJSON(a.b)', context)).toThrow('not understood');
  });

  it('obeys commands in the log, unless they are stopped', () => {
    const log =
      '::error file=a.yml,line=1::m\nx ##[add-path]p\n::stop-commands::T\n::error::no\n##[x]y\n::T::\n  ::notice::n';
    expect(commandsOf(log).map(({ name, data }) => [name, data])).toEqual([
      ['error', 'm'],
      ['add-path', 'p'],
      ['notice', 'n'],
    ]);
  });
});

describe('the action on a pull request', { timeout: MANY_PROCESSES }, () => {
  it('checks, tests and lints, says what the change does, and replaces its comment at the next run', async () => {
    const host = await startGithub();
    const repository = await pullRequest(CHANGE);
    const inputs = { corpus: 'corpus\n', run: 'check test lint coverage diff' };
    const result = await runJob(repository, host, inputs);
    expect({ ...result.outputs, log: result.succeeded ? '' : result.log }).toMatchObject({
      check: 'passed',
      test: 'passed',
      lint: 'passed',
      coverage: 'passed',
      diff: 'passed',
      expect: '',
      log: '',
    });
    expect(result.used).toEqual([expect.stringContaining('actions/setup-node@')]);
    expectInert(result);
    // The warning of the rule without a level is an annotation at its line.
    expect(result.log).toMatch(/^::warning file=transforms\/detections\/whoami\.yml,line=\d+/m);
    const [comment] = host.comments;
    expect(comment?.body).toMatch(
      /^<!-- xdr-relay rules: default -->\n## xdr-relay: rules\n\n\| Step \| Result \|/,
    );
    expect(comment?.body).toContain('| check | :white_check_mark: passed |');
    expect(comment?.body).toContain('### rules run: what the change does with 4 rows');
    expect(comment?.body).toContain('| `Whoami` | 1 | 0 | -1 |');
    const told = '``@contoso/soc <script>alert(1)</script> `x` \\| [a](javascript:b) ##[add-path]evil``';
    expect(comment?.body).toContain(`| ${told} | 0 | 1 | +1 |`);
    expect(outsideOfCode(comment?.body ?? '')).not.toMatch(/@contoso|<script|javascript:|a table/);
    expect(result.summary).toContain(comment?.body.split('\n').slice(1).join('\n').slice(0, 200));
    for (const file of ['check.sarif', 'test.junit.xml', 'diff.md'])
      await access(join(result.outputs.reports ?? '', file));
    await expect(access(join(repository.workspace, 'pwned'))).rejects.toThrow();

    const again = await runJob(repository, host, { ...inputs, run: 'diff' });
    expect(again.succeeded).toBe(true);
    expect(host.comments).toHaveLength(1);
    expect(host.comments[0]?.body).not.toContain('| check |');
    expect(host.violations).toEqual([]);
    expect(result.log + again.log + result.summary).not.toContain(TOKEN);
  });

  it('fails after it has said everything, and passes on what tests and expectations show', async () => {
    const host = await startGithub();
    host.mayWrite = false;
    const change = { 'transforms/detections/whoami.yml': CHANGE['transforms/detections/whoami.yml'] };
    const repository = await pullRequest(change);
    const result = await runJob(repository, host, {
      run: 'test expect',
      corpus: 'corpus',
      expect: 'expectations.yaml',
    });
    expect(result.succeeded).toBe(false);
    expect(result.outputs).toMatchObject({ check: '', test: 'failed', expect: 'failed', diff: '' });
    expect(result.commands.at(-1)?.data).toBe('Failed: test expect');
    expectInert(result);
    // The token of a fork only reads: the summary has the result.
    expect(host.comments).toEqual([]);
    expect(result.log).toContain('the token may not');
    expect(result.summary).toContain('### rules run: 1 expectation, 1 failed');
  });

  it('shows mistakes, has no comparison of rules that do not compile, and none without rows', async () => {
    const host = await startGithub();
    const repository = await pullRequest({
      'transforms/DeviceEvents.yaml': 'table: DeviceEvents\ntransform:\n  - renam: { MD5: md5 }\n',
    });
    const inputs = { run: 'check diff', corpus: 'corpus', comment: 'false' };
    const result = await runJob(repository, host, inputs);
    expect(result.outputs).toMatchObject({ check: 'failed', diff: 'unavailable' });
    expect(result.log).toMatch(/^::error file=transforms\/DeviceEvents\.yaml,line=3/m);
    const empty = await runJob(repository, host, { run: 'diff', comment: 'false' });
    expect(empty).toMatchObject({ succeeded: true, outputs: { diff: 'unavailable' } });
    expect(host.requests).toEqual([]);
  });

  it.each([
    [{ run: 'check; touch pwned' }, 'names a step that there is not'],
    [{ package: '', version: '' }, 'The command xdr-relay is not there'],
    [{ package: '', version: '1.0.0 --registry=http://x' }, 'is no version'],
    [{ base: '--upload-pack=touch pwned' }, 'is no revision'],
    [{ base: '$(touch pwned)' }, 'is no revision'],
  ])('refuses %j', async (inputs, message) => {
    const host = await startGithub();
    const repository = await pullRequest(CHANGE);
    const result = await runJob(repository, host, inputs);
    expect(result.succeeded).toBe(false);
    expect(result.commands.map(({ data }) => data).join()).toContain(message);
    await expect(access(join(repository.workspace, 'pwned'))).rejects.toThrow();
  });
});

/** A package whose command only says what it was given, in the repository's folder `tools`. */
const SPY = {
  'tools/xdr-relay/package.json': '{"name":"xdr-relay","version":"9.9.9"}',
  'tools/xdr-relay/dist/node/xdr-relay.js':
    "const given = process.argv.slice(2);\nif (given[1] !== 'comment') console.error('given', JSON.stringify(given));\n",
};

describe('what the action gives the command', { timeout: MANY_PROCESSES }, () => {
  const given = ({ log }: JobResult) => JSON.parse(/^given (.*)$/m.exec(log)?.[1] ?? '[]') as string[];
  const INPUTS = { run: 'diff', corpus: 'corpus/a b.jsonl\r\n\n-x', comment: 'false' };

  it("is from a file that npm pack made, installed without its scripts and the repository's .npmrc", async () => {
    const repository = await pullRequest({
      ...SPY,
      'tools/xdr-relay/package.json':
        '{"name":"xdr-relay","version":"9.9.9","scripts":{"postinstall":"touch \\"$INIT_CWD/pwned\\"; exit 1"}}',
      '.npmrc': 'ignore-scripts=false\ndry-run=true\n',
    });
    const { workspace } = repository;
    execFileSync('npm', ['pack', '--silent', '--ignore-scripts', '--dry-run=false', './tools/xdr-relay'], {
      cwd: workspace,
    });
    const inputs = { ...INPUTS, package: 'xdr-relay-9.9.9.tgz' };
    const result = await runJob(repository, await startGithub(), inputs);
    expect({ succeeded: result.succeeded, log: result.succeeded ? '' : result.log }).toEqual({
      succeeded: true,
      log: '',
    });
    expect(given(result).slice(0, 2)).toEqual(['rules', 'run']);
    await expect(access(join(workspace, 'pwned'))).rejects.toThrow();
  });

  it('is each value as it was written, and the revision to compare with', async () => {
    const host = await startGithub();
    const repository = await pullRequest(SPY);
    const { base } = repository;
    const inputs = {
      ...INPUTS,
      package: 'tools/xdr-relay',
      transforms: '--config=evil',
      config: 'a\'b"c $(x).yaml',
    };
    const diffOf = async (more: Readonly<Record<string, string>>, github = {}) => {
      const result = await runJob(repository, host, { ...inputs, ...more }, github);
      expect({ succeeded: result.succeeded, log: result.succeeded ? '' : result.log }).toEqual({
        succeeded: true,
        log: '',
      });
      return given(result);
    };
    expect(await diffOf({})).toEqual([
      'rules',
      'run',
      '--transforms=--config=evil',
      '--config=a\'b"c $(x).yaml',
      `--diff=${base}`,
      '--format=markdown',
      '--',
      'corpus/a b.jsonl',
      '-x',
    ]);
    // The clone is shallow, and knows no branch: what is named is fetched.
    expect(await diffOf({ base: 'main' })).toContain(`--diff=${base}`);
    const push = (before: string) => ({ event_name: 'push', event: { before } });
    expect(await diffOf({}, push(base))).toContain(`--diff=${base}`);
    expect(await diffOf({}, push('0'.repeat(40)))).toEqual([]);
  });
});

/** Markdown without its code spans. */
function outsideOfCode(markdown: string): string {
  return markdown.replace(/(`+)(?!`)[\s\S]*?[^`]\1(?!`)/g, '');
}
