/** In browsers there is no compiled compressor, so that no page needs `wasm-unsafe-eval`. */
import type { CompiledDeflater } from '../../../src/destinations/deflate/wasm.ts';

export const compiledDeflater: CompiledDeflater = { module: undefined };
