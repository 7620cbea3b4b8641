/** Keeps what V8 compiles of the built command for later starts. */
import { mkdirSync, realpathSync } from 'node:fs';
import { enableCompileCache, getCompileCacheDir } from 'node:module';
import { dirname, join } from 'node:path';
import { isOwnFolder } from './own-file.ts';

/**
 * Lets Node keep compiled code in the folder `compiled` beside the command, and read it at later starts. Where it cannot, it keeps nothing.
 *
 * What is in that folder is run, so it is used only if this user owns it and no other may write to it. A user who may create it may change the
 * command itself. `NODE_COMPILE_CACHE` names another folder, which Node itself uses from the beginning and whatever its rights are;
 * `NODE_DISABLE_COMPILE_CACHE=1` switches it off.
 *
 * @param folder the folder of the built command.
 * @returns the folder with compiled code; undefined where nothing may be kept.
 */
export function keepCompiled(folder: string): string | undefined {
  if (process.env.NODE_DISABLE_COMPILE_CACHE === '1') return undefined;
  const named = process.env.NODE_COMPILE_CACHE || join(folder, 'compiled');
  try {
    mkdirSync(named, { recursive: true, mode: 0o700 });
    // A user who may change a symbolic link on the way cannot lead a later read elsewhere.
    const kept = realpathSync(named);
    if (!isOwnFolder(kept)) return undefined;
    enableCompileCache(kept);
    return kept;
  } catch {
    // The package is usually read-only to the user who runs it.
    return undefined;
  }
}

/**
 * The folder that {@link keepCompiled} found, for code that did not call it. Node keeps what it compiled in a folder of its own below. Another user
 * may be able to write there: Node itself uses the folder of `NODE_COMPILE_CACHE` whatever its rights are.
 */
export function compiledFolder(): string | undefined {
  const nodes = getCompileCacheDir();
  try {
    return nodes && realpathSync(dirname(nodes));
  } catch {
    return undefined;
  }
}
