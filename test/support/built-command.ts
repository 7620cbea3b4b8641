/** Builds the command that the tests start as processes of their own. */
import { createHash } from 'node:crypto';
import { readdir, readFile, rename, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { buildCommand } from '../../scripts/build.ts';
import { ROOT } from '../../scripts/root.ts';

/** Builds of before, each in a folder named by its content, so that runs side by side do not take each other's away. */
const BUILDS = join(ROOT, 'dist/tested');
/** As in the package, for what looks for the command there. */
const BELOW = 'dist/node';
const KEPT_MS = 24 * 3_600_000;

/**
 * Builds the command as `npm run build` does and returns its path: it starts in half the processor time of the sources, and the tests
 * start it some hundred times. Throws esbuild's BuildFailure.
 */
export async function builtCommand(): Promise<string> {
  const fresh = join(BUILDS, `building-${process.pid}`);
  await buildCommand(join(fresh, BELOW));
  const folder = join(BUILDS, await contentOf(fresh));
  // Not empty: another run has built the same.
  await rename(fresh, folder).catch(() => rm(fresh, { recursive: true, force: true }));
  await removeOld(folder);
  return join(folder, BELOW, 'xdr-relay.js');
}

async function contentOf(folder: string): Promise<string> {
  const hash = createHash('sha256');
  const names = (await readdir(folder, { recursive: true }))
    .filter((name) => name.endsWith('.js'))
    .toSorted();
  for (const name of names) hash.update(`${name}\0`).update(await readFile(join(folder, name)));
  return hash.digest('hex').slice(0, 16);
}

async function removeOld(used: string): Promise<void> {
  for (const name of await readdir(BUILDS)) {
    const folder = join(BUILDS, name);
    const builtAt = await stat(folder).then(
      ({ mtimeMs }) => mtimeMs,
      () => Date.now(),
    );
    if (folder !== used && Date.now() - builtAt > KEPT_MS) await rm(folder, { recursive: true, force: true });
  }
}
