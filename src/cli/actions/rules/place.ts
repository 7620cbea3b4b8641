/** Which folder of rule files the paths of a command line mean, and which of its files. */
import { readdir, stat } from 'node:fs/promises';
import { basename, dirname, join, relative, resolve, sep } from 'node:path';
import { isRuleFile } from '../../../rules/folder.ts';
import { messageOf, RelayError } from '../../../shared/errors.ts';
import { UsageError } from '../../usage-error.ts';

/** A folder of rule files, and what of it is meant. */
export interface Place {
  /** Absolute. */
  readonly directory: string;
  /** It was found by a path and is not the one of relay.yaml: a folder of Sigma rules alone may be one, too. */
  readonly isForeign: boolean;
  /** What was named, as it was typed; none of it: the whole folder is meant. */
  readonly named: readonly Named[];
}

interface Named {
  readonly given: string;
  /** Whether it is, or holds, a file of the folder, told by the file's path there. */
  holds(path: string): boolean;
}

/**
 * The folder that all paths lie in: `home`, the one that relay.yaml names, or another one. A path may name a folder of rule files, a
 * folder in it, or a file.
 *
 * Throws UsageError `several_folders`, and a RelayError `file_unreadable` for what is not there.
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

/** Whether a file of the folder is meant. */
export function isMeant({ named }: Place, path: string): boolean {
  return named.length === 0 || named.some((one) => one.holds(path));
}

/** Throws a RelayError `file_unreadable` for a path without any rule file. */
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

/** Of `transforms/detections/windows` it is `transforms`; of a folder that lies in no folder of rule files the folder itself. */
async function ruleFolderOf(folder: string): Promise<string> {
  for (let at = folder; dirname(at) !== at; at = dirname(at)) {
    if (!['detections', 'mappings'].includes(basename(at))) continue;
    const above = dirname(at);
    const names = await readdir(above).catch(() => []);
    if (basename(above) === 'transforms' || names.some(isRuleFile)) return above;
  }
  return folder;
}

/** As it is shown: relative to the working directory where it lies below that. */
export function shownPath(path: string): string {
  const here = relative(process.cwd(), resolve(path));
  const shown = here === '' ? '.' : here.startsWith('..') ? resolve(path) : here;
  return shown.split(sep).join('/');
}

/** `relay.yaml` of the working directory, where it lies there and no other one is named. */
export async function relayFileOf(config: string | undefined): Promise<string | undefined> {
  if (config !== undefined) return config;
  const here = join('.', 'relay.yaml');
  const found = await stat(here).catch(() => undefined);
  return found?.isFile() ? here : undefined;
}
