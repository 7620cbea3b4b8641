/** Identifies the sources that a build is made of. */
import { createHash } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { ROOT } from './root.ts';

/** The folders, besides the relay's own code, of which the console is made. */
export const CONSOLE_FOLDERS: readonly string[] = ['console', 'scripts', 'transforms', 'presets'];

/**
 * The SHA-256 of the relay's own code, of what else lies in `folders` below the repository's root, and of what says which packages are
 * bundled with it; 64 hexadecimal digits.
 */
export async function sourcesDigest(folders: readonly string[] = []): Promise<string> {
  const inside = await Promise.all(
    ['src', ...folders].map((name) => readdir(join(ROOT, name), { recursive: true, withFileTypes: true })),
  );
  const files = inside
    .flat()
    .filter((one) => one.isFile())
    .map((one) => join(one.parentPath, one.name));
  const hash = createHash('sha256');
  for (const file of [...files.sort(), join(ROOT, 'package-lock.json')]) {
    const text = await readFile(file);
    hash.update(`${file.slice(ROOT.length)}\n${text.length}\n`).update(text);
  }
  return hash.digest('hex');
}
