/** Bundles the extension for VS Code with the client of the Language Server Protocol into one file. */
import { build } from 'esbuild';
import { ROOT } from './root.ts';

/** @param outfile the path of the file, which VS Code loads. Throws esbuild's BuildFailure. */
export async function bundleExtension(outfile: string): Promise<void> {
  await build({
    absWorkingDir: ROOT,
    entryPoints: ['editors/vscode/src/extension.ts'],
    outfile,
    bundle: true,
    platform: 'node',
    format: 'cjs',
    target: 'node20',
    // VS Code itself.
    external: ['vscode'],
    minifySyntax: true,
    minifyWhitespace: true,
    legalComments: 'inline',
    logLevel: 'warning',
  });
}
