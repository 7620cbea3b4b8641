import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseDocument } from 'yaml';
import { differences } from '../../../src/rules/schema/differences.ts';
import { editOwnFile } from '../../../src/rules/schema/edit-own.ts';
import { KUSTO_TYPES, shippedSchema } from '../../../src/rules/schema/index.ts';
import { Learner, proposals } from '../../../src/rules/schema/learn.ts';
import { MAX_COLUMNS, MAX_TABLES, ownSchema } from '../../../src/rules/schema/own-file.ts';
import { parseExact } from '../../../src/shared/exact-numbers.ts';
import { isJsonObject } from '../../../src/shared/json.ts';

function learnt(table: string, ...rows: readonly string[]) {
  const learner = new Learner();
  for (const row of rows) {
    const value = parseExact(row);
    if (isJsonObject(value)) learner.add(table, value);
  }
  return { tables: learner.learnt(shippedSchema), passedOver: learner.passedOver };
}

describe('learning from rows', () => {
  it.each([
    ['long', '{"X":1}', '{"X":null}', '{"X":9007199254740993}'],
    ['real', '{"X":1}', '{"X":1.5}'],
    ['bool', '{"X":true}', '{"X":false}'],
    ['datetime', '{"X":"2026-11-23T07:05:00.1234567Z"}', '{"X":""}'],
    ['string', '{"X":"2026-11-23T07:05:00Z"}', '{"X":"a"}'],
    ['dynamic', '{"X":{"a":1}}', '{"X":[1]}', '{"X":"{}"}'],
  ])('proposes %s', (type, ...rows) => {
    expect(learnt('DeviceEvents', ...rows).tables).toEqual([
      {
        table: 'DeviceEvents',
        isNew: false,
        rows: rows.length,
        columns: [{ column: 'X', type, known: undefined, rows: expect.any(Number), isMixed: false }],
      },
    ]);
  });

  it('says where rows disagree, where all are empty, and where the schema is contradicted', () => {
    const { tables } = learnt(
      'deviceevents',
      '{"Mixed":1,"Empty":null,"ReportId":"a","Timestamp":"x","AdditionalFields":{},"FileSize":1.5}',
      '{"Mixed":"a","ReportId":9007199254740993,"DeviceName":7}',
    );
    expect(tables[0]?.columns).toEqual([
      { column: 'Mixed', type: 'dynamic', known: undefined, rows: 2, isMixed: true },
      { column: 'Empty', type: undefined, known: undefined, rows: 0, isMixed: false },
      { column: 'ReportId', type: 'dynamic', known: 'long', rows: 2, isMixed: true },
      { column: 'DeviceName', type: 'long', known: 'string', rows: 1, isMixed: false },
    ]);
    expect(proposals(tables)[0]?.columns.map(({ column }) => column)).toEqual(['Mixed']);
  });

  it('keeps to names that a schema can have, and within bounds', () => {
    const row = { a: 1, __proto__x: 1, 'b c': 1, 'x\u0000': 1, ['y'.repeat(200)]: 1 };
    const text = JSON.stringify(row).replace('{', '{"__proto__":1,');
    const found = learnt('ContosoEvents', text);
    expect(found.passedOver).toBe(4);
    expect(found.tables[0]?.columns.map(({ column }) => column)).toEqual(['a', '__proto__x']);
    const learner = new Learner();
    learner.add('T', Object.fromEntries(Array.from({ length: MAX_COLUMNS + 5 }, (_, n) => [`c${n}`, n])));
    for (let n = 0; n < MAX_TABLES + 5; n += 1) learner.add(`T${n}`, { a: 1 });
    expect(learner.passedOver).toBe(5 + 6);
  });
});

describe('editing the schema file', () => {
  const name = fc.stringMatching(/^[A-Za-z_][A-Za-z0-9_]{0,8}$/).filter((one) => one !== '__proto__');
  const tables = fc
    .uniqueArray(
      fc.tuple(name, fc.dictionary(name, fc.constantFrom(...KUSTO_TYPES), { minKeys: 1, maxKeys: 4 })),
      {
        maxLength: 4,
        selector: ([table]) => table.toLowerCase(),
      },
    )
    .map((list) => list.map(([table, columns]) => ({ table, columns: new Map(Object.entries(columns)) })));

  it('makes the columns known, and a second time nothing', () => {
    fc.assert(
      fc.property(tables, tables, (first, second) => {
        let text: string | undefined;
        for (const given of [first, second, second]) {
          text =
            editOwnFile(text, differences(given, shippedSchema, { withMissing: false }), true).text ?? text;
        }
        const said: string[] = [];
        const schema = ownSchema(text === undefined ? [] : [{ path: 'schema.yaml', text }], ({ message }) =>
          said.push(message),
        );
        expect(said).toEqual([]);
        expect(differences(second, schema, { withMissing: false })).toEqual([]);
        expect(
          editOwnFile(text, differences(second, shippedSchema, { withMissing: false }), false).text,
        ).toBeUndefined();
      }),
      { numRuns: 60 },
    );
  });

  it('keeps what a person wrote: comments, order and types', () => {
    const text = `# Ours.
tables:
  # The sensor's.
  deviceevents:
    Zeta: string # asked Ada
    Alpha: int

  # Not Defender's.
  ContosoEvents: { Actor: string }
`;
    const added = [
      {
        table: 'DeviceEvents',
        isNew: false,
        columns: [
          { column: 'Zeta', type: 'long', known: undefined },
          { column: 'Alpha', type: 'long', known: undefined },
          { column: 'ReportId', type: 'string', known: 'long' },
          { column: 'Gone', type: undefined, known: 'long' },
        ],
      },
      { table: 'ContosoEvents', isNew: true, columns: [{ column: 'Count', type: 'int', known: undefined }] },
    ] as const;
    const kept = editOwnFile(text, added, false);
    expect(kept.kept).toEqual([{ table: 'deviceevents', column: 'Zeta', type: 'long', before: 'string' }]);
    expect(kept.text).toBe(`# Ours.
tables:
  # The sensor's.
  deviceevents:
    Zeta: string # asked Ada
    Alpha: int
    ReportId: string # long in the shipped schema

  # Not Defender's.
  ContosoEvents: { Actor: string, Count: int }
`);
    const replaced = editOwnFile(text, added, true);
    expect(replaced.replaced).toHaveLength(1);
    expect(replaced.text).toContain('    Zeta: long # asked Ada\n');
    expect(parseDocument(replaced.text ?? '').errors).toEqual([]);
  });
});
