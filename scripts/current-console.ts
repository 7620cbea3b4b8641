/** dist/console, built anew only where something of what it is made of has changed since: a build takes ten seconds of CPU. */
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { buildConsole, builtFromFile } from './console.ts';
import { ROOT } from './root.ts';
import { sourcesDigest } from './sources-digest.ts';

const FOLDER = join(ROOT, 'dist/console');
const BUILT_FROM = builtFromFile(FOLDER);

/** Resolves when dist/console is what today's sources give. Throws what Vite throws. */
export async function currentConsole(): Promise<void> {
  const digest = await sourcesDigest(['console', 'scripts', 'transforms', 'presets']);
  const [before] = await Promise.all([
    readFile(BUILT_FROM, 'utf8'),
    // There is a page, and so the last build was not cut off.
    readFile(join(FOLDER, 'index.html')),
  ]).catch(() => []);
  if (before === digest) return;
  await buildConsole(FOLDER);
  await writeFile(BUILT_FROM, digest);
}
