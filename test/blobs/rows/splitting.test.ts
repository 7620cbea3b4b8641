import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { documentSplitter, objectSplitter } from '../../../src/blobs/rows/document.ts';
import { fileFormatOf } from '../../../src/blobs/rows/format.ts';
import { lineSplitter } from '../../../src/blobs/rows/lines.ts';
import { parseRow } from '../../../src/blobs/rows/parse-row.ts';
import type { RawRow, RowSplitter } from '../../../src/blobs/rows/raw-row.ts';
import { passingLineSplitter, scannedLineSplitter } from '../../../src/blobs/rows/scanned-lines.ts';
import { scanPage } from '../../../src/blobs/rows/scanner/index.ts';

const LIMIT = 1 << 20;

/** Cuts `bytes` at the given places (taken modulo the length) and pushes the pieces. */
function push(splitter: RowSplitter, bytes: Buffer, cuts: readonly number[]): RawRow[] {
  const places = [...new Set(cuts.map((cut) => cut % (bytes.length + 1)))].sort((a, b) => a - b);
  const rows: RawRow[] = [];
  let from = 0;
  for (const at of [...places, bytes.length]) {
    rows.push(...splitter.push(bytes.subarray(from, at)));
    from = at;
  }
  return rows;
}

const texts = (rows: readonly RawRow[]) => rows.map((row) => row.bytes.toString());
const line = fc.json({ maxDepth: 2 }).map((text) => text.replaceAll('\n', ' '));
const cuts = fc.array(fc.nat(10_000), { maxLength: 20 });

describe('lineSplitter', () => {
  it('gives the same rows however the bytes are cut', () => {
    fc.assert(
      fc.property(
        fc.array(line),
        fc.constantFrom('\n', '\r\n'),
        fc.string(),
        cuts,
        (lines, eol, partial, at) => {
          const tail = partial.replaceAll('\n', '');
          const bytes = Buffer.from(lines.map((text) => text + eol).join('') + tail);
          const splitter = lineSplitter(0, LIMIT);
          const rows = push(splitter, bytes, at);
          expect(texts(rows)).toEqual(lines);
          expect(splitter.position).toBe(bytes.length - Buffer.byteLength(tail));
          for (const row of rows) {
            expect(bytes.subarray(row.offset, row.offset + row.bytes.length)).toEqual(row.bytes);
          }
        },
      ),
    );
  });

  it('goes on from any row end and finds the same rows', () => {
    fc.assert(
      fc.property(fc.array(line, { minLength: 1 }), fc.nat(), cuts, (lines, pick, at) => {
        const bytes = Buffer.from(lines.map((text) => `${text}\r\n`).join(''));
        const all = lineSplitter(0, LIMIT).push(bytes);
        const stop = all[pick % all.length]?.end ?? 0;
        const again = push(lineSplitter(stop, LIMIT), bytes.subarray(stop), at);
        expect(again).toEqual(all.filter((row) => row.offset >= stop));
      }),
    );
  });

  it("case 14, byte order mark in mid-blob: is dropped at any line's start, however the bytes are cut", () => {
    const bytes = Buffer.from('{"a":1}\r\n\ufeff{"b":2}\r\n\ufeff\r\n\ufeff{"c":"\ufeff"}\n\ufeff{"rest"');
    fc.assert(
      fc.property(cuts, (at) => {
        const splitter = lineSplitter(0, LIMIT);
        const rows = push(splitter, bytes, at);
        const rest = splitter.rest();
        expect(texts(rows)).toEqual(['{"a":1}', '{"b":2}', '{"c":"\ufeff"}']);
        expect(rest?.bytes.toString()).toBe('{"rest"');
        for (const row of [...rows, ...(rest ? [rest] : [])]) {
          expect(bytes.subarray(row.offset, row.offset + row.bytes.length)).toEqual(row.bytes);
        }
      }),
    );
  });

  it('passes over blank lines and drops a BOM, and offsets still point at the bytes', () => {
    const splitter = lineSplitter(0, LIMIT);
    const rows = splitter.push(Buffer.from('\ufeff{"a":1}\r\n\r\n \n{"b":2}\n'));
    expect(rows.map((row) => [row.offset, row.end, row.bytes.toString()])).toEqual([
      [3, 12, '{"a":1}'],
      [16, 24, '{"b":2}'],
    ]);
    expect(splitter.position).toBe(24);
  });

  it('keeps only the first bytes of a row over the limit, and the next row is whole', () => {
    const splitter = lineSplitter(0, 10);
    const rows = [
      ...splitter.push(Buffer.from('x'.repeat(50))),
      ...splitter.push(Buffer.from(`${'x'.repeat(50)}\n{"b":2}\n`)),
    ];
    expect(rows).toMatchObject([
      { offset: 0, end: 101, truncated: true },
      { offset: 101, end: 109, truncated: false },
    ]);
    expect(rows[0]?.bytes.length).toBe(10);
    expect(rows[1]?.bytes.toString()).toBe('{"b":2}');
  });

  it('leaves a partial line and tells it as the rest', () => {
    const splitter = lineSplitter(100, LIMIT);
    expect(splitter.push(Buffer.from('{"a":'))).toEqual([]);
    expect(splitter.rest()).toMatchObject({ offset: 100, end: 105 });
    expect(splitter.position).toBe(100);
    expect(texts(splitter.push(Buffer.from('1}\n')))).toEqual(['{"a":1}']);
    expect(splitter.rest()).toBeUndefined();
  });
});

describe('passingLineSplitter', () => {
  const row = fc
    .tuple(fc.dictionary(fc.string(), fc.string()), fc.nat(3))
    .map(([properties, n]) => JSON.stringify({ category: `AdvancedHunting-T${n}`, properties }));

  /** All that is read of a row. */
  function contentOf(raw: RawRow): unknown {
    const parsed = parseRow(raw, 'b', LIMIT);
    const own = { offset: raw.offset, end: raw.end, text: raw.bytes.toString() };
    return parsed.ok ? { ...own, ...parsed.row.properties, id: parsed.row.id, table: parsed.row.table } : own;
  }

  it('gives the rows of scannedLineSplitter however the bytes are cut, and none can be read after its piece', () => {
    fc.assert(
      fc.property(fc.array(fc.oneof(row, line)), cuts, (lines, at) => {
        const bytes = Buffer.from(lines.map((text) => `${text}\n`).join(''));
        const expected = scannedLineSplitter(0, LIMIT, scanPage).push(bytes).map(contentOf);
        const splitter = passingLineSplitter(0, LIMIT);
        const contents: unknown[] = [];
        let before: readonly RawRow[] = [];
        let from = 0;
        for (const to of [...new Set(at.map((cut) => cut % (bytes.length + 1))), bytes.length].toSorted(
          byValue,
        )) {
          const rows = splitter.push(bytes.subarray(from, to));
          for (const gone of before) expect(() => gone.bytes).toThrow('the page of this row is gone');
          contents.push(...rows.map(contentOf));
          before = rows;
          from = to;
        }
        expect(contents).toEqual(expected);
      }),
    );
  });
});

const byValue = (a: number, b: number) => a - b;

describe('documentSplitter', () => {
  const elements = fc.array(fc.oneof(fc.json({ maxDepth: 3 }), fc.constant('{"k":"\\"]},{[\\\\"}')));

  it('gives the elements of arrays and of records, however the bytes are cut', () => {
    fc.assert(
      fc.property(
        elements,
        fc.constantFrom(['[', ']'], ['{"records": [', ']}'], [' \n[ ', '\n]\n']),
        fc.constantFrom(',', ', ', '\n,\r\n'),
        cuts,
        (items, [open = '', close = ''], comma, at) => {
          const bytes = Buffer.from(open + items.join(comma) + close);
          const splitter = documentSplitter(0, LIMIT);
          const rows = push(splitter, bytes, at);
          expect(texts(rows)).toEqual(items.map((item) => item.trim()));
          expect(splitter.rest()).toBeUndefined();
        },
      ),
    );
  });

  it('goes on behind any element', () => {
    fc.assert(
      fc.property(fc.array(fc.json(), { minLength: 1 }), fc.nat(), (items, pick) => {
        const bytes = Buffer.from(`[${items.join(',')}]`);
        const all = documentSplitter(0, LIMIT).push(bytes);
        const stop = all[pick % all.length]?.end ?? 0;
        expect(documentSplitter(stop, LIMIT).push(bytes.subarray(stop))).toEqual(
          all.filter((row) => row.offset >= stop),
        );
      }),
    );
  });

  it('gives the same rows, position and rest of any bytes, however they are cut', () => {
    const text = fc.stringMatching(/^[[\]{}",\\ \n0-9aé:]{0,60}$/);
    const opening = fc.constantFrom('', '[', '{"records":[');
    fc.assert(
      fc.property(opening, text, fc.constantFrom(0, 7), fc.constantFrom(4, LIMIT), cuts, (...given) => {
        const [open, content, start, limit, at] = given;
        const bytes = Buffer.from(open + content);
        const whole = documentSplitter(start, limit);
        const pieces = documentSplitter(start, limit);
        expect(push(pieces, bytes, at)).toEqual(whole.push(bytes));
        expect(pieces.position).toBe(whole.position);
        expect(pieces.rest()).toEqual(whole.rest());
      }),
    );
  });

  it('reads one document behind another', () => {
    const rows = documentSplitter(0, LIMIT).push(Buffer.from('{"records":[{"a":1}]}\n{"records":[{"b":2}]}'));
    expect(texts(rows)).toEqual(['{"a":1}', '{"b":2}']);
  });

  it('gives a document that breaks off as a rest', () => {
    const splitter = documentSplitter(0, LIMIT);
    expect(texts(splitter.push(Buffer.from('[{"a":1},{"b":')))).toEqual(['{"a":1}']);
    expect(splitter.rest()?.bytes.toString()).toBe('{"b":');
  });

  it('gives what is no document as one rest', () => {
    const splitter = documentSplitter(0, LIMIT);
    expect(texts(splitter.push(Buffer.from('[{"a":1},}oops')))).toEqual(['{"a":1}']);
    splitter.push(Buffer.from(' and more'));
    expect(splitter.rest()?.bytes.toString()).toBe('}oops and more');
  });
});

describe('objectSplitter', () => {
  const object = fc.tuple(fc.dictionary(fc.string(), fc.jsonValue({ maxDepth: 2 })), fc.nat(3));

  it('gives objects that follow one another, however they are indented and cut, and goes on behind any', () => {
    const gap = fc.constantFrom('\n', '\r\n', '', ' ', ',\n', '\n\n');
    const start = fc.constantFrom('', '\ufeff', '\n ');
    fc.assert(
      fc.property(fc.array(object, { minLength: 1 }), gap, start, fc.nat(), cuts, (given, ...rest) => {
        const [between, before, pick, at] = rest;
        const items = given.map(([value, indent]) => JSON.stringify(value, undefined, indent));
        const bytes = Buffer.from(before + items.join(between));
        const rows = push(objectSplitter(0, LIMIT), bytes, at);
        expect(texts(rows)).toEqual(items);
        const stop = rows[pick % rows.length]?.end ?? 0;
        expect(push(objectSplitter(stop, LIMIT), bytes.subarray(stop), at)).toEqual(
          rows.filter((row) => row.offset >= stop),
        );
      }),
    );
  });

  it.each(['}', ']'])('gives all from a stray %s on as one rest', (stray) => {
    const splitter = objectSplitter(0, LIMIT);
    expect(texts(splitter.push(Buffer.from(`{"a":1}\n${stray}{"b":2}`)))).toEqual(['{"a":1}']);
    expect(splitter.rest()?.bytes.toString()).toBe(`${stray}{"b":2}`);
  });
});

describe('the format of a file', () => {
  it.each([
    ['{\n  "a": 1\n}', 'objects'],
    ['\ufeff\r\n{ "a": [\r\n\r\n  {"b": 1} ] }', 'objects'],
    ['{"a":1}\n{"b":2}\n', 'lines'],
    ['{"a":1}', 'lines'],
    ['{"cut": "a\n{"b":2}\n', 'lines'],
    ['{"cut":\n{"b":2}\n', 'lines'],
    ['{', 'lines'],
    ['{\n', 'lines'],
    ['', 'lines'],
    ['[\n{"a":1}]', 'document'],
    ['{\n"records": [{"a":1}]}', 'document'],
  ])('%j', (text, format) => expect(fileFormatOf(Buffer.from(text))).toBe(format));
});
