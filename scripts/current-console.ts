/** dist/console, built anew only where something of what it is made of has changed since: a build takes ten seconds of CPU. */
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { buildConsole, builtFromFile } from './console.ts';
import { ROOT } from './root.ts';
import { CONSOLE_FOLDERS, sourcesDigest } from './sources-digest.ts';

const FOLDER = join(ROOT, 'dist/console');
const BUILT_FROM = builtFromFile(FOLDER);

/** Resolves when dist/console is what today's sources give. Throws what Vite throws. */
export async function currentConsole(): Promise<void> {
  const digest = await digestOfSources();
  const [before] = await Promise.all([
    readFile(BUILT_FROM, 'utf8'),
    // There is a page, and so the last build was not cut off.
    readFile(join(FOLDER, 'index.html')),
  ]).catch(() => []);
  if (before !== digest) await buildFrom(digest);
}

/**
 * Builds dist/console, also where it is current. Resolves with the folders below the repository's root of the packages that are in it,
 * sorted. Throws what Vite throws.
 */
export async function builtConsole(): Promise<readonly string[]> {
  return await buildFrom(await digestOfSources());
}

function digestOfSources(): Promise<string> {
  return sourcesDigest(CONSOLE_FOLDERS);
}

/** @param digest of the sources, read before: what changes during the build is built the next time. */
async function buildFrom(digest: string): Promise<readonly string[]> {
  const packages = await buildConsole(FOLDER);
  await writeFile(BUILT_FROM, digest);
  return packages;
}
