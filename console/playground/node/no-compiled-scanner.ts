/** In browsers there is no compiled scanner, so that no page needs `wasm-unsafe-eval`: its twin in TypeScript reads rows. */
import type { CompiledScanner } from '../../../src/blobs/rows/scanner/wasm.ts';

export const compiledScanner: CompiledScanner = { module: undefined, trouble: 'browsers have none' };
