import { Buffer } from 'node:buffer';
import { expect, it } from 'vitest';
import { lineSplitter } from '../../src/blobs/rows/lines.ts';
import { parseRow } from '../../src/blobs/rows/parse-row.ts';
import { scannedLineSplitter } from '../../src/blobs/rows/scanned-lines.ts';
import { scanPage } from '../../src/blobs/rows/scanner/index.ts';
import { ByteWriter } from '../../src/shared/byte-writer.ts';
import { EditedColumns } from '../../src/shared/edited-columns.ts';
import { eventId } from '../../src/shared/event-id.ts';

it('case 14: byte order marks and numbers beyond double, in workerd', () => {
  const text = '{"category":"X","properties":{"Exp":1e400,"in":[{"x":-1e999}]}}';
  const bytes = Buffer.from(`{}\r\n\ufeff${text}\r\n`);
  const [, row] = lineSplitter(0, 1 << 20).push(bytes);
  expect(row?.bytes.toString()).toBe(text);
  const parsed = row && parseRow(row, 'c/b', 1 << 20);
  expect(parsed?.ok && JSON.stringify(parsed.row.properties)).toBe('{"Exp":1e400,"in":[{"x":-1e999}]}');
});

it('a scanned row has its id, its columns and its bytes, in workerd', () => {
  const properties = '{"DeviceName":"größe","in":{"x":[1]},"FileName":"a\\\\b"}';
  const bytes = Buffer.from(`{"category":"AdvancedHunting-DeviceEvents","properties":${properties}}\n`);
  const [raw] = scannedLineSplitter(0, 1 << 20, scanPage).push(bytes);
  const parsed = raw && parseRow(raw, 'c/b', 1 << 20);
  if (!parsed?.ok || !parsed.row.bytes) throw new Error('it does not stay bytes');
  const { row } = parsed;
  expect([row.table, row.id, row.properties]).toEqual([
    'DeviceEvents',
    eventId('AdvancedHunting-DeviceEvents', properties),
    JSON.parse(properties),
  ]);
  const columns = new EditedColumns(parsed.row.bytes);
  columns.set('DeviceName', 'pc');
  const writer = new ByteWriter();
  columns.write(writer);
  expect(Buffer.from(writer.slice()).toString()).toBe(properties.replace('größe', 'pc'));
});
