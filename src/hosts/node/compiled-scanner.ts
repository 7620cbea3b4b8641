/** The compiled page scanner for Node: the file that `npm run build:wasm` writes. */
import { readFileSync } from 'node:fs';
import type { CompiledScanner } from '../../blobs/rows/scanner/wasm.ts';
import { messageOf } from '../../shared/errors.ts';

const FILE = new URL('../../../dist/wasm/page-scanner.wasm', import.meta.url);

export const compiledScanner: CompiledScanner = load();

function load(): CompiledScanner {
  try {
    return { module: new WebAssembly.Module(readFileSync(FILE)), trouble: undefined };
  } catch (error) {
    return { module: undefined, trouble: messageOf(error) };
  }
}
