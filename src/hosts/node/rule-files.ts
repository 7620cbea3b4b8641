import { readdir, readFile, stat } from 'node:fs/promises';
import { join, relative, sep } from 'node:path';
import { isRuleFile } from '../../rules/folder.ts';
import type { RuleFile } from '../../rules/ruleset.ts';
import { codeOf, RelayError } from '../../shared/errors.ts';

const MAX_FILES = 20_000;
const MAX_FILE_BYTES = 4 * 1024 * 1024;
const MAX_TOTAL_BYTES = 128 * 1024 * 1024;

/** The folder of rule files cannot be read. Codes `rules_unreadable`, `rules_too_large`. */
export class RuleFolderError extends RelayError {}

/** Reads all rule files of a folder and the folders in it. A folder that does not exist holds none. */
export async function readRuleFiles(directory: string): Promise<readonly RuleFile[]> {
  const files: RuleFile[] = [];
  let bytes = 0;
  for (const path of await namesIn(directory)) {
    if (files.length >= MAX_FILES) throw tooLarge(`${directory} has more than ${MAX_FILES} rule files`);
    const { size } = await stat(path);
    bytes += size;
    if (size > MAX_FILE_BYTES) throw tooLarge(`${path} has ${size} bytes; the limit is ${MAX_FILE_BYTES}`);
    if (bytes > MAX_TOTAL_BYTES)
      throw tooLarge(`the files in ${directory} have more than ${MAX_TOTAL_BYTES} bytes`);
    files.push({
      path: relative(directory, path).split(sep).join('/'),
      text: await readFile(path, 'utf8'),
    });
  }
  return files;
}

async function namesIn(directory: string): Promise<string[]> {
  try {
    const entries = await readdir(directory, { recursive: true, withFileTypes: true });
    return entries
      .filter((entry) => !entry.isDirectory() && isRuleFile(entry.name))
      .map((entry) => join(entry.parentPath, entry.name))
      .sort();
  } catch (cause) {
    if (codeOf(cause) === 'ENOENT') return [];
    throw new RuleFolderError('rules_unreadable', `${directory} cannot be read (${codeOf(cause)})`, {
      cause,
    });
  }
}

function tooLarge(message: string): RuleFolderError {
  return new RuleFolderError('rules_too_large', message);
}
