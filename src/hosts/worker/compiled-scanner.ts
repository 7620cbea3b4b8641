/** The compiled page scanner for Workers, which may compile nothing while they run: the bundle has the module. */

import module from '../../../dist/wasm/page-scanner.wasm';
import type { CompiledScanner } from '../../blobs/rows/scanner/wasm.ts';

export const compiledScanner: CompiledScanner = { module, trouble: undefined };
