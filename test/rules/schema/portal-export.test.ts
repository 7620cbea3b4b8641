import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readCsv } from '../../../src/rules/schema/csv.ts';
import { MAX_COLUMNS } from '../../../src/rules/schema/own-file.ts';
import { readPortalExport } from '../../../src/rules/schema/portal-export.ts';

const bytes = (text: string) => new TextEncoder().encode(text);
const read = (content: string | Uint8Array, path = 'DeviceEvents.csv', table?: string) => {
  const { tables, diagnostics } = readPortalExport(
    path,
    typeof content === 'string' ? bytes(content) : content,
    table,
  );
  return {
    tables: Object.fromEntries(tables.map((one) => [one.table, Object.fromEntries(one.columns)])),
    said: diagnostics.map(
      ({ severity, code, file, span, message }) => `${severity} ${code} ${file}:${span.line} ${message}`,
    ),
  };
};
const ONE = { tables: { DeviceEvents: { A: 'string', B: 'long' } }, said: [] };

function utf16(text: string, order: 'little' | 'big'): Uint8Array {
  const units = [0xfeff, ...Array.from(text, (char) => char.charCodeAt(0))];
  return Uint8Array.from(
    units.flatMap((unit) => (order === 'little' ? [unit & 255, unit >> 8] : [unit >> 8, unit & 255])),
  );
}

describe('readCsv', () => {
  const cell = fc.oneof(fc.constantFrom('"', ',', '\n', '\r\n', '', ' ', '__proto__'), fc.string());
  it('gives back what was written, whatever the cells hold', () => {
    const records = fc.array(fc.array(cell, { minLength: 2, maxLength: 4 }), { maxLength: 5 });
    fc.assert(
      fc.property(
        records,
        fc.constantFrom('\n', '\r\n', '\r'),
        fc.constantFrom(',', ';', '\t'),
        (given, end, separator) => {
          const text = given
            .map((cells) => cells.map((one) => `"${one.replaceAll('"', '""')}"`).join(separator))
            .join(end);
          const found = readCsv(text, separator, 100);
          expect(found.mistake).toBeUndefined();
          expect(found.records.map(({ cells }) => cells)).toEqual(given);
        },
      ),
    );
  });

  it('ends on any text, and counts its lines', () => {
    fc.assert(
      fc.property(fc.array(fc.constantFrom('"', ',', '\n', '\r', 'a'), { maxLength: 30 }), (parts) => {
        const text = parts.join('');
        const { records, mistake } = readCsv(text, ',', 1000);
        const lines = text.split(/\r\n|\r|\n/).length;
        for (const { line } of [...records, ...(mistake ? [mistake] : [])]) {
          expect(line).toBeGreaterThan(0);
          expect(line).toBeLessThanOrEqual(lines);
        }
      }),
    );
    expect(readCsv('a,"b\nc"\nd,e\n', ',', 9).records.map(({ line }) => line)).toEqual([1, 3]);
    expect(readCsv('a\nb\nc\n', ',', 2).records).toHaveLength(2);
  });
});

describe('an export of the portal', () => {
  it.each([
    ['ColumnName,ColumnType\nA,string\nB,long\n'],
    ['"ColumnName","ColumnType"\r\n"A","string"\r\n"B","long"'],
    ['\ufeffColumnName,ColumnOrdinal,DataType,ColumnType\nA,0,System.String,string\nB,1,System.Int64,long\n'],
    ['ColumnName;DataType\nA;System.String\nB;System.Int64\n'],
    ['sep=;\r\nColumnName;ColumnType\r\nA;string\r\nB;long\r\n'],
    ['ColumnName\tColumnType\nA\tstring\nB\tlong\nA\tstring\n'],
    ['column name, Column_Type\n A , String\nB,LONG\n\n'],
    ['[{"ColumnName":"A","ColumnType":"string"},{"ColumnName":"B","ColumnType":"long"}]'],
    [
      '{"schema":[],"results":[{"columnName":"A","columnType":"string"},{"columnName":"B","columnType":"long"}]}',
    ],
    [
      '{"tables":[{"name":"P","columns":[{"name":"ColumnName"},{"name":"ColumnType"}],"rows":[["A","string"],["B","long"]]}]}',
    ],
    [
      '{"Tables":[{"Columns":[{"ColumnName":"ColumnName"},{"ColumnName":"ColumnType"}],"Rows":[["A","string"],["B","long"]]}]}',
    ],
  ])('is read: %j', (text) => {
    expect(read(text)).toEqual(ONE);
    expect(read(utf16(text.replace('\ufeff', ''), 'little'))).toEqual(ONE);
    expect(read(utf16(text.replace('\ufeff', ''), 'big'))).toEqual(ONE);
  });

  it('says its table by its name, by --table, or in a column', () => {
    const text = 'ColumnName,ColumnType\nA,string\nB,long\n';
    expect(read(text, '/x/y.z/DeviceEvents (2).csv')).toEqual(ONE);
    expect(read(text, 'New query.csv', 'DeviceEvents')).toEqual(ONE);
    expect(read(text, 'New query.csv')).toMatchObject({
      tables: {},
      said: [
        'error missing-key New query.csv:2 neither the file nor its name says which table it is about',
        expect.stringContaining('New query.csv:3'),
      ],
    });
    const two = 'TableName,ColumnName,ColumnType\nDeviceEvents,A,string\nOther,C,int\nDeviceEvents,B,long\n';
    expect(read(two, 'x y.csv')).toEqual({ tables: { ...ONE.tables, Other: { C: 'int' } }, said: [] });
    expect(read(two, 'x y.csv', 'deviceevents')).toEqual(ONE);
    expect(read(two, 'x y.csv', 'Nope').said).toEqual([
      'error no-schema-export x y.csv:1 the file has no columns of the table "Nope"',
    ]);
  });

  it.each([
    ['', 'error empty-file DeviceEvents.csv:1 the file is empty'],
    ['Timestamp,DeviceName\n1,2\n', 'the first line does not name the columns'],
    ['ColumnName,ColumnType\n', 'the file has no columns'],
    [
      'ColumnName,ColumnType\nA,string\n"B,long\n',
      'DeviceEvents.csv:3 a quotation mark is opened and never closed',
    ],
    ['ColumnName,ColumnType\n"A"x,string\n', 'DeviceEvents.csv:2 something follows the quotation mark'],
    [
      'ColumnName,ColumnType\nA,blob\n',
      'not-allowed DeviceEvents.csv:2 the type of A is "blob", but must be one of',
    ],
    ['ColumnName,ColumnType\nA\n', 'the type of A is ""'],
    [
      'ColumnName,ColumnType\n__proto__,string\n',
      'bad-format DeviceEvents.csv:2 "__proto__" is no name of a column',
    ],
    ['ColumnName,ColumnType\n"a\nb",string\n', '"a\\nb" is no name of a column'],
    ['ColumnName,ColumnType\nA\u0007,string\n', '"A\\u0007" is no name'],
    [`ColumnName,ColumnType\n${'x'.repeat(200)},string\n`, `"${'x'.repeat(60)}…" is no name`],
    ['TableName,ColumnName,ColumnType\n../x,A,string\n', '"../x" is no name of a table'],
    [
      'ColumnName,ColumnType\nA,int\nA,string\n',
      'type-conflict DeviceEvents.csv:3 DeviceEvents.A is string here, and int above',
    ],
    [
      `ColumnName,ColumnType\n${Array.from({ length: MAX_COLUMNS + 1 }, (_, n) => `c${n},int\n`).join('')}`,
      'too-large DeviceEvents.csv:2002',
    ],
    [`ColumnName,ColumnType\n${'a,int\n'.repeat(200_001)}`, 'more than 200,000 lines'],
    ['[', 'begins like JSON, and is none'],
    ['{"a":1}', 'JSON without entries'],
    ['[1,2]', 'JSON without entries'],
    ['[{"ColumnName":"A","ColumnType":"string"},{"__proto__":{"ColumnName":"B"}}]', 'JSON without entries'],
    ['{"results":[{"ColumnName":1,"ColumnType":"int"}]}', 'entry 1: "" is no name of a column'],
    ['{"tables":[{"columns":[{"name":"ColumnName"}],"rows":[["A"]]}]}', 'JSON without entries'],
  ])('tells what is wrong: %.60j', (text, said) => {
    const found = read(text);
    expect(found.said[0]).toContain(said);
    expect(({} as Record<string, unknown>).ColumnName).toBeUndefined();
  });

  it('refuses what is not text, and tells at most twenty mistakes', () => {
    for (const content of [
      [0xff, 0xfe, 0],
      [0x80, 0x81],
      [0x50, 0x4b, 3, 4, 0, 0],
      [0x41, 0, 0x42, 0],
    ])
      expect(read(Uint8Array.from(content)).said).toEqual([expect.stringContaining('the file is not text')]);
    const many = read(`ColumnName,ColumnType\n${'-,int\n'.repeat(1000)}`).said;
    expect(many).toHaveLength(21);
    expect(many.at(-1)).toContain('980 more mistakes like these');
  });

  it('never throws', () => {
    fc.assert(fc.property(fc.uint8Array({ maxLength: 200 }), (content) => void read(content)));
    fc.assert(fc.property(fc.json(), (text) => void read(text)));
  });
});
