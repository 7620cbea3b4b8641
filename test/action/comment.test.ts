/** `rules comment` against servers that are as strict as GitHub and GitLab. */
import { writeFile } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { commentBody, markerOf } from '../../src/cli/actions/rules/comment/body.ts';
import { folderWith } from '../cli/rules/support.ts';
import { run } from '../cli/run.ts';
import { type CodeHost, startGithub, startGitlab, TOKEN } from './code-hosts.ts';

async function job(host: CodeHost, kind: 'github' | 'gitlab', more: Readonly<Record<string, string>> = {}) {
  const folder = await folderWith({
    'event.json': JSON.stringify({ action: 'opened', pull_request: { number: 7, head: { ref: 'x' } } }),
    'a.md': '### rules check: no problems\n',
    'b.md': '### rules run: nothing\n',
  });
  const env: Readonly<Record<string, string>> =
    kind === 'github'
      ? {
          GITHUB_ACTIONS: 'true',
          GITHUB_TOKEN: TOKEN,
          GITHUB_API_URL: host.url,
          GITHUB_GRAPHQL_URL: `${host.url}/graphql`,
          GITHUB_REPOSITORY: 'contoso/rules',
          GITHUB_EVENT_PATH: `${folder}/event.json`,
        }
      : {
          GITLAB_CI: 'true',
          XDR_RELAY_GITLAB_TOKEN: TOKEN,
          CI_API_V4_URL: `${host.url}/api/v4`,
          CI_PROJECT_ID: '43',
          CI_MERGE_REQUEST_PROJECT_ID: '42',
          CI_MERGE_REQUEST_IID: '7',
        };
  const comment = (...args: string[]) =>
    run(['rules', 'comment', 'a.md', 'b.md', ...args], { cwd: folder, env: { ...env, ...more } });
  return { folder, comment };
}

const HOSTS = [
  ['github', startGithub],
  ['gitlab', startGitlab],
] as const;

describe.each(HOSTS)('rules comment on %s', (kind, start) => {
  it('writes a comment, and replaces it the next time: its own, on whichever page, and no other', async () => {
    const host = await start();
    // Somebody who knows the marker must not get the report into a comment that they can edit.
    host.comments.push({ id: 1, author: 'mallory', body: `${markerOf('default')}\nmine` });
    for (let id = 2; id <= 150; id += 1) host.comments.push({ id, author: 'human', body: 'looks good' });
    const { folder, comment } = await job(host, kind);
    expect(await comment()).toMatchObject({ code: 0, stderr: '' });
    expect(host.comments.at(-1)).toMatchObject({
      author: 'ci-bot',
      body: '<!-- xdr-relay rules: default -->\n## xdr-relay: rules\n\n### rules check: no problems\n\n### rules run: nothing',
    });
    await writeFile(`${folder}/b.md`, '### rules run: more\n');
    const again = await comment();
    expect(again.stdout).toMatch(/request 7: the comment was replaced/);
    expect(host.comments).toHaveLength(151);
    expect(host.comments.at(-1)?.body).toContain('rules run: more');
    await comment('--key', 'windows', '--title', 'Windows');
    expect(host.comments).toHaveLength(152);
    expect(host.comments.at(-1)?.body).toMatch(/^<!-- xdr-relay rules: windows -->\n## Windows\n/);
    expect(host.comments[0]?.body).toContain('mine');
    expect(host.violations).toEqual([]);
  });

  it('tries again after a fault that may pass, looking for a comment that a failed try has written', async () => {
    const host = await start();
    const { comment } = await job(host, kind);
    const headers = { 'retry-after': '0' };
    host.faults.push({ status: 503, headers }, { status: 429, headers });
    expect((await comment()).code).toBe(0);
    expect(host.comments).toHaveLength(1);
    host.faults.push(...[1, 2, 3].map(() => ({ status: 502, headers })));
    expect(await comment()).toMatchObject({
      code: 1,
      stderr: expect.stringMatching(/status 502 \(comment_failed\)/),
    });
  });

  it('leaves it where the token may not write', async () => {
    const host = await start();
    host.mayWrite = false;
    const { comment } = await job(host, kind);
    expect(await comment()).toMatchObject({ code: 0, stderr: expect.stringContaining('the token may not') });
    expect(host.comments).toEqual([]);
  });

  it('fails for a wrong token, follows no redirect, and never shows the token', async () => {
    const host = await start();
    const wrong = await job(host, kind, { GITHUB_TOKEN: 'other', XDR_RELAY_GITLAB_TOKEN: 'other' });
    expect(await wrong.comment()).toMatchObject({ code: 1, stderr: expect.stringContaining('status 401') });
    const { comment } = await job(host, kind);
    host.faults.push({ status: 307, headers: { location: `${host.url}/elsewhere` } });
    const redirected = await comment();
    expect(redirected).toMatchObject({ code: 1, stderr: expect.stringContaining('status 307') });
    expect(redirected.stderr).not.toContain(TOKEN);
    expect(host.requests.join()).not.toContain('elsewhere');
  });

  it.each([
    ['without a token', { GITHUB_TOKEN: '', XDR_RELAY_GITLAB_TOKEN: '' }, 'is not set'],
    [
      'outside of a pull request',
      { GITHUB_EVENT_PATH: 'push.json', CI_MERGE_REQUEST_IID: '' },
      'runs for no',
    ],
    ['outside of CI', { GITHUB_ACTIONS: '', GITLAB_CI: '' }, 'is no job'],
  ])('says that it does nothing %s', async (_, env, said) => {
    const host = await start();
    const { folder, comment } = await job(host, kind, env);
    await writeFile(`${folder}/push.json`, '{"before":"0"}');
    expect(await comment()).toMatchObject({ code: 0, stderr: expect.stringContaining(said) });
    expect(host.requests).toEqual([]);
  });

  it('sends the token to https only', async () => {
    const host = await start();
    const api = 'http://api.example.com';
    const { comment } = await job(host, kind, { GITHUB_GRAPHQL_URL: api, CI_API_V4_URL: api });
    expect(await comment()).toMatchObject({ code: 1, stderr: expect.stringContaining('is not https') });
  });
});

describe('the comment', () => {
  it('is not longer than a comment may be, and is cut between lines', () => {
    const table = `${'| `aaaaaaaaaa` | 1 |\n'.repeat(10_000)}end`;
    const body = commentBody('default', 'T', ['first', table]);
    expect(body.length).toBeLessThanOrEqual(60_000);
    expect(body).toMatch(/\| `aaaaaaaaaa` \| 1 \|\n\n\*The report is longer than a comment may be/);
    expect(commentBody('default', 'T', ['a'.repeat(100_000)]).length).toBeLessThanOrEqual(60_000);
  });
});
