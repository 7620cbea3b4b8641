import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { columnSpans } from '../../../src/blobs/rows/column-spans.ts';
import { lineSplitter } from '../../../src/blobs/rows/lines.ts';
import { parseRow } from '../../../src/blobs/rows/parse-row.ts';
import type { RawRow } from '../../../src/blobs/rows/raw-row.ts';
import { scannedLineSplitter } from '../../../src/blobs/rows/scanned-lines.ts';
import { scanPage } from '../../../src/blobs/rows/scanner/index.ts';
import { ColumnTally, MOST_COLUMNS, OTHERS } from '../../../src/rules/columns/tally.ts';
import { runs } from '../../support/runs.ts';

const LIMIT = 10_000_000;

/** The rows of lines, scanned and parsed whole: the two ways in which rows are read. */
function bothWays(lines: readonly string[]): readonly (readonly RawRow[])[] {
  const bytes = Buffer.from(`${lines.join('\r\n')}\r\n`);
  return [scannedLineSplitter(0, LIMIT, scanPage), lineSplitter(0, LIMIT)].map((splitter) => [
    ...splitter.push(Buffer.from(bytes)),
  ]);
}

function tallyOf(rows: readonly RawRow[], isSent = true) {
  const tally = new ColumnTally((_, column) => column === 'FileName');
  for (const raw of rows) {
    const parsed = parseRow(raw, 'b', LIMIT);
    if (!parsed.ok) throw new Error(parsed.message);
    tally.add(parsed.row.table, columnSpans(raw, parsed.row), isSent);
  }
  return tally.tables();
}

const line = (properties: string) => `{"time":"t","category":"AdvancedHunting-T","properties":${properties}}`;

describe('the columns of rows', () => {
  it('are counted in bytes, empty values and types', () => {
    for (const rows of bothWays([
      line('{"A":"x","B":null,"C":[],"D":{"a":[1,{"b":"}"}]}}'),
      line('{"A":"","B":1.50,"C":[ ],"D":true,"E":"ä\\n"}'),
    ])) {
      const [table] = tallyOf(rows);
      expect(table).toMatchObject({ table: 'T', rows: 2, sentRows: 2, framing: 2 * 2 + 3 + 4 });
      const column = (name: string) => table?.columns.find((one) => one.name === name);
      expect(column('A')).toMatchObject({
        rows: 2,
        empty: 1,
        bytes: 7 + 6,
        types: ['string'],
        example: '"x"',
      });
      expect(column('B')).toMatchObject({ rows: 2, empty: 1, types: ['number', 'null'], exampleBytes: 4 });
      expect(column('C')).toMatchObject({ rows: 2, empty: 2, types: ['array'] });
      expect(column('D')).toMatchObject({
        bytes: '"D":{"a":[1,{"b":"}"}]}'.length + 8,
        types: ['boolean', 'object'],
      });
      expect(column('E')).toMatchObject({ rows: 1, empty: 0, bytes: '"E":"ä\\n"'.length + 1 });
    }
  });

  it('may stand in a row twice, and under escaped names', () => {
    for (const rows of bothWays([line('{"A":"x","A":"","\\u0041":"y","B\\u001b[2J":1}')])) {
      const [table] = tallyOf(rows);
      expect(table?.columns.map(({ name, rows: with_, empty }) => [name, with_, empty])).toEqual([
        ['A', 1, 0],
        ['B\u001b[2J', 1, 0],
      ]);
    }
  });

  it('are counted together where they are too many, or their names too long', () => {
    const many = Object.fromEntries(Array.from({ length: MOST_COLUMNS + 50 }, (_, n) => [`c${n}`, n]));
    for (const rows of bothWays([
      line(JSON.stringify({ ['x'.repeat(300)]: 1 })),
      line(JSON.stringify(many)),
    ])) {
      const [table] = tallyOf(rows);
      expect(table?.columns).toHaveLength(MOST_COLUMNS);
      expect(table?.columns.find(({ name }) => name === OTHERS)?.rows).toBe(2);
    }
  });

  it('are counted one by one where the schema has them, however many others a row has made up', () => {
    const many = Object.fromEntries(Array.from({ length: MOST_COLUMNS + 50 }, (_, n) => [`c${n}`, n]));
    for (const rows of bothWays([line(JSON.stringify({ ...many, FileName: 'cmd.exe' }))])) {
      const [table] = tallyOf(rows);
      expect(table?.columns.find(({ name }) => name === 'FileName')).toMatchObject({ rows: 1, empty: 0 });
      expect(table?.columns).toHaveLength(MOST_COLUMNS + 2);
    }
  });

  it('survive deep and huge values', () => {
    const deep = `${'['.repeat(100)}${']'.repeat(100)}`;
    for (const rows of bothWays([line(`{"Deep":${deep},"Huge":"${'x'.repeat(2_000_000)}"}`)])) {
      const [table] = tallyOf(rows);
      expect(table?.columns.map(({ bytes }) => bytes)).toEqual([200 + 7, 2_000_000 + 9]);
      expect(table?.columns[1]?.example).toHaveLength(120);
    }
  });

  it('with braces, commas and space are the whole object, whichever way the row is read (property)', () => {
    const name = fc.oneof(fc.constantFrom('A', 'B', 'a.b', '"', '\\', '\u001b'), fc.string());
    const value = fc.oneof(fc.jsonValue({ maxDepth: 3 }), fc.string({ unit: 'binary' }));
    const row = fc.record({
      members: fc.array(fc.tuple(name, value), { maxLength: 12 }),
      space: fc.constantFrom('', ' ', '\t '),
    });
    fc.assert(
      fc.property(fc.array(row, { minLength: 1, maxLength: 5 }), (drawn) => {
        const lines = drawn.map(({ members, space }) => {
          const texts = members.map(
            ([key, one]) => `${JSON.stringify(key)}${space}:${space}${JSON.stringify(one)}`,
          );
          return line(`{${space}${texts.join(`${space},${space}`)}${space}}`);
        });
        const [scanned, parsed] = bothWays(lines).map((rows) => tallyOf(rows));
        expect(scanned).toEqual(parsed);
        let [bytes, framing] = [0, 0];
        for (const { members, space } of drawn) {
          const gaps = Math.max(0, members.length - 1);
          framing += 2 + gaps + space.length * (2 + 2 * gaps);
          bytes += members.reduce(
            (sum, [key, one]) =>
              sum + Buffer.byteLength(`${JSON.stringify(key)}:${JSON.stringify(one)}`) + 2 * space.length,
            0,
          );
        }
        const [table] = scanned ?? [];
        expect(table?.columns.reduce((sum, one) => sum + one.bytes, 0)).toBe(bytes);
        expect(table?.framing).toBe(framing);
        expect(table?.bytes).toBe(bytes + framing);
      }),
      { numRuns: runs(100) },
    );
  });
});
