/** Asks git about rule files of other revisions. Git is started with lists of arguments, never through a shell. */
import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join, resolve, sep } from 'node:path';
import { promisify } from 'node:util';
import { isRuleFile } from '../../../rules/folder.ts';
import { messageOf, RelayError } from '../../../shared/errors.ts';

const run = promisify(execFile);

/** More than all rule files of a repository hold. */
const MAX_BYTES = 256 * 1024 * 1024;
const MAX_FILES = 20_000;
/** Milliseconds that one call of git may take. */
const TIME_LIMIT = 60_000;
/** Files whose content one call of git fetches. */
const BATCH = 500;

/** Rule folders of a revision, in a temporary folder. */
export interface Checkout {
  /** In the order of the folders that were asked for. */
  readonly directories: readonly string[];
  /** Those of the folders that were asked for that had no rule file in the revision. */
  readonly empty: readonly string[];
  remove(): Promise<void>;
}

/** Writes the rule files that folders had in a revision to a temporary folder. Throws a RelayError `revision_unreadable`. */
export async function checkoutRules(revision: string, directories: readonly string[]): Promise<Checkout> {
  const at = await mkdtemp(join(tmpdir(), 'xdr-relay-revision-'));
  const remove = () => rm(at, { recursive: true, force: true });
  try {
    const made = await Promise.all(
      directories.map(async (directory, position) => {
        const target = join(at, String(position));
        await mkdir(target);
        return { directory, target, files: await writeFolder(revision, directory, target) };
      }),
    );
    return {
      directories: made.map(({ target }) => target),
      empty: made.flatMap(({ directory, files }) => (files === 0 ? [directory] : [])),
      remove,
    };
  } catch (error) {
    await remove();
    throw error;
  }
}

/** Returns the number of files. */
async function writeFolder(revision: string, directory: string, target: string): Promise<number> {
  const commit = await commitOf(revision, directory);
  const listed = await git(directory, ['ls-tree', '-r', '-z', commit, '--', '.']);
  const files = nulSeparated(listed).flatMap((line) => {
    const [, mode, id, path] = /^(\d+) blob ([0-9a-f]+)\t(.+)$/s.exec(line) ?? [];
    // A link could lead out of the temporary folder.
    return mode?.startsWith('100') && id !== undefined && path !== undefined && isRuleFile(path)
      ? [{ id, path }]
      : [];
  });
  if (files.length > MAX_FILES) throw unreadable(revision, `more than ${MAX_FILES} rule files`);
  for (let from = 0; from < files.length; from += BATCH) {
    await Promise.all(
      files.slice(from, from + BATCH).map(async ({ path }) => {
        const where = resolve(target, path);
        if (!where.startsWith(target + sep)) throw unreadable(revision, `${path} lies outside of the folder`);
        await mkdir(dirname(where), { recursive: true });
      }),
    );
    const part = files.slice(from, from + BATCH);
    const contents = await blobs(
      directory,
      part.map(({ id }) => id),
    );
    await Promise.all(part.map(({ path }, n) => writeFile(resolve(target, path), contents[n] ?? '')));
  }
  return files.length;
}

/** The contents of objects, by one call of `git cat-file --batch`. */
async function blobs(directory: string, ids: readonly string[]): Promise<readonly Buffer[]> {
  const output = await git(directory, ['cat-file', '--batch'], `${ids.join('\n')}\n`);
  const found: Buffer[] = [];
  let at = 0;
  while (at < output.length) {
    const end = output.indexOf(10, at);
    const head = output.toString('utf8', at, end);
    const size = Number(/ blob (\d+)$/.exec(head)?.[1]);
    // Git says "ID missing" where a clone is incomplete; an empty file in its place would compare otherwise, and nobody would know.
    if (!Number.isInteger(size)) throw unreadable('git cat-file', head);
    found.push(output.subarray(end + 1, end + 1 + size));
    at = end + 1 + size + 1;
  }
  return found;
}

/** The rule files below a folder that differ from a revision, also new ones that git does not know yet: paths in the folder. */
export async function changedRules(revision: string, directory: string): Promise<readonly string[]> {
  const commit = await commitOf(revision, directory);
  const [changed, added] = await Promise.all([
    git(directory, [
      'diff',
      '--no-ext-diff',
      '--name-only',
      '--no-renames',
      '--relative',
      '-z',
      commit,
      '--',
      '.',
    ]),
    git(directory, ['ls-files', '--others', '--exclude-standard', '-z', '--', '.']),
  ]);
  return [...new Set([...nulSeparated(changed), ...nulSeparated(added)])].filter(isRuleFile).sort();
}

async function commitOf(revision: string, directory: string): Promise<string> {
  const name = `${revision}^{commit}`;
  return (await git(directory, ['rev-parse', '--verify', '--quiet', '--end-of-options', name], '', revision))
    .toString('utf8')
    .trim();
}

async function git(
  directory: string,
  args: readonly string[],
  input = '',
  revision?: string,
): Promise<Buffer> {
  const options = { cwd: directory, encoding: 'buffer', maxBuffer: MAX_BYTES, timeout: TIME_LIMIT } as const;
  try {
    const started = run('git', ['--no-pager', '-c', 'core.quotePath=false', ...args], options);
    // A process that has ended already does not read its input, and its exit says why.
    started.child.stdin?.on('error', () => {});
    started.child.stdin?.end(input);
    return (await started).stdout;
  } catch (cause) {
    const told = cause instanceof Error && 'stderr' in cause ? String(cause.stderr).trim() : '';
    if (revision !== undefined && told === '') {
      throw unreadable(revision, 'it is no folder and no revision that git knows', cause);
    }
    throw unreadable(revision ?? args[0] ?? 'git', told || messageOf(cause), cause);
  }
}

function unreadable(what: string, message: string, cause?: unknown): RelayError {
  return new RelayError('revision_unreadable', `${what}: ${message}`, { cause });
}

function nulSeparated(output: Buffer): readonly string[] {
  return output
    .toString('utf8')
    .split('\0')
    .filter((one) => one !== '');
}
