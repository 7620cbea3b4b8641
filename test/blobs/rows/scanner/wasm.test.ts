/** The compiled scanner against the twin: the same tables for every page, whatever its size. */
import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  FLAG_LONG,
  KEYS_MOST,
  LINE_MOST,
  ROW_FLAGS,
  ROW_INTS,
  scannerTrouble,
  scanPage,
  VALUES_MOST,
} from '../../../../src/blobs/rows/scanner/index.ts';
import * as layout from '../../../../src/blobs/rows/scanner/layout.ts';
import { scanPageInTypeScript } from '../../../../src/blobs/rows/scanner/twin.ts';
import { wasmScanner } from '../../../../src/blobs/rows/scanner/wasm.ts';
import { compiledScanner } from '../../../../src/hosts/node/compiled-scanner.ts';
import { runs } from '../../../support/runs.ts';
import { expectSameScan } from './expect-scan.ts';
import { page } from './hostile.ts';

const LIMIT = 1 << 24;
const ROW =
  '{"time":"t","category":"AdvancedHunting-X","properties":{"A":"b","N":-1.5,"É":"é","Q":"\\"","T":[true,{}]},"Tenant":null}';

const check = (bytes: Buffer, rowLimit = LIMIT) =>
  expectSameScan(bytes, scanPage(bytes, 0, bytes.length, rowLimit), rowLimit);

describe('the compiled scanner', () => {
  it('is there, and is what scans: else run `npm run build:wasm`, which `npm ci` runs too', () => {
    expect(scannerTrouble).toBeUndefined();
    expect(scanPage).not.toBe(scanPageInTypeScript);
  });

  it('is not used where it was compiled from another layout: raise LAYOUT_VERSION with each change of layout.ts', () => {
    const { LAYOUT_VERSION, ...others } = layout;
    const print = createHash('sha256')
      .update(JSON.stringify(Object.entries(others).toSorted()))
      .digest('hex')
      .slice(0, 16);
    expect([LAYOUT_VERSION, print]).toEqual([2, 'd7034367e46c3fb5']);
    const empty = new WebAssembly.Module(Buffer.from('0061736d01000000', 'hex'));
    expect(wasmScanner(empty)).toBeUndefined();
  });

  it('keeps to its memory, which cannot grow', () => {
    const { module } = compiledScanner;
    if (!module) throw new Error(compiledScanner.trouble);
    const { memory, memoryEnd } = new WebAssembly.Instance(module).exports as {
      memory: { buffer: ArrayBuffer; grow(pages: number): number };
      memoryEnd(): number;
    };
    expect(memoryEnd()).toBeLessThanOrEqual(memory.buffer.byteLength);
    expect(() => memory.grow(1)).toThrow(RangeError);
  });

  it('fills the same tables as the twin, with every page', () => {
    fc.assert(
      fc.property(page, fc.constantFrom(LIMIT, LIMIT, 200), (bytes, rowLimit) => check(bytes, rowLimit)),
      { numRuns: runs(250) },
    );
  });

  it('so with any bytes', () => {
    const byte = fc.oneof(
      fc.constantFrom(...Buffer.from('{}[]:,"\\\n\r 01-eEtf')),
      fc.integer({ min: 0, max: 255 }),
    );
    fc.assert(
      fc.property(fc.array(byte, { maxLength: 200 }), (bytes) => check(Buffer.from(bytes))),
      { numRuns: runs(500) },
    );
  });

  it('so with a row cut off at any byte, and with any byte of it changed to any other', () => {
    const whole = Buffer.from(`${ROW}\n`);
    for (let at = 0; at < whole.length; at++) {
      check(Buffer.concat([whole.subarray(0, at), Buffer.from('\r\n')]));
      const changed = Buffer.concat(Array<Buffer>(256).fill(whole));
      for (let byte = 0; byte < 256; byte++) changed[byte * whole.length + at] = byte;
      check(changed);
    }
  });

  it('so at the bounds of what is told', () => {
    const row = (value: string) => `{"category":"X","properties":{"a":${value}}}\n`;
    const digits = [198, 199, 200, 201].map((count) => row(`0.${'1'.repeat(count - 1)}`));
    const whole = [15, 16, 17, 18, 19, 20, 21].map((count) => row('9'.repeat(count)));
    const nested = [126, 127, 128, 129].map((depth) => row('['.repeat(depth) + ']'.repeat(depth)));
    check(Buffer.from([...digits, ...whole, ...nested].join('')));
    // Two objects open, one array, one comma: the rest are the elements' commas.
    const elements = (values: number) =>
      row(
        `[${Array(values - 3)
          .fill('"abcde"')
          .join()}]`,
      );
    check(Buffer.from(elements(VALUES_MOST) + elements(VALUES_MOST + 1)));
    const keys = (count: number) =>
      row(`{${Array.from({ length: count }, (_, index) => `"k${index}":0`).join()}}`);
    check(Buffer.from(keys(KEYS_MOST - 3) + keys(KEYS_MOST - 2)));
  });

  it('so with every sequence of two bytes in a string, and each beginning of four', () => {
    const lines: Buffer[] = [];
    for (let first = 0x80; first < 0x100; first++) {
      for (let second = 0; second < 0x100; second++) lines.push(inString(first, second));
      for (const second of [0x7f, 0x80, 0x8f, 0x90, 0x9f, 0xa0, 0xbf, 0xc0]) {
        lines.push(inString(first, second, 0x80), inString(first, second, 0x80, 0xbf));
        lines.push(inString(first, second, 0xbf, 0xc0), inString(first, second, 0x7f));
      }
    }
    check(Buffer.concat(lines));
  });

  it('so with pages of many windows, more rows and more members than its tables hold, lines as long as its window', () => {
    const lines = (line: string, count: number) => Buffer.from(`${line}\n`.repeat(count));
    const long = (length: number) => {
      const around = '{"category":"X","properties":{"a":""}}\n'.length;
      return Buffer.from(`{"category":"X","properties":{"a":"${'x'.repeat(length - around)}"}}\n`);
    };
    const columns = (count: number) => Array.from({ length: count }, (_, index) => `"k${index}":0`).join();
    const wide = `{"category":"X","properties":{${columns(KEYS_MOST - 2)}}}`;
    const rest = Buffer.from('{"category":');
    check(Buffer.concat([lines(ROW, 20_000), rest]));
    check(lines('1', 20_000));
    check(Buffer.concat([lines(wide, 200), lines(wide.replace('"k0"', '"k1"'), 3), lines(ROW, 10)]));
    check(Buffer.concat([lines(ROW, 3), long(LINE_MOST), lines(ROW, 3), long(LINE_MOST + 1), lines(ROW, 3)]));
    check(Buffer.concat([long(LINE_MOST + 1), Buffer.alloc(LINE_MOST * 2, ' '), Buffer.from('\n'), rest]));
    check(Buffer.concat([lines(ROW, 3), Buffer.alloc(LINE_MOST * 2, 'x')]));
    check(Buffer.concat([lines(ROW, 3), long(LINE_MOST + 1), rest]), LINE_MOST);
  });

  it('reads a part of a page only, at any place', () => {
    const bytes = Buffer.from(`{}\n${ROW}\n${ROW}\r\n${ROW}\n`);
    for (let to = 3; to <= bytes.length; to++) {
      expect(scanPage(bytes, 3, to, LIMIT)).toEqual(scanPageInTypeScript(bytes, 3, to, LIMIT));
    }
  });

  it('takes limits beyond 32 bits, and calls a long line long', () => {
    const bytes = Buffer.concat([Buffer.alloc(LINE_MOST, 'x'), Buffer.from(`\n${ROW}\n`)]);
    const { count, rows } = scanPage(bytes, 0, bytes.length, Number.MAX_SAFE_INTEGER);
    expect(count).toBe(2);
    expect([rows[ROW_FLAGS], rows[ROW_INTS + ROW_FLAGS]]).toEqual([FLAG_LONG, 0]);
  });
});

function inString(...bytes: readonly number[]): Buffer {
  const [before, after] = ['{"category":"X","properties":{"a":"', '"}}\n'];
  return Buffer.concat([Buffer.from(before), Buffer.from(bytes), Buffer.from(after)]);
}
