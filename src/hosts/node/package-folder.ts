/** Finds the folder of xdr-relay itself: the clone, or where npm installed the package. */
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { RelayError } from '../../shared/errors.ts';

const NAME = 'xdr-relay';

/**
 * The folder whose package.json is xdr-relay's, at `from` or above it. The files that are not bundled are there: `transforms`,
 * `schemas`, `docs`.
 *
 * Throws a RelayError `package_incomplete` where the command was copied away from them.
 */
export function packageFolder(from: string = import.meta.dirname): string {
  for (let folder = from; ; folder = dirname(folder)) {
    if (isPackage(folder)) return folder;
    if (folder === dirname(folder)) {
      throw new RelayError('package_incomplete', `no package.json of ${NAME} above ${from}`);
    }
  }
}

/** Whether a package folder is a clone of the repository: a package has no sources. */
export function isClone(folder: string): boolean {
  return existsSync(join(folder, 'src'));
}

function isPackage(folder: string): boolean {
  const file = join(folder, 'package.json');
  if (!existsSync(file)) return false;
  const manifest: unknown = JSON.parse(readFileSync(file, 'utf8'));
  return typeof manifest === 'object' && manifest !== null && 'name' in manifest && manifest.name === NAME;
}
