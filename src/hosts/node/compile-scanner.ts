/** Compiles the page scanner from its bytes, or says why it cannot. */
import type { CompiledScanner } from '../../blobs/rows/scanner/wasm.ts';
import { messageOf } from '../../shared/errors.ts';

/** Whatever is wrong, a file that is missing or a processor without SIMD: the scanner in TypeScript can do the work. */
export function compiled(bytes: () => Uint8Array): CompiledScanner {
  try {
    return { module: new WebAssembly.Module(bytes()), trouble: undefined };
  } catch (error) {
    return { module: undefined, trouble: messageOf(error) };
  }
}
