import { Buffer } from 'node:buffer';
import { expect, it } from 'vitest';
import { lineSplitter } from '../../src/blobs/rows/lines.ts';
import { parseRow } from '../../src/blobs/rows/parse-row.ts';

it('case 14: byte order marks and numbers beyond double, in workerd', () => {
  const text = '{"category":"X","properties":{"Exp":1e400,"in":[{"x":-1e999}]}}';
  const bytes = Buffer.from(`{}\r\n\ufeff${text}\r\n`);
  const [, row] = lineSplitter(0, 1 << 20).push(bytes);
  expect(row?.bytes.toString()).toBe(text);
  const parsed = row && parseRow(row, 'c/b', 1 << 20);
  expect(parsed?.ok && JSON.stringify(parsed.row.properties)).toBe('{"Exp":1e400,"in":[{"x":-1e999}]}');
});
