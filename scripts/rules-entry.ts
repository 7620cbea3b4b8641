/** Builds `xdr-relay/rules`, the rule engine for people who check and test rules from TypeScript: one module and its types. */
import { execFile } from 'node:child_process';
import { copyFile, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { build } from 'esbuild';
import { bundledPackages } from './bundled-packages.ts';
import { ROOT } from './root.ts';

const SOURCE = 'src/rules/public.ts';
const TSC = join(ROOT, 'node_modules/typescript/bin/tsc');

/**
 * Writes `index.js`, its source map and `index.d.ts` into `folder`, in place of what was there.
 *
 * @returns the folders of the packages that are in it, as `buildCommand` has them. Throws what esbuild or the compiler says.
 */
export async function buildRulesEntry(folder: string): Promise<readonly string[]> {
  await rm(folder, { recursive: true, force: true });
  const { metafile } = await build({
    absWorkingDir: ROOT,
    entryPoints: { index: SOURCE },
    outdir: folder,
    bundle: true,
    platform: 'neutral',
    mainFields: ['browser', 'module', 'main'],
    format: 'esm',
    target: 'es2024',
    sourcemap: true,
    sourcesContent: false,
    minifySyntax: true,
    minifyWhitespace: true,
    legalComments: 'linked',
    metafile: true,
    logLevel: 'warning',
  });
  await writeTypes(join(folder, 'index.d.ts'));
  return bundledPackages(metafile);
}

/** The compiler writes the declarations of all files that the source imports; its own names none of them, and is all that is needed. */
async function writeTypes(file: string): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'xdr-relay-types-'));
  try {
    const options = ['--noEmit', 'false', '--declaration', '--emitDeclarationOnly', '--outDir', folder];
    const config = ['--project', join(ROOT, 'scripts/rules-entry.tsconfig.json')];
    await promisify(execFile)(process.execPath, [TSC, ...config, ...options], { cwd: ROOT });
    await copyFile(join(folder, SOURCE.replace(/\.ts$/, '.d.ts')), file);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
