/** zod without its messages in fifty languages, for what must be small: the Worker, the command, the browser. */
import { rename } from 'node:fs/promises';
import { build, type Plugin } from 'esbuild';

/** Leaves out zod's messages in fifty languages, two thirds of it: English is a module of its own. */
export const zodInEnglish: Plugin = {
  name: 'zod-in-english',
  setup(build) {
    build.onResolve({ filter: /\/locales\/index\.js$/ }, ({ path, importer }) =>
      /[\\/]node_modules[\\/]zod[\\/]/.test(importer) ? { path, namespace: 'left-out' } : undefined,
    );
    build.onLoad({ filter: /.*/, namespace: 'left-out' }, () => ({ contents: 'export {};' }));
  },
};

/**
 * Writes zod as one module.
 *
 * @param file its path, to which wrangler.toml gives the name `zod`.
 * @param root the repository's folder.
 */
export async function bundleZod(file: string, root: string): Promise<void> {
  // Another wrangler may be reading the one of before.
  const draft = `${file}-${process.pid}.js`;
  await build({
    stdin: { contents: "export * from 'zod'; export { z } from 'zod';", resolveDir: root },
    outfile: draft,
    bundle: true,
    format: 'esm',
    target: 'es2022',
    plugins: [zodInEnglish],
    logLevel: 'error',
  });
  await rename(draft, file);
}
