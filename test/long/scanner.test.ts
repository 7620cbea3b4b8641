/** A million hostile pages for the page scanner: SEED=<n> and PAGES=<n> choose others, and how many. */
import { randomInt } from 'node:crypto';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { scannerTrouble, scanPage } from '../../src/blobs/rows/scanner/index.ts';
import { expectSameScan, expectScan } from '../blobs/rows/scanner/expect-scan.ts';
import { page } from '../blobs/rows/scanner/hostile.ts';

const PAGES = Number(process.env.PAGES ?? 1_000_000);
const SEED = Number(process.env.SEED ?? randomInt(1, 2 ** 31 - 1));
/** Shrinking one of these would take hours where the seed finds it again. */
const OPTIONS = { seed: SEED, numRuns: PAGES, endOnFailure: true };
const LIMIT = 1 << 24;

it(`scans ${PAGES} pages as the twin and the plain path do, seed ${SEED}`, () => {
  expect(scannerTrouble).toBeUndefined();
  let rows = 0;
  let plain = 0;
  fc.assert(
    fc.property(page, (bytes) => {
      const scan = scanPage(bytes, 0, bytes.length, LIMIT);
      expectSameScan(bytes, scan, LIMIT);
      expectScan(bytes, scan, LIMIT);
      rows += scan.count;
      plain += scan.members.length > 0 ? 1 : 0;
    }),
    OPTIONS,
  );
  console.log(`seed ${SEED}: ${PAGES} pages, ${rows} rows; ${plain} pages with rows that no parser needs`);
}, 3_600_000);
