/** Keeps what V8 compiles of the built command for later starts. */
import { mkdirSync, statSync } from 'node:fs';
import { enableCompileCache } from 'node:module';
import { join } from 'node:path';

/** Rights of other users to write. */
const OTHERS_WRITE = 0o022;

/**
 * Lets Node keep compiled code in the folder `compiled` beside the command, and read it at later starts. Where it cannot, it keeps nothing.
 *
 * What is in that folder is run, so it is used only if this user owns it and no other may write to it. A user who may create it may change the
 * command itself. `NODE_COMPILE_CACHE` names another folder; `NODE_DISABLE_COMPILE_CACHE=1` switches it off.
 *
 * @param folder the folder of the built command.
 * @returns the folder with compiled code; undefined where nothing may be kept.
 */
export function keepCompiled(folder: string): string | undefined {
  if (process.env.NODE_DISABLE_COMPILE_CACHE === '1') return undefined;
  const kept = process.env.NODE_COMPILE_CACHE || join(folder, 'compiled');
  try {
    mkdirSync(kept, { recursive: true, mode: 0o700 });
  } catch {
    // The package is usually read-only to the user who runs it.
    return undefined;
  }
  if (!isOwnFolder(kept)) return undefined;
  enableCompileCache(kept);
  return kept;
}

/** Whether this user owns a folder, and no other may write to it. */
export function isOwnFolder(folder: string): boolean {
  const info = statSync(folder, { throwIfNoEntry: false });
  if (!info) return false;
  // Windows has no such rights: there, a folder has those of the folder around it.
  return !process.getuid || (info.uid === process.getuid() && (info.mode & OTHERS_WRITE) === 0);
}
