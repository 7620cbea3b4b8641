/** The compressor in the built command (scripts/build.ts), which has the module's bytes in it. */
import bytes from '../../../dist/wasm/deflate.wasm';
import type { CompileDeflater } from '../../destinations/deflate/wasm.ts';
import { optimisedDeflater } from './compile-deflater.ts';

export const compileDeflater: CompileDeflater = () => optimisedDeflater(() => bytes);
