/** On fields in another form, the index, the plain engine and the plainest reading of a rule agree, whatever the rules and the rows. */
import fc from 'fast-check';
import { expect, it } from 'vitest';
import {
  buildMatcher,
  type CompiledDetection,
  compileRule,
  FieldSources,
  type LogsourceMapping,
  parseSigmaFile,
  viewRecord,
} from '../../../../src/rules/sigma/index.ts';
import type { Expression, FieldSource } from '../../../../src/rules/sigma/language/expression.ts';
import { testValue } from '../../../../src/rules/sigma/match/test-value.ts';
import { account } from '../../../../src/rules/sigma/rendering/account.ts';
import { hexadecimal } from '../../../../src/rules/sigma/rendering/numbers.ts';
import { REGISTRY_DATA_COLUMNS, registryData } from '../../../../src/rules/sigma/rendering/registry-data.ts';
import {
  REGISTRY_PATH_COLUMNS,
  registryNewName,
  registryObject,
  registryTarget,
} from '../../../../src/rules/sigma/rendering/registry-path.ts';
import { uriExtension, uriQuery, uriStem, url } from '../../../../src/rules/sigma/rendering/url.ts';
import type { JsonObject, JsonValue } from '../../../../src/shared/json.ts';
import { upTo } from '../support.ts';
import { buildPlainMatcher } from './plain-matcher.ts';

const mapping: LogsourceMapping = {
  logsource: { category: 'any' },
  tables: [
    {
      table: 'Any',
      where: { Kind: ['one', 'two'] },
      whereGiven: { ActionType: ['RegistryValueSet', 'RegistryKeyDeleted', 'RegistryKeyRenamed'] },
      fields: {
        Mask: { columns: ['Inner.Mask'], render: hexadecimal },
        Id: { columns: ['Id'], convert: 'hex' },
        Details: { columns: REGISTRY_DATA_COLUMNS, render: registryData },
        TargetObject: { columns: REGISTRY_PATH_COLUMNS, render: registryTarget },
        NewName: { columns: REGISTRY_PATH_COLUMNS, render: registryNewName },
        ObjectName: { columns: REGISTRY_PATH_COLUMNS, render: registryObject },
        User: { columns: ['Domain', 'Name'], render: account },
        EventID: {
          columns: ['ActionType'],
          values: { 12: 'RegistryKeyDeleted', 13: ['RegistryValueSet'] },
          closed: true,
        },
        Type: { columns: ['Type'], values: { 3: 'Network', 10: 'Remote' } },
        Pipe: { columns: ['Pipe', 'OldPipe'], prefix: '\\Device' },
        Url: { columns: ['Inner.host', 'Inner.uri'], render: url },
        Stem: { columns: ['Inner.uri'], render: uriStem },
        Query: { columns: ['Inner.uri'], render: uriQuery },
        Extension: { columns: ['Inner.uri'], render: uriExtension },
        Gone: { columns: [], missing: 'no column is it' },
      },
    },
  ],
};

/** Words of rows, from which the words of rules are cut. */
const PATHS = ['C:\\Windows\\a.exe', '/usr/bin/a', '\\\\host\\a', 'a.exe', '', null];
const KEYS = [
  'HKEY_LOCAL_MACHINE\\SYSTEM\\ControlSet001\\Services\\X',
  'HKEY_LOCAL_MACHINE\\SOFTWARE\\Classes\\X',
  'HKEY_CURRENT_USER\\S-1-5-21-1-2-3-500\\Software\\X',
  'HKEY_CURRENT_USER\\S-1-5-21-1-2-3-500_Classes\\X',
  'HKEY_USERS\\.DEFAULT\\X',
  'X\\Y',
  '',
  null,
];
const ADDRESSES = [
  '::ffff:10.1.2.3',
  '10.1.2.3',
  '2001:db8::1',
  '2001:DB8:0:0:0:0:0:1',
  '::1',
  'host:1',
  ':',
  null,
];
const WORDS = [
  'HKLM\\SYSTEM\\CurrentControlSet\\Services\\X', 'HKCU\\Software\\Classes\\X', 'HKU\\S-1-5-21-1-2-3-500\\Software\\X',
  'HKCR\\X\\(Default)', '\\REGISTRY\\MACHINE\\SYSTEM', 'DWORD (0x0000000a)', 'QWORD (0x00000000-0x0000000a)', '(Empty)',
  'Binary Data', '0x3e7', '0x1010', '0x3E7', '10.1.2.3', '2001:db8::1', '0:0:0:0:0:0:0:1', '2001:0db8:0000:', 'corp\\alice',
  'alice', 'Network', '10', '13', 'pipe1', '\\pipe1', 'Remote', 'http://host/dir/a.exe?b=c', '/dir/a.exe', 'b=c', 'exe',
]; // biome-ignore format: one list

const word = fc.constantFrom(...WORDS);
/** A part of a word, with a wildcard now and then. */
const part = fc
  .tuple(word, fc.nat(12), fc.nat(40), fc.constantFrom('', '', '', '*', '?'))
  .map(([text, from, length, wildcard]) => text.slice(from, from + 1 + length) + wildcard);
const value = fc.oneof(word, part);
const name = fc.constantFrom(
  'Mask', 'Id', 'Details', 'TargetObject', 'NewName', 'ObjectName', 'User', 'EventID', 'Type', 'Pipe', 'RemoteIP',
  'Url', 'Stem', 'Query', 'Extension', 'Gone',
); // biome-ignore format: one list
const modifier = fc.constantFrom(
  '',
  '',
  '|contains',
  '|startswith',
  '|endswith',
  '|cased',
  '|neq',
  '|contains|cased',
);

function escapeText(text: string): string {
  return text.replaceAll('\\', '\\\\');
}

const field: fc.Arbitrary<readonly [string, unknown]> = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.tuple(
      fc.tuple(name, modifier).map(([field, modifiers]) => field + modifiers),
      fc.oneof(value.map(escapeText), fc.array(value.map(escapeText), { minLength: 1, maxLength: 6 })),
    ),
  },
  { weight: 1, arbitrary: fc.tuple(name, fc.constantFrom(null, 10, 999, 0x1010)) },
  {
    weight: 1,
    arbitrary: fc.tuple(
      name.map((field) => `${field}|exists`),
      fc.boolean(),
    ),
  },
  {
    weight: 1,
    arbitrary: fc.tuple(
      fc
        .tuple(fc.constantFrom('Mask', 'Id', 'Details', 'EventID'), fc.constantFrom('|gt', '|lte'))
        .map((all) => all.join('')),
      fc.constantFrom(10, 12, 998, 0x1010),
    ),
  },
  {
    weight: 1,
    arbitrary: fc.tuple(
      name.map((field) => `${field}|fieldref`),
      name,
    ),
  },
  {
    weight: 1,
    arbitrary: fc.tuple(
      name.map((field) => `${field}|contains|all`),
      fc.array(value.map(escapeText), { minLength: 2, maxLength: 3 }),
    ),
  },
  {
    weight: 1,
    arbitrary: fc.tuple(
      name.map((field) => `${field}|re`),
      fc.constantFrom(
        '^HK(LM|CU)',
        '^0x[0-9a-f]+$',
        'X$',
        '\\(Empty\\)',
        '^10\\.',
        '^\\\\pipe',
        '^alice$',
        '1[03]',
      ),
    ),
  },
  {
    weight: 1,
    arbitrary: fc.tuple(fc.constant('RemoteIP|cidr'), fc.constantFrom('10.0.0.0/8', '2001:db8::/32')),
  },
);
const map = fc.array(field, { minLength: 1, maxLength: 3 }).map((fields) => Object.fromEntries(fields));
const rule = fc.record({
  a: map,
  b: map,
  condition: fc.constantFrom('a', 'a and not b', 'a or b', 'not a', 'not (a or b)'),
  product: fc.constantFrom('windows', 'linux', 'macos', 'm365defender'),
});

const numbers: fc.Arbitrary<JsonValue> = fc.constantFrom(
  999,
  10,
  0,
  4112,
  '999',
  '0x3E7',
  '-1',
  '',
  'x',
  null,
);
const inner = fc
  .record(
    {
      Mask: numbers,
      host: fc.constantFrom('host', 'HOST', '', null),
      uri: fc.constantFrom('/dir/a.exe?b=c', '/dir/a.exe', 'host:443', '/?', '?b=c', '', null),
    },
    { requiredKeys: [] },
  )
  .map((found): JsonObject => ({ ...found }));
const row: fc.Arbitrary<JsonObject> = fc
  .record(
    {
      Kind: fc.constantFrom('one', 'two', 'three'),
      ActionType: fc.constantFrom(
        'RegistryValueSet',
        'RegistryKeyDeleted',
        'RegistryKeyRenamed',
        'Other',
        null,
      ),
      Inner: fc.oneof(
        inner,
        inner.map((one) => JSON.stringify(one)),
      ),
      Id: numbers,
      RegistryKey: fc.constantFrom(...KEYS),
      RegistryValueName: fc.constantFrom('X', '', null, '(Default)'),
      PreviousRegistryKey: fc.constantFrom(...KEYS),
      PreviousRegistryValueName: fc.constantFrom('X', '', null),
      RegistryValueType: fc.constantFrom(
        'Dword',
        'Qword',
        'Binary',
        'String',
        'ExpandString',
        'None',
        '',
        null,
      ),
      RegistryValueData: numbers,
      Domain: fc.constantFrom('corp', 'CORP', '', null),
      Name: fc.constantFrom('alice', 'bob', '', null),
      Type: fc.constantFrom('Network', 'Remote', 'network', 'Batch', null),
      Pipe: fc.oneof(
        fc.constantFrom('\\Device\\pipe1', '\\pipe1', 'x', null),
        fc.constant(['\\device\\pipe1', 'y']),
      ),
      OldPipe: fc.constantFrom('\\Device\\pipe2', null),
      RemoteIP: fc.oneof(fc.constantFrom(...ADDRESSES), fc.constant(['::1', '::ffff:10.1.2.3'])),
      FolderPath: fc.constantFrom(...PATHS),
      InitiatingProcessFolderPath: fc.constantFrom(...PATHS),
      OSPlatform: fc.constantFrom('Windows11', 'Linux', 'macOS', 'Other', null),
    },
    { requiredKeys: ['Kind'] },
  )
  .map((found): JsonObject => ({ ...found }));

/** A rule as the tests of a row are compiled from it; undefined where a value can never be found. */
function compiled(given: { readonly product: string; readonly condition: string }, sources: FieldSources) {
  const { product, ...detection } = given;
  const text = JSON.stringify({
    title: 'T',
    logsource: { category: 'any', product },
    detection,
    level: 'high',
  });
  return parseSigmaFile({ path: 'rule.yml', text }).documents.flatMap((document) =>
    document.kind === 'rule'
      ? compileRule(document, {
          columnsOf: () => undefined,
          sourcesOf: () => sources,
          variables: {},
          mappings: [mapping],
          report: () => {},
        })
      : [],
  )[0]?.detection;
}

/** The plainest reading: nothing is kept, merged or reordered, and each field is rendered anew. */
function isPlainly(expression: Expression, properties: JsonObject, sources: FieldSources): boolean {
  const again = (item: Expression) => isPlainly(item, properties, sources);
  switch (expression.kind) {
    case 'unavailable':
      return false;
    case 'part':
      return again(expression.item);
    case 'not':
      return !again(expression.item);
    case 'and':
      return expression.items.every(again);
    case 'or':
      return expression.items.some(again);
    case 'field': {
      const record = viewRecord(properties, sources);
      const { source, values } = expression;
      return values.some(({ test }) => {
        if (test.kind === 'null') return absenceOf(source, properties, sources).isNull;
        if (test.kind === 'exists') return absenceOf(source, properties, sources).exists;
        return testValue(test, record.texts(source), record);
      });
    }
  }
}

function absenceOf(source: FieldSource, properties: JsonObject, sources: FieldSources) {
  const record = viewRecord(properties, sources);
  const ofColumns = (inputs: readonly FieldSource[]) => {
    const values = inputs.map((one) => (one.kind === 'column' ? record.value(one.path) : undefined));
    return {
      isNull: values.every((one) => (one ?? null) === null),
      exists: values.some((one) => one !== undefined),
    };
  };
  if (source.kind !== 'rendered') return ofColumns([source]);
  if (source.rendering.isTransparent) return ofColumns(source.inputs);
  const texts = source.rendering.render(source.inputs.map((input) => record.texts(input)));
  return { isNull: texts.length === 0, exists: texts.length > 0 };
}

it('the index, the plain engine and the plainest reading agree on renderings and on what a rule is for', () => {
  let [matched, tried] = [0, 0];
  fc.assert(
    fc.property(
      fc.array(rule, { minLength: 1, maxLength: 10 }),
      fc.array(row, { minLength: 1, maxLength: 10 }),
      (rules, rows) => {
        const sources = new FieldSources();
        const detections = rules
          .map((one) => compiled(one, sources))
          .filter((one): one is CompiledDetection => one !== undefined);
        const indexed = buildMatcher(detections);
        const plain = buildPlainMatcher(detections);
        for (const properties of rows) {
          const expected = detections.flatMap(({ expression }, position) =>
            isPlainly(expression, properties, sources) ? [position] : [],
          );
          matched += expected.length;
          tried += detections.length;
          expect(plain.match(viewRecord(properties, sources))).toEqual(expected);
          expect(indexed.match(viewRecord(properties, sources))).toEqual(expected);
          for (const [position, detection] of detections.entries()) {
            const record = viewRecord(properties, sources);
            expect(detection.explain(record).matched).toBe(expected.includes(position));
            if (!expected.includes(position)) expect(detection.matchedValues(record)).toEqual([]);
          }
        }
      },
    ),
    upTo(300),
  );
  expect(matched).toBeGreaterThan(tried / 100);
});
