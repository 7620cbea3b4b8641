/** Finds the packages that a bundle has parts of. */
import type { Metafile } from 'esbuild';
import { ROOT } from './root.ts';

/** `node_modules/a`, `node_modules/@a/b`, and those that lie below another package: `node_modules/a/node_modules/b`. */
const PACKAGE = /^.*node_modules\/(?:@[^/]+\/)?[^/]+/;

/**
 * The folders of the packages whose code is in a bundle's output, below the repository's root and sorted. A package whose files were
 * read, but of which nothing was left, is not in it.
 */
export function bundledPackages({ outputs }: Metafile): readonly string[] {
  const files = Object.values(outputs).flatMap(({ inputs }) =>
    Object.entries(inputs).flatMap(([path, { bytesInOutput }]) => (bytesInOutput > 0 ? [path] : [])),
  );
  return packagesIn(files);
}

/** The folders of the packages that files belong to, below the repository's root and sorted. Paths may be absolute. */
export function packagesIn(files: readonly string[]): readonly string[] {
  const folders = files.flatMap((path) => {
    const folder = PACKAGE.exec(
      path.replaceAll('\\', '/').replace(`${ROOT.replaceAll('\\', '/')}/`, ''),
    )?.[0];
    return folder === undefined ? [] : [folder];
  });
  return [...new Set(folders)].toSorted();
}
