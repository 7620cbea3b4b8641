/** In browsers there is no compiled compressor, so that no page needs `wasm-unsafe-eval`. */
import type { CompileDeflater } from '../../../src/destinations/deflate/wasm.ts';

export const compileDeflater: CompileDeflater = () => undefined;
