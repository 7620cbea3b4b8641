/** Reads a folder of rule files from disk. */
import type { Stats } from 'node:fs';
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { setImmediate } from 'node:timers/promises';
import { databaseFile } from '../../databases/mmdb.ts';
import { isRuleFile } from '../../rules/folder.ts';
import { type LayeredFiles, layered } from '../../rules/layers.ts';
import { isDatabaseFile, isListFile, lengthOf } from '../../rules/lists/list-files.ts';
import { maxBytesOf } from '../../rules/open-rule-file.ts';
import type { RuleFile } from '../../rules/rule-file.ts';
import type { CodeOf } from '../../shared/error-codes.ts';
import { foreignCodeOf, messageOf, NarrowRelayError } from '../../shared/errors.ts';
import { translated } from '../../shared/translated.ts';

const MAX_FILES = 20_000;
const MAX_TOTAL_BYTES = 128 * 1024 * 1024;
const MAX_DEPTH = 16;

/** A folder of rule files that can't be read: `rules_folder_missing`, `rules_folder_too_large`, `rules_file_unreadable`. */
export class RulesFolderError extends NarrowRelayError<CodeOf<'rules'>> {}

/** How the disk is read. */
interface Disk {
  readdir(path: string): readonly string[] | Promise<readonly string[]>;
  stat(path: string): Stats | Promise<Stats>;
  readFile(path: string): Buffer | Promise<Buffer>;
}

/** For a process that does something else meanwhile: a disk that is slow or does not answer holds up only Node's threads for files. */
const inBackground: Disk = { readdir, stat, readFile };
/** For a start, which has to wait anyway: each of some operations for a small file costs ten times as much by Node's threads. */
const atOnce: Disk = { readdir: readdirSync, stat: statSync, readFile: readFileSync };
/** After how many files signals and requests get their turn. */
const TURN_FILES = 64;

/**
 * Reads the rule files under a folder, in the order of their paths: YAML files and lists, nothing that begins with a dot.
 *
 * Follows links, as Kubernetes mounts files through them. At most 20,000 files, 128 MiB, 16 levels.
 */
export async function loadRuleFiles(directory: string): Promise<RuleFile[]> {
  return await loadFrom(inBackground, directory);
}

async function loadFrom(disk: Disk, directory: string): Promise<RuleFile[]> {
  const paths = await find(disk, directory, isRuleFile);
  const files: RuleFile[] = [];
  let total = 0;
  for (const path of paths) {
    if (files.length % TURN_FILES === 0) await setImmediate();
    const file = await readFrom(disk, directory, path);
    total += lengthOf(file);
    if (total > MAX_TOTAL_BYTES) {
      throw new RulesFolderError(
        'rules_folder_too_large',
        `${directory}: more than ${MAX_TOTAL_BYTES} bytes of rules`,
      );
    }
    files.push(file);
  }
  return files;
}

/** Rule files of one folder or several, of which later ones win. */
export interface RuleFolders extends LayeredFiles {
  /** The path of a file on the disk, by its path in the set. */
  nameOf(path: string): string;
  /** Of several folders, how many rule files each has; empty for one folder. */
  readonly folders: readonly { readonly name: string; readonly files: number }[];
}

/**
 * Reads folders of rule files, and lays them over each other. Limits of each as {@link loadRuleFiles}.
 * @param isStart whether this process has nothing else to do until the files are read.
 */
export async function loadRuleFolders(
  directories: readonly string[],
  { isStart = false } = {},
): Promise<RuleFolders> {
  const disk = isStart ? atOnce : inBackground;
  const folders: RuleFile[][] = [];
  for (const directory of directories) folders.push(await loadFrom(disk, directory));
  const { files, origins } = layered(folders);
  return {
    files,
    origins,
    folders:
      directories.length === 1
        ? []
        : directories.map((name, n) => ({ name, files: folders[n]?.length ?? 0 })),
    nameOf(path) {
      const origin = origins.get(path);
      return `${directories[origin?.folder ?? 0]}/${origin?.path ?? path}`;
    },
  };
}

/** The paths of files under a folder whose name is wanted, sorted; nothing that begins with a dot. Limits as {@link loadRuleFiles}. */
export async function findFiles(directory: string, wanted: (path: string) => boolean): Promise<string[]> {
  return await find(inBackground, directory, wanted);
}

async function find(disk: Disk, directory: string, wanted: (path: string) => boolean): Promise<string[]> {
  const found: string[] = [];
  await walk({ disk, directory, wanted, found }, '', 0);
  return found.sort();
}

interface Search {
  readonly disk: Disk;
  readonly directory: string;
  readonly wanted: (path: string) => boolean;
  readonly found: string[];
}

async function walk(search: Search, below: string, depth: number): Promise<void> {
  const { disk, directory, wanted, found } = search;
  if (depth > MAX_DEPTH) {
    throw new RulesFolderError(
      'rules_folder_too_large',
      `${join(directory, below)}: more than ${MAX_DEPTH} folders deep`,
    );
  }
  const here = join(directory, below);
  const names = await translated(async () => await disk.readdir(here), readErrorOf(here));
  for (const name of names) {
    if (name.startsWith('.') || name === 'node_modules') continue;
    const path = below === '' ? name : `${below}/${name}`;
    const info = await translated(async () => await disk.stat(join(directory, path)), readErrorOf(path));
    if (info.isDirectory()) await walk(search, path, depth + 1);
    else if (info.isFile() && wanted(path)) found.push(path);
    if (found.length > MAX_FILES) {
      throw new RulesFolderError('rules_folder_too_large', `${directory}: more than ${MAX_FILES} rule files`);
    }
  }
}

/** Reads one rule file. Throws {@link RulesFolderError}, also if it is larger than any file of its kind may be. */
export async function readRuleFile(directory: string, path: string): Promise<RuleFile> {
  return await readFrom(inBackground, directory, path);
}

async function readFrom(disk: Disk, directory: string, path: string): Promise<RuleFile> {
  const where = join(directory, path);
  return await translated(async () => {
    const { size, mtimeMs } = await disk.stat(where);
    const most = maxBytesOf(path);
    if (size > most) throw new Error(`larger than ${most} bytes`);
    const modified = Math.round(mtimeMs);
    if (isDatabaseFile(path))
      return { path, text: '', modified, database: databaseFile(await disk.readFile(where)) };
    // Bytes of a list that are not UTF-8 are reported with their line, as its other mistakes are.
    const decoder = new TextDecoder('utf-8', { fatal: !isListFile(path) });
    return { path, text: decoder.decode(await disk.readFile(where)), modified };
  }, readErrorOf(where));
}

/** What reading `where` throws, as a sentence about it. */
function readErrorOf(where: string): (thrown: unknown) => RulesFolderError {
  return (cause) => {
    if (cause instanceof RulesFolderError) return cause;
    if (foreignCodeOf(cause) === 'ENOENT') {
      const message = `${where}: no such file or folder: create it (it may be empty), or name another`;
      return new RulesFolderError('rules_folder_missing', message, { cause });
    }
    return new RulesFolderError('rules_file_unreadable', `${where}: ${messageOf(cause)}`, { cause });
  };
}
