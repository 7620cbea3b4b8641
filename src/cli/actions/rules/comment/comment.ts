/** Puts reports on the pull or merge request that a CI job runs for: one comment, which each run replaces. */
import { readFile, stat } from 'node:fs/promises';
import { systemClock } from '../../../../shared/clock.ts';
import { messageOf, RelayError } from '../../../../shared/errors.ts';
import { EXIT, type ExitCode } from '../../../exit-codes.ts';
import type { Output } from '../../../output.ts';
import { commentBody, markerOf } from './body.ts';
import { githubHost } from './github.ts';
import { gitlabHost } from './gitlab.ts';
import { type CommentHost, NotAllowed, Passing } from './host.ts';

export interface CommentOptions {
  /** Files of Markdown, in the order in which they are shown. */
  readonly files: readonly string[];
  readonly title: string;
  /** Distinguishes the comments of several jobs on one pull request. */
  readonly key: string;
}

/** The greatest file that is read, in bytes. */
const MAX_FILE = 4 * 1024 * 1024;
const TRIES = 3;
/** Milliseconds before the second and the third try, if the host asks for no other wait. */
const WAITS = [1000, 4000] as const;
const LONGEST_WAIT = 30_000;

/** `rules comment`. Exits with 0 also where there is nothing to comment on, or no permission to. Throws a RelayError `comment_failed`. */
export async function commentCommand(
  { files, title, key }: CommentOptions,
  out: Output,
  signal: AbortSignal,
): Promise<ExitCode> {
  const body = commentBody(key, title, await Promise.all(files.map(readReport)));
  const host = await hostOf(process.env);
  if (typeof host === 'string') {
    out.note(`No comment was written: ${host}`);
    return EXIT.ok;
  }
  try {
    const done = await writeOnce(host, markerOf(key), body, signal);
    out.print(`${host.place}: the comment was ${done}`);
  } catch (error) {
    if (!(error instanceof NotAllowed)) throw error;
    out.note(
      `No comment was written: the token may not (${error.message}). Jobs for pull requests from forks have a token that only reads; others need the permission "pull-requests: write".`,
    );
  }
  return EXIT.ok;
}

/** The pull or merge request of the job, or why there is none. */
async function hostOf(env: NodeJS.ProcessEnv): Promise<CommentHost | string> {
  if (env.GITHUB_ACTIONS === 'true') {
    const token = env.GITHUB_TOKEN ?? '';
    if (token === '') return 'GITHUB_TOKEN is not set';
    return (await githubHost(env, token)) ?? 'the job runs for no pull request';
  }
  if (env.GITLAB_CI === 'true') {
    const token = env.XDR_RELAY_GITLAB_TOKEN ?? '';
    if (token === '') return 'XDR_RELAY_GITLAB_TOKEN is not set';
    return gitlabHost(env, token) ?? 'the job runs for no merge request';
  }
  return 'this is no job of GitHub Actions or GitLab CI';
}

/** Looks for the earlier comment at each try: a try that failed may have written one. */
async function writeOnce(
  host: CommentHost,
  marker: string,
  body: string,
  signal: AbortSignal,
): Promise<'written' | 'replaced'> {
  for (let tried = 1; ; tried += 1) {
    try {
      const earlier = await host.find(marker, signal);
      if (!earlier) {
        await host.create(body, signal);
        return 'written';
      }
      await host.update(earlier, body, signal);
      return 'replaced';
    } catch (error) {
      if (!(error instanceof Passing)) throw error;
      if (tried === TRIES) throw new RelayError('comment_failed', error.message, { cause: error });
      const wait = Math.min(error.waitMs ?? WAITS[tried - 1] ?? LONGEST_WAIT, LONGEST_WAIT);
      await systemClock.sleep(wait, signal);
    }
  }
}

async function readReport(path: string): Promise<string> {
  try {
    const { size } = await stat(path);
    if (size > MAX_FILE) throw new Error(`it is larger than ${MAX_FILE} bytes`);
    return await readFile(path, 'utf8');
  } catch (cause) {
    throw new RelayError('file_unreadable', `${path}: ${messageOf(cause)}`, { cause });
  }
}
