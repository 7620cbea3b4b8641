/** What is wrong with a folder as a whole: files that nothing reads for their names, or no rule files at all. */
import { type Diagnostic, diagnostic, START } from '../../../diagnostics/diagnostic.ts';
import { findFiles } from '../../../hosts/node/rule-files.ts';
import { rightName } from '../../../rules/folder.ts';

/** @param files how many rule files were read there. Paths are relative to the folder; that of the folder itself is `.`. */
export async function unread(directory: string, files: number): Promise<readonly Diagnostic[]> {
  const misnamed = await findFiles(directory, (path) => rightName(path) !== undefined);
  const warnings = misnamed.map((path) => {
    const message = 'nothing reads a file of this name';
    const hint = `rename it to ${rightName(path)}`;
    return diagnostic(path, START, { code: 'file-ending', message, hint }, 'warning');
  });
  return files > 0 ? warnings : [...warnings, EMPTY];
}

const EMPTY = diagnostic('.', START, {
  code: 'empty-folder',
  message: 'the folder holds no rule files',
  hint: 'rule files end in ".yaml" or ".yml"; "xdr-relay rules new" writes a first one',
});
