/** The twin against the plain path: the lines, what JSON.parse accepts, the tables, the flags. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import * as layout from '../../../../src/blobs/rows/scanner/layout.ts';
import { scanPageInTypeScript } from '../../../../src/blobs/rows/scanner/twin.ts';
import { runs } from '../../../support/runs.ts';
import { expectScan, flagNames, rowsOf, type ScannedRow } from './expect-scan.ts';
import { page } from './hostile.ts';

const LIMIT = 1 << 24;
const ROW =
  '{"time":"t","category":"AdvancedHunting-X","properties":{"A":"b","N":-1.5,"É":"é","Q":"\\"","T":[true,{}]},"Tenant":null}';

const scan = (text: string | Buffer, rowLimit = LIMIT) => {
  const bytes = Buffer.from(text);
  return rowsOf(bytes, scanPageInTypeScript(bytes, 0, bytes.length, rowLimit));
};
const flagsOf = (text: string) => scan(text).map(({ flags }) => flagNames(flags));

describe('the twin', () => {
  it('agrees with the plain path on every page', () => {
    fc.assert(
      fc.property(page, fc.constantFrom(LIMIT, LIMIT, 200), (bytes, rowLimit) => {
        expectScan(bytes, scanPageInTypeScript(bytes, 0, bytes.length, rowLimit), rowLimit);
      }),
      { numRuns: runs(150) },
    );
  });

  it('agrees with it on a row that is cut off at any byte, and on one with any byte changed', () => {
    const whole = Buffer.from(`${ROW}\n`);
    for (let at = 0; at < whole.length; at++) {
      const cut = Buffer.concat([whole.subarray(0, at), Buffer.from('\r\n')]);
      expectScan(cut, scanPageInTypeScript(cut, 0, cut.length, LIMIT), LIMIT);
      for (const byte of [0x00, 0x22, 0x5c, 0x7d, 0x2c, 0x30, 0xc3]) {
        const changed = Buffer.from(whole);
        changed[at] = byte;
        expectScan(changed, scanPageInTypeScript(changed, 0, changed.length, LIMIT), LIMIT);
      }
    }
  });

  it('tells the members of a row and of its properties', () => {
    const [row] = scan(`\ufeff${ROW}\r\n`);
    expect(row).toMatchObject({ start: 3, next: 3 + Buffer.byteLength(ROW) + 2, flags: layout.FLAG_BOM });
    expect(row?.category).toBe('AdvancedHunting-X');
    expect(row?.properties).toBe('{"A":"b","N":-1.5,"É":"é","Q":"\\"","T":[true,{}]}');
    expect(row?.columns.map(({ key, value, kind }) => [key, value, kind])).toEqual([
      ['A', '"b"', layout.KIND_ASCII],
      ['N', '-1.5', layout.KIND_NUMBER],
      ['É', '"é"', layout.KIND_UTF8],
      ['Q', '"\\""', layout.KIND_ESCAPED],
      ['T', '[true,{}]', layout.KIND_ARRAY],
    ]);
    expect(row?.envelope.map(({ key }) => key)).toEqual(['time', 'category', 'properties', 'Tenant']);
  });

  it('gives equal keys one hash', () => {
    const row = (properties: string) => `{"category":"X","properties":${properties}}\n`;
    const [first, turned] = scan(row('{"A":1,"LongerName":"x"}') + row('{"LongerName":[],"A":null}'));
    const hashes = (found: ScannedRow | undefined) => found?.columns.map(({ hash }) => hash);
    expect(hashes(turned)).toEqual(hashes(first)?.toReversed());
    expect(new Set(hashes(first)).size).toBe(2);
  });

  it('reads a part of a page only, and leaves the unfinished line', () => {
    const bytes = Buffer.from(`x\n${ROW}\n\n{"category":"Y"\n`);
    const { count, rows, rest } = scanPageInTypeScript(bytes, 2, bytes.length - 1, LIMIT);
    expect(count).toBe(1);
    expect(rows[layout.ROW_START]).toBe(2);
    expect(bytes.subarray(rest).toString()).toBe('{"category":"Y"\n');
  });

  it.each([
    ['FLAG_NOT_JSON', '{"category":"X","properties":{}}}'],
    ['FLAG_NOT_OBJECT', '[{"category":"X","properties":{}}]'],
    ['FLAG_NO_CATEGORY', '{"properties":{}}'],
    ['FLAG_NO_CATEGORY', '{"category":"","properties":{}}'],
    ['FLAG_NO_CATEGORY', '{"category":5,"properties":{}}'],
    ['FLAG_NO_PROPERTIES', '{"category":"X"}'],
    ['FLAG_NO_PROPERTIES', '{"category":"X","properties":"y"}'],
    ['FLAG_ESCAPED', '{"category":"\\u0058","properties":{}}'],
    ['FLAG_ESCAPED', '{"category":"X","properties":{"\\u0041":1}}'],
    ['FLAG_DUPLICATE_KEY', '{"category":"X","category":"Y","properties":{}}'],
    ['FLAG_DUPLICATE_KEY', '{"category":"X","properties":{"a":1,"b":2,"a":1}}'],
    ['FLAG_DUPLICATE_KEY', '{"category":"X","properties":{"a":[{"b":{"c":1,"c":2}}]}}'],
    ['FLAG_PROTO_KEY', '{"category":"X","properties":{"__proto__":1}}'],
    ['FLAG_PLUMBING', '{"category":"X","properties":{"__UDI_RequiredFields_A":1}}'],
    ['FLAG_INEXACT', '{"category":"X","properties":{"a":[{"b":12345678901234567890}]}}'],
    ['FLAG_TOO_DEEP', `{"category":"X","properties":{"a":${'['.repeat(127)}${']'.repeat(127)}}}`],
  ])('says %s of %s', (flag, text) => {
    expect(flagsOf(`${text}\n`)).toEqual([[flag]]);
  });

  it.each([
    '{"category":"X","properties":{"category":"Y","properties":{"a":1}}}',
    '{"category":"X","properties":{"a":{"b":1},"c":[{"b":1},{"b":2}]},"a":1}',
    '{"category":"X","properties":{"a":"__UDI_RequiredFields_","b":{"__proto__":1,"\\u0041":2}}}',
    '{"category":"X","properties":{"a":[9007199254740991,-1700000000000000,0,0.5,-0.25,1e22,100000000000000000000.5]}}',
    `{"category":"X","properties":{"a":${'['.repeat(126)}${']'.repeat(126)}}}`,
  ])('says nothing of %s', (text) => {
    expect(flagsOf(`${text}\n`)).toEqual([[]]);
  });

  it('does not read lines over the limits', () => {
    const long = `{"category":"X","properties":{"a":"${'x'.repeat(layout.LINE_MOST)}"}}`;
    expect(flagsOf(`${ROW}\n${long}\n`)).toEqual([[], ['FLAG_LONG']]);
    expect(scan(`${' '.repeat(20)}\n${ROW}\n`, 20).map(({ flags }) => flagNames(flags))).toEqual([
      ['FLAG_TOO_LARGE'],
      ['FLAG_TOO_LARGE'],
    ]);
    const least = layout.LINE_MOST - long.length + layout.LINE_MOST - 1;
    expect(flagsOf(`${long.replace('x'.repeat(layout.LINE_MOST), 'x'.repeat(least))}\n`)).toEqual([[]]);
  });

  it('says so where a row has too many members or elements', () => {
    const keys = (count: number) => Array.from({ length: count }, (_, index) => `"k${index}":1`).join();
    expect(flagsOf(`{"category":"X","properties":{${keys(layout.KEYS_MOST - 2)}}}\n`)).toEqual([[]]);
    expect(flagsOf(`{"category":"X","properties":{"a":{${keys(layout.KEYS_MOST)}}}}\n`)).toEqual([
      ['FLAG_MANY_KEYS'],
    ]);
    const many = (count: number) =>
      `{"category":"X","properties":{"a":[${Array(count).fill('"abcde"').join()}]}}\n`;
    expect(flagsOf(many(layout.VALUES_MOST - 100))).toEqual([[]]);
    expect(flagsOf(many(layout.VALUES_MOST))).toEqual([['FLAG_TOO_MANY_VALUES']]);
  });
});
