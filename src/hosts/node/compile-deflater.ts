/** Compiles the compressor from its bytes. */
import type { CompiledDeflater } from '../../destinations/deflate/wasm.ts';
import { compiled } from './compile-scanner.ts';
import { withOwnHeapSettings } from './small-heap.ts';

/**
 * No module where it cannot be compiled: zlib does the work then. The module is loaded with the first destination that compresses, when `serve` has told
 * V8 already that further modules are not worth optimising. This one is: unoptimised, it takes twice as long.
 */
export function optimisedDeflater(bytes: () => Uint8Array): CompiledDeflater {
  let found: CompiledDeflater = { module: undefined };
  withOwnHeapSettings(() => {
    found = compiled(bytes);
  });
  return found;
}
