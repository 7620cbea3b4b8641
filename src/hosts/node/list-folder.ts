/** The folder of rule files, into which pulls write lists. */
import { randomUUID } from 'node:crypto';
import { mkdir, open, readFile, rename, rm } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import type { ListStore } from '../../relay/list-feeds/pull.ts';
import { LISTS_FOLDER } from '../../rules/lists/list-files.ts';
import { foreignCodeOf } from '../../shared/errors.ts';
import { loadRuleFolders } from './rule-files.ts';

/** Makes the {@link ListStore} of folders of rule files: it reads all of them, and writes into the last one. */
export function folderListStore(directories: readonly string[]): ListStore {
  const directory = directories.at(-1) ?? '.';
  return {
    async lists() {
      const { files } = await loadRuleFolders(directories);
      return files.filter(({ path }) => path.startsWith(LISTS_FOLDER));
    },
    async read(path) {
      try {
        return await readFile(join(directory, path), 'utf8');
      } catch (error) {
        if (foreignCodeOf(error) === 'ENOENT') return undefined;
        throw error;
      }
    },
    async write(path, text) {
      const target = join(directory, path);
      await mkdir(dirname(target), { recursive: true });
      // The relay reads no file whose name begins with a dot. The same folder, because a rename must not cross file systems.
      const beside = join(dirname(target), `.${basename(target)}.${randomUUID().slice(0, 8)}`);
      try {
        const file = await open(beside, 'w', 0o644);
        try {
          await file.writeFile(text);
          await file.sync();
        } finally {
          await file.close();
        }
        await rename(beside, target);
      } catch (error) {
        await rm(beside, { force: true });
        throw error;
      }
    },
  };
}
