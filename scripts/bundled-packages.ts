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

/**
 * The folders of the packages that files belong to, below the repository's root and sorted.
 *
 * @param files paths below the root, or absolute ones. The root is taken off at their beginning alone: packages have folders of the same name.
 */
export function packagesIn(files: readonly string[], root: string = ROOT): readonly string[] {
  const beginning = `${withSlashes(root)}/`;
  const folders = files.map(withSlashes).flatMap((path) => {
    const below = path.startsWith(beginning) ? path.slice(beginning.length) : path;
    const folder = PACKAGE.exec(below)?.[0];
    return folder === undefined ? [] : [folder];
  });
  return [...new Set(folders)].toSorted();
}

function withSlashes(path: string): string {
  return path.replaceAll('\\', '/');
}
