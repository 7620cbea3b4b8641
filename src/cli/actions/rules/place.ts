/** Resolves the paths of a command line to a folder of rule files, and to files in it. */
import { readdir, stat } from 'node:fs/promises';
import { basename, dirname, join, relative, resolve, sep } from 'node:path';
import { isRuleFile } from '../../../rules/folder.ts';
import { messageOf, RelayError } from '../../../shared/errors.ts';
import { UsageError } from '../../usage-error.ts';

/** Folders of rule files, and the part of them that the command line names. */
export interface Place {
  /** The absolute paths of the folders: of several, later ones win. */
  readonly directories: readonly string[];
  /** Whether the folder was found from a path and is none that relay.yaml names. It may contain only Sigma rules. */
  readonly isForeign: boolean;
  /** The paths that the command line names in the folders, as typed. Empty: all of them. */
  readonly named: readonly Named[];
}

interface Named {
  readonly given: string;
  /** Whether the named path is, or contains, a file. */
  holds(file: PlacedFile): boolean;
}

/** A file by its folder and its path in that folder. */
export interface PlacedFile {
  readonly directory: string;
  readonly path: string;
}

/**
 * The folders of rule files that contain all paths: `homes`, which are those that relay.yaml names, or another folder. A path may name a
 * folder of rule files, a folder in it, or a file.
 *
 * Throws UsageError `several_folders`, and a RelayError `file_unreadable` for a path that does not exist.
 */
export async function placeOf(paths: readonly string[], given: readonly string[]): Promise<Place> {
  const homes = given.map((home) => resolve(home));
  const found = await Promise.all(paths.map((path) => locate(path, homes)));
  const [first] = found;
  const isHome = (directory: string) => homes.includes(directory);
  if (!first) return { directories: homes, isForeign: false, named: [] };
  const other = found.find(
    ({ directory }) => directory !== first.directory && !(isHome(directory) && isHome(first.directory)),
  );
  if (other) {
    const message = `${first.given} and ${other.given} lie in different folders of rule files: name those of one`;
    throw new UsageError('several_folders', message);
  }
  const isForeign = !isHome(first.directory);
  return { directories: isForeign ? [first.directory] : homes, isForeign, named: found };
}

/** Whether the command line names a file, directly or by a folder. */
export function isMeant({ named }: Place, file: PlacedFile): boolean {
  return named.length === 0 || named.some((one) => one.holds(file));
}

/** Throws a RelayError `file_unreadable` if a named path contains no rule file. */
export function mustHoldFiles({ named }: Place, files: readonly PlacedFile[]): void {
  for (const one of named) {
    if (!files.some((file) => one.holds(file))) {
      throw new RelayError('file_unreadable', `${one.given}: no rule file (*.yml, *.yaml) is there`);
    }
  }
}

async function locate(
  given: string,
  homes: readonly string[],
): Promise<Named & { readonly directory: string }> {
  const path = resolve(given);
  const isFolder = await isDirectory(path, given);
  const home = homes.findLast((one) => isIn(one, path));
  const directory = home ?? (await ruleFolderOf(isFolder ? path : dirname(path)));
  const below = relative(directory, path).split(sep).join('/');
  return {
    given,
    directory,
    holds: (file) =>
      file.directory === directory &&
      (below === '' || file.path === below || (isFolder && file.path.startsWith(`${below}/`))),
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
    if (!['detections', 'exceptions', 'mappings'].includes(basename(at))) continue;
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
