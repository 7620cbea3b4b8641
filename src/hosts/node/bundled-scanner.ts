/** The compiled page scanner in the built command (scripts/build.ts), which has the module's bytes in it. */
import bytes from '../../../dist/wasm/page-scanner.wasm';
import type { CompiledScanner } from '../../blobs/rows/scanner/wasm.ts';
import { compiled } from './compile-scanner.ts';

export const compiledScanner: CompiledScanner = compiled(() => bytes);
