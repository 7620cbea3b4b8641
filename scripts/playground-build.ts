/** Builds the playground as a page of its own, which any static host can serve: all its addresses are relative. */
import { join } from 'node:path';
import { build } from 'vite';
import { BROWSER_BUILD } from './console.ts';
import { ROOT } from './root.ts';

/** Writes the page into `folder`, in place of what was there. Throws what Vite throws. */
export async function buildPlayground(folder: string): Promise<void> {
  await build({
    ...BROWSER_BUILD,
    root: join(ROOT, 'console/playground/static'),
    base: './',
    build: {
      outDir: folder,
      emptyOutDir: true,
      target: 'es2023',
      cssTarget: ['chrome125', 'firefox125', 'safari17.5'],
      assetsInlineLimit: 0,
      chunkSizeWarningLimit: 1000,
      modulePreload: { polyfill: false },
      reportCompressedSize: false,
    },
  });
}
