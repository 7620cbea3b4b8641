/** Has git ignore the file with the secrets. */
import { readFile, writeFile } from 'node:fs/promises';
import { foreignCodeOf } from '../../shared/errors.ts';

const NEW = `# The secrets that relay.yaml is filled in from.
.env
node_modules/
`;

/** Lines of a .gitignore that cover `.env` beside it. */
const COVERS = /^\/?(?:\.env\*?|\*\.env)\s*$/m;

/** Writes the .gitignore, or adds the line that is missing. Returns a sentence about it; empty if nothing was missing. */
export async function ignoreEnv(path: string): Promise<string> {
  const old = await readFile(path, 'utf8').catch((error: unknown) => {
    if (foreignCodeOf(error) === 'ENOENT') return undefined;
    throw error;
  });
  if (old === undefined) {
    await writeFile(path, NEW, { flag: 'wx' });
    return `Wrote ${path}, so that .env is not committed.`;
  }
  if (COVERS.test(old)) return '';
  await writeFile(path, `${old}${old === '' || old.endsWith('\n') ? '' : '\n'}.env\n`);
  return `Added .env to ${path}, so that it is not committed.`;
}
