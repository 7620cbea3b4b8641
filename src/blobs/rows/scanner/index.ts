/**
 * The page scanner: one call reads a page of JSON Lines, before anything is parsed.
 *
 * It splits lines as lines.ts does, refuses exactly what JSON.parse refuses, and writes into tables of integers (layout.ts) where
 * each row, its category, its `properties` and the members of both lie. A row can so be judged, changed and sent without being
 * parsed as a whole. What is unusual about a row is told by flags: with one of FLAGS_SLOW, only parseRow knows what to make of it.
 *
 * - layout.ts: the tables, the flags, the bounds.
 * - assembly/: the scanner in AssemblyScript. `npm run build:wasm`, which `npm ci` runs too, compiles it to dist/wasm/; wasm.ts hands
 *   it the page and takes out the tables. Its memory never grows.
 * - twin.ts (row-reader.ts, json-reader.ts, key-set.ts, key-hash.ts, int-table.ts): the same in TypeScript. It is the reference that
 *   the tests hold the other one to, and runs where there is no compiled one. It takes five times as long.
 *
 * Each host finds the compiled module in its own way: `#compiled-scanner` in package.json.
 */
import { compiledScanner } from '#compiled-scanner';
import type { Scanner, ScanPage } from './page-scan.ts';
import { scanPageInTypeScript } from './twin.ts';
import { wasmScanner } from './wasm.ts';

export * from './layout.ts';
export { type PageScan, ScanMemory, type ScanPage } from './page-scan.ts';

const { module, trouble } = compiledScanner;
const scanner = module && wasmScanner(module);

/** Tables in TypeScript are always new: it is five times as slow without that. */
export const scannerInto: Scanner = scanner ?? (() => scanPageInTypeScript);

export const scanPage: ScanPage = scannerInto();

/** Why pages are not scanned by the compiled scanner; undefined where they are. */
export const scannerTrouble: string | undefined = scanner
  ? undefined
  : (trouble ?? 'it was built from other sources than these');
