/** The compressor for Node from the sources: the file that `npm run build:wasm` writes. */
import { readFileSync } from 'node:fs';
import type { CompileDeflater } from '../../destinations/deflate/wasm.ts';
import { optimisedDeflater } from './compile-deflater.ts';

const FILE = new URL('../../../dist/wasm/deflate.wasm', import.meta.url);

export const compileDeflater: CompileDeflater = () => optimisedDeflater(() => readFileSync(FILE));
