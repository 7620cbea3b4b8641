/** The built console on disk: dist/console of the package, with its files compressed beside them. */
import { existsSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Asset, ConsoleAssets } from '../../../routes/console/deps.ts';
import { foreignCodeOf } from '../../shared/errors.ts';
import { packageFolder } from './package-folder.ts';

/** The largest file that is served. Bytes. */
const MAX_FILE = 16 * 1024 * 1024;

/** The compressions that the build writes, the smaller one first, and how their files end. */
const COMPRESSED = [
  ['br', '.br'],
  ['gzip', '.gz'],
] as const;

/** @param folder where the files are. Default: dist/console of xdr-relay's own package; without it, there are no files. */
export function consoleAssets(folder: string | undefined = builtFolder()): ConsoleAssets {
  return {
    async find(path, accepts): Promise<Asset | undefined> {
      // The routes let no other names pass; this folder is not left even if one of them did.
      if (folder === undefined || path.split('/').some((part) => part === '..' || part === ''))
        return undefined;
      const file = join(folder, path);
      for (const [encoding, ending] of COMPRESSED) {
        const body = accepts(encoding) ? await read(file + ending) : undefined;
        if (body) return { body, encoding };
      }
      const body = await read(file);
      return body && { body };
    },
  };
}

/** Beside the built code, where it was built with it, also where that is not the package's own: the tests build into a folder of theirs. */
function builtFolder(): string | undefined {
  for (const place of ['../console', '../../console']) {
    const folder = fileURLToPath(new URL(place, import.meta.url));
    if (existsSync(join(folder, 'assets'))) return folder;
  }
  try {
    return join(packageFolder(), 'dist/console');
  } catch {
    return undefined;
  }
}

async function read(file: string): Promise<Uint8Array<ArrayBuffer> | undefined> {
  try {
    await using handle = await open(file, 'r');
    const { size } = await handle.stat();
    return size > MAX_FILE ? undefined : new Uint8Array(await handle.readFile());
  } catch (error) {
    const code = foreignCodeOf(error);
    if (code === 'ENOENT' || code === 'EISDIR' || code === 'ENOTDIR') return undefined;
    throw error;
  }
}
