/** The compiled compressor for Node from the sources: the file that `npm run build:wasm` writes. */
import { readFileSync } from 'node:fs';
import type { CompiledDeflater } from '../../destinations/deflate/wasm.ts';
import { optimisedDeflater } from './compile-deflater.ts';

const FILE = new URL('../../../dist/wasm/deflate.wasm', import.meta.url);

export const compiledDeflater: CompiledDeflater = optimisedDeflater(() => readFileSync(FILE));
