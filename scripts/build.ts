/** Builds the Node command: `dist/node/xdr-relay.js`, bundled JavaScript that needs neither `node_modules` nor type stripping. */
import { chmod, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { build, type Plugin } from 'esbuild';
import { zodInEnglish } from '../deploy/cloudflare/zod.ts';
import { bundledPackages } from './bundled-packages.ts';
import { builtinsOnDemand, partsOnDemand, serveAlone, zodByName } from './quick-start.ts';
import { ROOT } from './root.ts';

/** CommonJS packages in the bundle call `require` for Node's own modules, which an ECMAScript module does not have. */
const REQUIRE =
  "import { createRequire as createRequireOfBundle } from 'node:module'; const require = createRequireOfBundle(import.meta.url);";

/** A command that was built. */
export interface BuiltCommand {
  /** The path of the file that Node starts. */
  readonly file: string;
  /** The folders below the repository's root of the packages that are in it, sorted: `node_modules/zod`. */
  readonly packages: readonly string[];
}

/**
 * Writes the command and its source maps into `folder`, in place of what was there. What a command loads lazily is a file of its
 * own, so that a start reads only what it runs. Names stay as they are: a stack trace can be read without the source maps.
 *
 * Code that two commands share is in a file for exactly these, so that `serve` would be in 150 files, and finding them took a tenth of its
 * start. Therefore `serve` is bundled again, alone, into a quarter as many. No process loads files of both bundles.
 *
 * Throws esbuild's BuildFailure.
 */
export async function buildCommand(folder: string): Promise<BuiltCommand> {
  await rm(folder, { recursive: true, force: true });
  const { metafile } = await bundle(folder, {
    'xdr-relay': 'bin/xdr-relay.js',
    thread: 'bin/thread.ts',
    'lsp-thread': 'bin/lsp-thread.ts',
  });
  await bundle(folder, { serve: 'bin/serve.ts' }, [serveAlone]);
  // Node asks for the nearest package.json for each file: beside the file it need not go up folder by folder.
  await writeFile(join(folder, 'chunks/package.json'), '{"type":"module"}\n');
  const file = join(folder, 'xdr-relay.js');
  await chmod(file, 0o755);
  return { file, packages: bundledPackages(metafile) };
}

async function bundle(
  folder: string,
  entryPoints: Readonly<Record<string, string>>,
  plugins: readonly Plugin[] = [],
) {
  return await build({
    absWorkingDir: ROOT,
    entryPoints: { ...entryPoints },
    outdir: folder,
    chunkNames: 'chunks/[name]-[hash]',
    bundle: true,
    splitting: true,
    platform: 'node',
    // The page scanner's module is part of the command: see #compiled-scanner in package.json.
    conditions: ['bundled', 'module'],
    loader: { '.wasm': 'binary' },
    format: 'esm',
    target: 'node22.19',
    sourcemap: true,
    sourcesContent: false,
    minifySyntax: true,
    minifyWhitespace: true,
    legalComments: 'linked',
    banner: { js: REQUIRE },
    define: { 'globalThis.XDR_RELAY_IS_BUILT': 'true' },
    // The first that knows a module decides.
    plugins: [...plugins, partsOnDemand, builtinsOnDemand, zodInEnglish, zodByName],
    metafile: true,
    logLevel: 'warning',
  });
}
