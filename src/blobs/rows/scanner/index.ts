/**
 * The page scanner: one call reads a page of JSON Lines, before anything is parsed.
 *
 * It splits lines as lines.ts does, refuses exactly what JSON.parse refuses, and writes into tables of integers (layout.ts) where
 * each row, its category, its `properties` and the members of both lie. A row can so be judged, changed and sent without being
 * parsed as a whole. What is unusual about a row is told by flags: with one of FLAGS_SLOW, only parseRow knows what to make of it.
 *
 * - layout.ts: the tables, the flags, the bounds.
 * - twin.ts (row-reader.ts, json-reader.ts, key-set.ts, key-hash.ts, int-table.ts): the scanner in TypeScript, the reference.
 */
export * from './layout.ts';
export type { PageScan, ScanPage } from './page-scan.ts';
export { scanPageInTypeScript as scanPage } from './twin.ts';
