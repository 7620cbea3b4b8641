/** A Worker compresses with zlib: its bodies are short, and its bundle is sent to each place that runs it. */
import type { CompileDeflater } from '../../destinations/deflate/wasm.ts';

export const compileDeflater: CompileDeflater = () => undefined;
