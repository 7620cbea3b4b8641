/** Compiles the compressor from its bytes. */
import { compiled } from './compile-scanner.ts';
import { withOwnHeapSettings } from './small-heap.ts';

/**
 * Undefined where it cannot be compiled: zlib does the work then. `serve` has told V8 by then that further modules are not worth optimising. This
 * one is: unoptimised, it takes twice as long.
 *
 * V8's settings hold for the whole process, and what a thread knows of them is its own. So it is not compiled when a module is loaded: threads that
 * read rules load it too, and never compress.
 */
export function optimisedDeflater(bytes: () => Uint8Array): WebAssembly.Module | undefined {
  let module: WebAssembly.Module | undefined;
  withOwnHeapSettings(() => {
    module = compiled(bytes).module;
  });
  return module;
}
