/** Makes random rows of any table from its schema, and damages rows: for properties that must hold whatever a row holds. */
import fc from 'fast-check';
import { actionTypesOf, type KustoType, type TableSchema } from '../../../src/rules/schema/index.ts';
import type { JsonObject, JsonValue } from '../../../src/shared/json.ts';

const HEX = '0123456789abcdef';
const hex = (length: number) =>
  fc.string({ unit: fc.constantFrom(...HEX), minLength: length, maxLength: length });

const instant = fc
  .date({ min: new Date('2020-01-01'), max: new Date('2030-01-01'), noInvalidDate: true })
  .map((date) => date.toISOString().replace('Z', '4567Z'));

const word = fc.constantFrom(
  'contoso',
  'PC-042',
  'alice@contoso.com',
  'C:\\Windows\\System32\\cmd.exe',
  'cmd.exe /c whoami',
  'HKEY_LOCAL_MACHINE\\SOFTWARE\\Run',
  'https://example.com/a?b=c',
  'example.com:8080',
  'Windows11',
  'Tcp',
  'High',
  'Inbound',
  '["PowerShell (T1059.001)","Phishing (T1566)"]',
  '[{"IPAddress":"10.0.0.1","SubnetPrefix":24}]',
  '{"direction":"In","query":"example.com","TaskName":"t"}',
  '<id@mail.example.com>',
  '\u202emoc.elpmaxe',
);

/** Values that a column may hold where its name says what it is, so that mappings find something to convert. */
function likely(column: string, type: KustoType): fc.Arbitrary<JsonValue> {
  if (/IP(?:v[46]|Address)?$/i.test(column)) {
    return fc.oneof(fc.ipV4(), fc.ipV6(), fc.constant('::ffff:192.0.2.7'), fc.constant('fe80::1%12'));
  }
  if (/MD5$/.test(column)) return hex(32);
  if (/SHA1$/.test(column)) return hex(40);
  if (/SHA256$/.test(column)) return hex(64);
  if (/Mac/.test(column)) return fc.constantFrom('00-11-22-AA-BB-CC', '001122aabbcc', '00:11:22:aa:bb:cc');
  if (/Upn$|Email(?:Address)?$|FromAddress$/.test(column)) return fc.emailAddress();
  switch (type) {
    case 'bool':
      return fc.constantFrom<JsonValue>(true, false, 0, 1, '0', '1', 'true', 'False');
    case 'datetime':
      return instant;
    case 'int':
    case 'long':
      return fc.oneof(
        fc.integer({ min: 0, max: 70_000 }),
        fc.maxSafeInteger(),
        fc.constant<JsonValue>('4711'),
      );
    case 'real':
      return fc.double({ noNaN: true, noDefaultInfinity: true });
    case 'guid':
      return fc.uuid();
    default:
      return fc.oneof(word, fc.string({ maxLength: 12 }));
  }
}

/** Damage: what a value may be instead of what its column's type says. */
export const anything: fc.Arbitrary<JsonValue> = fc.oneof(
  fc.constant<JsonValue>(null),
  fc.constant<JsonValue>(''),
  fc.boolean(),
  fc.double({ noNaN: true, noDefaultInfinity: true }),
  fc.string({ unit: 'binary', maxLength: 20 }),
  word,
  fc.jsonValue({ maxDepth: 3 }).map((value) => JSON.parse(JSON.stringify(value)) as JsonValue),
  fc.integer({ min: 1, max: 3 }).map((kilo) => 'A'.repeat(kilo * 2_000)),
  fc.array(word, { maxLength: 4 }),
);

/** A row of a table: most columns there, some null, some damaged. */
export function randomRow(schema: TableSchema): fc.Arbitrary<JsonObject> {
  const actions = actionTypesOf(schema.table);
  const columns = [...schema.columns].map(([column, type]) => {
    const usual =
      column === 'ActionType' && actions && actions.names.size > 0
        ? fc.constantFrom(...actions.names.values())
        : likely(column, type);
    const value = fc.oneof(
      { weight: 8, arbitrary: usual as fc.Arbitrary<JsonValue> },
      { weight: 1, arbitrary: fc.constant<JsonValue>(null) },
      { weight: 1, arbitrary: anything },
    );
    return [column, value] as const;
  });
  return fc
    .tuple(
      fc.record(Object.fromEntries(columns), { requiredKeys: [] }),
      fc.dictionary(fc.string({ maxLength: 8 }), anything, { maxKeys: 2 }),
    )
    .map(([row, more]) => ({ ...more, ...(row as JsonObject) }));
}
