/** Builds what the console shows in the browser, with Vite, and compresses it beforehand: the relay only hands out files. */
import { readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { brotliCompress, constants, gzip } from 'node:zlib';
import { build, type InlineConfig, type Rolldown } from 'vite';
import { packagesIn } from './bundled-packages.ts';
import { playgroundPlugins } from './playground-plugins.ts';
import { ROOT } from './root.ts';

const SOURCE = join(ROOT, 'console');
/** What is worth compressing; pictures are compressed already. */
const COMPRESSED = /\.(?:html|js|css|svg|json|wasm)$/;

/** No module of the relay is imported for what it does when it is loaded: what is not used of one can be left out. */
const OWN_SOURCES = /[\\/]src[\\/](?!.*node_modules)/;

/** What every part of the browser's side is built with. */
export const BROWSER_BUILD = {
  configFile: false,
  envDir: false,
  publicDir: false,
  logLevel: 'warn',
  // The same wherever it is built: tests have another NODE_ENV, and with it would get a build for developers.
  oxc: { jsx: { runtime: 'automatic', importSource: 'preact', development: false } },
  define: { 'process.env.NODE_ENV': '"production"' },
  // The playground's engine.
  worker: {
    format: 'es',
    plugins: playgroundPlugins,
    rolldownOptions: { treeshake: { moduleSideEffects: [{ test: OWN_SOURCES, sideEffects: false }] } },
  },
} satisfies InlineConfig;

/** Says what the console in `folder` was built from: see current-console.ts. Beside the folder, which is part of the package. */
export function builtFromFile(folder: string): string {
  return `${folder}-built-from.txt`;
}

/**
 * Writes the console into `folder`, in place of what was there: `index.html`, `assets/` with hashed names, and beside each file that is
 * worth it `.br` and `.gz`. Resolves with the folders below the repository's root of the packages that are in it, sorted. Throws what
 * Vite throws.
 */
export async function buildConsole(folder: string): Promise<readonly string[]> {
  const draft = `${folder}-${process.pid}`;
  // What is built from now on may come from other sources.
  await rm(builtFromFile(folder), { force: true });
  try {
    const built = await build({
      ...BROWSER_BUILD,
      root: SOURCE,
      base: '/console/',
      build: {
        outDir: draft,
        emptyOutDir: true,
        target: 'es2023',
        cssTarget: ['chrome125', 'firefox125', 'safari17.5'],
        // Data in the page's address would need a wider policy.
        assetsInlineLimit: 0,
        modulePreload: { polyfill: false },
        reportCompressedSize: false,
      },
    });
    await compressFiles(draft);
    await rm(folder, { recursive: true, force: true });
    await rename(draft, folder);
    return packagesOf(built);
  } finally {
    await rm(draft, { recursive: true, force: true });
  }
}

/** Writes `.br` and `.gz` beside each file of `folder` that is worth it. */
export async function compressFiles(folder: string): Promise<void> {
  const names = (await readdir(folder, { recursive: true })).filter((name) => COMPRESSED.test(name));
  await Promise.all(
    names.map(async (name) => {
      const file = join(folder, name);
      const bytes = await readFile(file);
      const params = {
        [constants.BROTLI_PARAM_QUALITY]: constants.BROTLI_MAX_QUALITY,
        [constants.BROTLI_PARAM_SIZE_HINT]: bytes.length,
      };
      await writeFile(`${file}.br`, await promisify(brotliCompress)(bytes, { params }));
      await writeFile(`${file}.gz`, await promisify(gzip)(bytes, { level: 9 }));
    }),
  );
}

/** The folders of the packages whose code is in what Vite built. */
export function packagesOf(built: Awaited<ReturnType<typeof build>>): readonly string[] {
  if (!Array.isArray(built) && !('output' in built)) throw new Error('Vite watches in place of building');
  const outputs: readonly Rolldown.RolldownOutput[] = Array.isArray(built) ? built : [built];
  const modules = outputs.flatMap(({ output }) =>
    output.flatMap((part) => (part.type === 'chunk' ? part.moduleIds : [])),
  );
  return packagesIn(modules);
}
