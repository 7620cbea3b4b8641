/** Finds the packages that a bundle has parts of. */
import type { Metafile } from 'esbuild';

/** `node_modules/a`, `node_modules/@a/b`, and those that lie below another package: `node_modules/a/node_modules/b`. */
const PACKAGE = /^.*node_modules\/(?:@[^/]+\/)?[^/]+/;

/**
 * The folders of the packages whose code is in a bundle's output, below the repository's root and sorted. A package whose files were
 * read, but of which nothing was left, is not in it.
 */
export function bundledPackages({ outputs }: Metafile): readonly string[] {
  const folders = Object.values(outputs).flatMap(({ inputs }) =>
    Object.entries(inputs).flatMap(([path, { bytesInOutput }]) => {
      const folder = bytesInOutput > 0 ? PACKAGE.exec(path)?.[0] : undefined;
      return folder === undefined ? [] : [folder];
    }),
  );
  return [...new Set(folders)].toSorted();
}
