/** Builds the Node command: `dist/node/xdr-relay.js`, bundled JavaScript that needs neither `node_modules` nor type stripping. */
import { chmod, readFile, rm, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { type BuildOptions, build } from 'esbuild';
import { zodInEnglish } from '../deploy/cloudflare/zod.ts';
import { bundledPackages } from './bundled-packages.ts';
import {
  apart,
  builtinsOnDemand,
  partsOnDemand,
  pinoWithoutCallers,
  serveAlone,
  zodByName,
} from './quick-start.ts';
import { ROOT } from './root.ts';
import { sourcesDigest } from './sources-digest.ts';

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
 * start. Therefore `serve` is bundled again, alone, into one file, which src/hosts/node/kept-script.ts runs: what V8 has compiled of one file can be
 * kept whole. What `serve` loads lazily is evaluated when it is needed. What runs it shares code with the other commands, too, and would be in
 * nine files: it is bundled alone as well. Otherwise no process loads files of both bundles.
 *
 * Throws esbuild's BuildFailure.
 */
export async function buildCommand(folder: string): Promise<BuiltCommand> {
  await rm(folder, { recursive: true, force: true });
  const serve = await buildServe(folder);
  await bundle(folder, { [FIRST_STEPS]: 'src/hosts/node/first-steps.ts' }, { ...AS_FILES, splitting: false });
  const { metafile } = await bundle(
    folder,
    {
      'xdr-relay': 'bin/xdr-relay.js',
      thread: 'bin/thread.ts',
      'lsp-thread': 'bin/lsp-thread.ts',
      'rule-list-thread': 'bin/rule-list-thread.ts',
    },
    {
      ...AS_FILES,
      define: { 'globalThis.XDR_RELAY_SERVE': JSON.stringify(serve) },
      plugins: [apart(/\/first-steps\.ts$/, `./${FIRST_STEPS}.js`)],
    },
  );
  // Node asks for the nearest package.json for each file: beside the file it need not go up folder by folder.
  await writeFile(join(folder, 'chunks/package.json'), '{"type":"module"}\n');
  const file = join(folder, 'xdr-relay.js');
  await chmod(file, 0o755);
  return { file, packages: bundledPackages(metafile) };
}

/** Writes `serve` into one file, and resolves with its name, which tells it from that of any other version. */
async function buildServe(folder: string): Promise<string> {
  const { metafile } = await bundle(folder, { serve: 'bin/serve.ts' }, AS_ONE_FILE);
  const path = Object.keys(metafile.outputs).find((output) => output.endsWith('.cjs'));
  if (path === undefined) throw new Error('the build of serve wrote no script');
  const file = join(folder, basename(path));
  const text = await readFile(file, 'utf8');
  // esbuild leaves regular expressions as they are. Each character becomes a byte, and the text takes half the memory.
  const escaped = text.replace(
    /[^\0-\x7f]/g,
    (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
  await writeFile(file, escaped);
  return basename(file);
}

/** Where the first steps are in the folder, without `.js`. */
const FIRST_STEPS = 'chunks/first-steps';

/** The command's files, which share code. */
const AS_FILES = { splitting: true, format: 'esm', banner: { js: REQUIRE } } as const satisfies BuildOptions;

/** What Node gives a CommonJS module. */
const OF_MODULE = 'exports, require, module, __filename, __dirname';

/** One CommonJS file, which has no `import.meta`. */
const AS_ONE_FILE = {
  splitting: false,
  format: 'cjs',
  outExtension: { '.js': '.cjs' },
  entryNames: '[name]-[hash]',
  // A module for `require`, and a script that gives a function to whom has no `module`. In parentheses, V8 compiles it at once.
  banner: {
    js: `(function (run) { return typeof module === 'object' ? run(${OF_MODULE}) : run; })((function (${OF_MODULE}) { 'use strict'; const urlOfBundle = require('node:url').pathToFileURL(__filename).href;`,
  },
  footer: { js: '}));' },
  define: {
    'import.meta.url': 'urlOfBundle',
    'import.meta.dirname': '__dirname',
  },
  plugins: [serveAlone],
} as const satisfies BuildOptions;

async function bundle(
  folder: string,
  entryPoints: Readonly<Record<string, string>>,
  { plugins = [], define, ...shape }: BuildOptions,
) {
  return await build({
    absWorkingDir: ROOT,
    entryPoints: { ...entryPoints },
    outdir: folder,
    chunkNames: 'chunks/[name]-[hash]',
    bundle: true,
    platform: 'node',
    // The page scanner's module is part of the command: see #compiled-scanner in package.json.
    conditions: ['bundled', 'module'],
    loader: { '.wasm': 'binary' },
    target: 'node22.19',
    sourcemap: true,
    sourcesContent: false,
    minifySyntax: true,
    minifyWhitespace: true,
    legalComments: 'linked',
    ...shape,
    define: { 'globalThis.XDR_RELAY_BUILD': JSON.stringify(await sourcesDigest()), ...define },
    // The first that knows a module decides.
    plugins: [...plugins, partsOnDemand, builtinsOnDemand, pinoWithoutCallers, zodInEnglish, zodByName],
    metafile: true,
    logLevel: 'warning',
  });
}
