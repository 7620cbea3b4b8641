/** The compiled page scanner for Node from the sources: the file that `npm run build:wasm` writes. */
import { readFileSync } from 'node:fs';
import type { CompiledScanner } from '../../blobs/rows/scanner/wasm.ts';
import { compiled } from './compile-scanner.ts';

const FILE = new URL('../../../dist/wasm/page-scanner.wasm', import.meta.url);

export const compiledScanner: CompiledScanner = compiled(() => readFileSync(FILE));
