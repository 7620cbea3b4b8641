/** Checks a folder of rule files as a whole: files that are ignored because of their names, or no file that the relay reads. */
import { type Diagnostic, diagnostic, START } from '../../../diagnostics/diagnostic.ts';
import { findFiles } from '../../../hosts/node/rule-files.ts';
import { rightName, sortFiles } from '../../../rules/folder.ts';
import type { RuleFile } from '../../../rules/rule-file.ts';

/** @param files the YAML files in the folder. Paths in findings are relative to the folder; the folder itself is {@link FOLDER}. */
export async function unread(directory: string, files: readonly RuleFile[]): Promise<readonly Diagnostic[]> {
  const misnamed = await findFiles(directory, (path) => rightName(path) !== undefined);
  const warnings = misnamed.map((path) => {
    const message = 'nothing reads a file of this name';
    const hint = `rename it to ${rightName(path)}`;
    return diagnostic(path, START, { code: 'file-ending', message, hint }, 'warning');
  });
  if (files.length === 0) return [...warnings, EMPTY];
  return sortFiles(files).others.length < files.length ? warnings : [...warnings, ALL_ELSEWHERE];
}

/** The path of the folder itself. */
export const FOLDER = '.';

const EMPTY = diagnostic(FOLDER, START, {
  code: 'empty-folder',
  message: 'the folder holds no rule files',
  hint: 'rule files end in ".yaml" or ".yml"; "xdr-relay rules new" writes a first one',
});

const ALL_ELSEWHERE = diagnostic(FOLDER, START, {
  code: 'empty-folder',
  message: 'the folder holds no file where the relay reads it',
  hint: 'Sigma rules lie below detections/; a folder of Sigma rules alone is checked with "xdr-relay rules check FOLDER"',
});
