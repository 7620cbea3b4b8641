/** Resolves the paths of a command line to a folder of rule files, and to files in it. */
import { readdir, stat } from 'node:fs/promises';
import { basename, dirname, join, relative, resolve, sep } from 'node:path';
import { isRuleFile } from '../../../rules/folder.ts';
import { messageOf, RelayError } from '../../../shared/errors.ts';
import { UsageError } from '../../usage-error.ts';

/** A folder of rule files, and the part of it that the command line names. */
export interface Place {
  /** The absolute path of the folder. */
  readonly directory: string;
  /** Whether the folder was found from a path and is not the one that relay.yaml names. It may contain only Sigma rules. */
  readonly isForeign: boolean;
  /** The paths that the command line names in the folder, as typed. Empty: the whole folder. */
  readonly named: readonly Named[];
}

interface Named {
  readonly given: string;
  /** Whether the named path is, or contains, a file. @param path the file's path in the folder. */
  holds(path: string): boolean;
}

/**
 * The folder of rule files that contains all paths: `home`, which is the folder that relay.yaml names, or another. A path may name a
 * folder of rule files, a folder in it, or a file.
 *
 * Throws UsageError `several_folders`, and a RelayError `file_unreadable` for a path that does not exist.
 */
export async function placeOf(paths: readonly string[], home: string): Promise<Place> {
  const found = await Promise.all(paths.map((given) => locate(given, resolve(home))));
  const [first] = found;
  if (!first) return { directory: resolve(home), isForeign: false, named: [] };
  const other = found.find(({ directory }) => directory !== first.directory);
  if (other) {
    const message = `${first.given} and ${other.given} lie in different folders of rule files: name those of one`;
    throw new UsageError('several_folders', message);
  }
  return { directory: first.directory, isForeign: first.directory !== resolve(home), named: found };
}

/** Whether the command line names a file of the folder, directly or by a folder. */
export function isMeant({ named }: Place, path: string): boolean {
  return named.length === 0 || named.some((one) => one.holds(path));
}

/** Throws a RelayError `file_unreadable` if a named path contains no rule file. */
export function mustHoldFiles({ named }: Place, paths: readonly string[]): void {
  for (const one of named) {
    if (!paths.some((path) => one.holds(path))) {
      throw new RelayError('file_unreadable', `${one.given}: no rule file (*.yml, *.yaml) is there`);
    }
  }
}

async function locate(given: string, home: string): Promise<Named & { readonly directory: string }> {
  const path = resolve(given);
  const isFolder = await isDirectory(path, given);
  const directory = isIn(home, path) ? home : await ruleFolderOf(isFolder ? path : dirname(path));
  const below = relative(directory, path).split(sep).join('/');
  return {
    given,
    directory,
    holds: (file) => below === '' || file === below || (isFolder && file.startsWith(`${below}/`)),
  };
}

async function isDirectory(path: string, given: string): Promise<boolean> {
  try {
    return (await stat(path)).isDirectory();
  } catch (cause) {
    throw new RelayError('file_unreadable', `${given}: ${messageOf(cause)}`, { cause });
  }
}

function isIn(folder: string, path: string): boolean {
  return path === folder || path.startsWith(folder + sep);
}

/** The folder of rule files that a folder belongs to: `transforms` for `transforms/detections/windows`; otherwise the folder itself. */
async function ruleFolderOf(folder: string): Promise<string> {
  for (let at = folder; dirname(at) !== at; at = dirname(at)) {
    if (!['detections', 'mappings'].includes(basename(at))) continue;
    const above = dirname(at);
    const names = await readdir(above).catch(() => []);
    if (basename(above) === 'transforms' || names.some(isRuleFile)) return above;
  }
  return folder;
}

/** A path for display: relative to the working directory if it is below it. */
export function shownPath(path: string): string {
  const here = relative(process.cwd(), resolve(path));
  const shown = here === '' ? '.' : here.startsWith('..') ? resolve(path) : here;
  return shown.split(sep).join('/');
}

/** The given path or, without one, `relay.yaml` in the working directory if it exists. */
export async function relayFileOf(config: string | undefined): Promise<string | undefined> {
  if (config !== undefined) return config;
  const here = join('.', 'relay.yaml');
  const found = await stat(here).catch(() => undefined);
  return found?.isFile() ? here : undefined;
}
