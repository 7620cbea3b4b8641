/** The rule files on the disk, with the changes that an editor has not saved yet. */
import { readFile, stat } from 'node:fs/promises';
import { join, resolve, sep } from 'node:path';
import { findFiles, readRuleFile } from '../../../hosts/node/rule-files.ts';
import { isRuleFile } from '../../../rules/folder.ts';
import type { RuleFile } from '../../../rules/rule-file.ts';
import { codeOf, messageOf } from '../../../shared/errors.ts';

/** A file or folder that cannot be read. */
export interface Unreadable {
  /** Absolute. */
  readonly path: string;
  readonly code: string;
  readonly message: string;
}

/** The most characters of a folder's files together, as for every other command on rules. */
const MOST_CHARACTERS = 128 * 1024 * 1024;

/** More than a relay.yaml may have. */
const MOST_TEXT_BYTES = 4_000_000;

interface Listed {
  readonly files: readonly RuleFile[];
  readonly unreadable: readonly Unreadable[];
}

/** Keeps what was read until it is told that files may have changed. One file that cannot be read does not hide the others. */
export class Disk {
  /** The texts of open documents by their absolute paths. */
  readonly open = new Map<string, string>();
  readonly #folders = new Map<string, Promise<Listed>>();
  readonly #read = new Map<string, { readonly changed: string; readonly file: RuleFile }>();

  /** Looks at the disk again when it is asked next. Files with the same time and size are not read again. */
  forget(): void {
    this.#folders.clear();
  }

  /** The rule files of a folder; none of a folder that does not exist. */
  async load(directory: string): Promise<readonly RuleFile[]> {
    const folder = resolve(directory);
    const { files } = await this.#listed(folder);
    const open = [...this.open].flatMap(([path, text]): RuleFile[] => {
      const below = path.startsWith(folder + sep)
        ? path
            .slice(folder.length + 1)
            .split(sep)
            .join('/')
        : '';
      const isHidden = below.split('/').some((part) => part.startsWith('.') || part === 'node_modules');
      return below !== '' && !isHidden && isRuleFile(below) ? [{ path: below, text }] : [];
    });
    const byPath = new Map(files.map((file) => [file.path, file]));
    for (const file of open) byPath.set(file.path, { ...byPath.get(file.path), ...file });
    return [...byPath.values()].toSorted((a, b) => (a.path < b.path ? -1 : 1));
  }

  /** What of a folder cannot be read, without files that are open in the editor. */
  async unreadable(directory: string): Promise<readonly Unreadable[]> {
    const { unreadable } = await this.#listed(resolve(directory));
    return unreadable.filter(({ path }) => !this.open.has(path));
  }

  /** The text of a file that is no rule file; undefined if it cannot be read. */
  async text(path: string): Promise<string | undefined> {
    try {
      const { size } = await stat(path);
      return size > MOST_TEXT_BYTES ? undefined : await readFile(path, 'utf8');
    } catch {
      return undefined;
    }
  }

  #listed(folder: string): Promise<Listed> {
    const known = this.#folders.get(folder) ?? this.#list(folder);
    this.#folders.set(folder, known);
    return known;
  }

  async #list(folder: string): Promise<Listed> {
    const unreadable: Unreadable[] = [];
    const tell = (path: string, error: unknown) => {
      unreadable.push({ path, code: codeOf(error) ?? 'rules_file_unreadable', message: messageOf(error) });
    };
    let paths: readonly string[] = [];
    try {
      paths = await findFiles(folder, isRuleFile);
    } catch (error) {
      if (codeOf(error) !== 'rules_folder_missing') tell(folder, error);
    }
    const files: RuleFile[] = [];
    let characters = 0;
    for (const path of paths) {
      try {
        const file = await this.#file(folder, path);
        characters += file.text.length;
        if (characters > MOST_CHARACTERS) throw new Error('the files before it are too large together');
        files.push(file);
      } catch (error) {
        tell(join(folder, path), error);
      }
    }
    return { files, unreadable };
  }

  async #file(folder: string, path: string): Promise<RuleFile> {
    const where = join(folder, path);
    const { mtimeMs, size } = await stat(where);
    const changed = `${mtimeMs}/${size}/${path}`;
    const known = this.#read.get(where);
    if (known?.changed === changed) return known.file;
    const file = await readRuleFile(folder, path);
    this.#read.set(where, { changed, file });
    return file;
  }
}
