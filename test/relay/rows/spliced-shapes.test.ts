/** An event made of a row's bytes is the event made of its parsed columns, whatever the row, the steps of its table and the mapping are. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { lineSplitter } from '../../../src/blobs/rows/lines.ts';
import { parseRow } from '../../../src/blobs/rows/parse-row.ts';
import type { RawRow, RowSplitter } from '../../../src/blobs/rows/raw-row.ts';
import { scannedLineSplitter } from '../../../src/blobs/rows/scanned-lines.ts';
import { scanPage } from '../../../src/blobs/rows/scanner/index.ts';
import { deliveriesOf } from '../../../src/relay/rows/deliveries.ts';
import { compileRules, type RuleSet } from '../../../src/rules/index.ts';
import { findTable, shippedSchema, type TableSchema, tableNames } from '../../../src/rules/schema/index.ts';
import { compileShapes, MAPPED_SHAPES, type Shapes } from '../../../src/rules/shapes/shapes.ts';
import { SHIPPED_MAPPINGS } from '../../../src/rules/shapes/shipped.ts';
import { ByteWriter } from '../../../src/shared/byte-writer.ts';
import type { MappedShape } from '../../../src/shared/event.ts';
import type { JsonObject, JsonValue } from '../../../src/shared/json.ts';
import { asAlert } from '../../rules/shapes/helpers.ts';
import { anything, randomRow } from '../../rules/shapes/random-rows.ts';
import { runs } from '../../support/runs.ts';
import { exactly } from './both-ways.ts';

const LIMIT = 1 << 20;
const MAPPINGS = runs(6);
const ROWS_EACH = 12;

/** Stands in a row for a number that is put into its text as it is here. */
const NUMBERS = ['1e400', '-0', '1e20', '-0.0', '12345678901234567890', '1e-400', '0.1e1', '1.50', '1E3'];
const MARK = '@number ';

type Steps = readonly Readonly<Record<string, unknown>>[];

interface Case {
  readonly table: string;
  readonly steps: Steps;
  readonly mappings: Readonly<Record<MappedShape, JsonObject>>;
  readonly rows: readonly {
    readonly row: JsonObject;
    readonly isAlert: boolean;
    readonly isSpaced: boolean;
  }[];
}

/** What the shipped mappings of one shape say of columns: put on other columns by chance. */
function placementsOf(shape: MappedShape): readonly JsonValue[] {
  return Object.entries(SHIPPED_MAPPINGS)
    .filter(([path]) => path.startsWith(`shapes/${shape}/`) && !path.endsWith('groups.yaml'))
    .flatMap(([, text]) => Object.values((parse(text) as { columns?: JsonObject }).columns ?? {}));
}

function stepsOn(schema: TableSchema): fc.Arbitrary<Steps> {
  const column = fc.constantFrom(...schema.columns.keys());
  const columns = fc.uniqueArray(column, { minLength: 1, maxLength: 4 });
  const texts = fc.uniqueArray(
    fc.constantFrom(...[...schema.columns].flatMap(([name, type]) => (type === 'string' ? [name] : []))),
    { minLength: 1, maxLength: 3 },
  );
  const step = fc.oneof(
    fc.constant({ remove_empty: true }),
    columns.map((remove) => ({ remove })),
    columns.map((keep) => ({ keep: [...keep, 'Timestamp'] })),
    fc.tuple(column, column).map(([from, to]) => ({ rename: { [from]: to, [to]: 'renamed' } })),
    column.map((from) => ({ rename: { [from]: 'xdr_relay' } })),
    texts.map((list) => ({ redact: { columns: list, with: 'gone "for" good' } })),
    texts.map((list) => ({ hash: { columns: list, key: '$HASH_KEY' } })),
    texts.map((lowercase) => ({ lowercase })),
    column.map((from) => ({ copy: { [from]: 'copied' } })),
    fc
      .tuple(column, anything)
      .map(([name, value]) => ({ set: { environment: 'a\\b', [name]: value as unknown } })),
  );
  return fc.array(step, { maxLength: 3 });
}

function mappingOf(schema: TableSchema, shape: MappedShape): fc.Arbitrary<JsonObject> {
  const entry = fc.tuple(fc.constantFrom(...schema.columns.keys()), fc.constantFrom(...placementsOf(shape)));
  return fc
    .array(entry, { maxLength: 8 })
    .map((entries) => ({ table: schema.table, columns: Object.fromEntries(entries) }));
}

const aCase: fc.Arbitrary<Case> = fc.constantFrom(...tableNames).chain((table) => {
  const schema = findTable(table);
  if (!schema) throw new Error(table);
  const row = fc
    .tuple(
      randomRow(schema),
      fc.dictionary(
        fc.constantFrom('FileSize', 'ReportId', 'xdr_relay', '1', 'ProcessId', 'constructor'),
        fc.constantFrom(...NUMBERS).map((number) => `${MARK}${number}`),
        { maxKeys: 3 },
      ),
    )
    .map(([usual, numbers]) => ({ ...usual, ...numbers }));
  return fc.record({
    table: fc.constant(table),
    steps: stepsOn(schema),
    mappings: fc.record({ ecs: mappingOf(schema, 'ecs'), ocsf: mappingOf(schema, 'ocsf') }),
    rows: fc.array(fc.record({ row, isAlert: fc.boolean(), isSpaced: fc.boolean() }), {
      minLength: ROWS_EACH,
      maxLength: ROWS_EACH,
    }),
  });
});

/** Undefined where a step asks for a column that an earlier one took away. */
function rulesOf({ table, steps }: Case): RuleSet | undefined {
  const { rules } = compileRules(
    [{ path: `${table}.yaml`, text: JSON.stringify({ table, transform: steps }) }],
    {
      destinations: ['siem'],
      defaultDestinations: ['siem'],
      alerts: [],
      variables: { HASH_KEY: 'k'.repeat(32) },
    },
  );
  return rules;
}

function shapesOf({ table, steps, mappings }: Case, isOwn: boolean): Shapes {
  const files = MAPPED_SHAPES.map((shape) => ({
    path: `shapes/${shape}/${table}.yaml`,
    text: JSON.stringify(mappings[shape]),
  }));
  return compileShapes(isOwn ? files : [], {
    schema: shippedSchema,
    variables: {},
    steps: new Map([[table.toLowerCase(), steps]]),
    // What the schemas do not have at such a place is left out.
    report: () => undefined,
  });
}

function lineOf(table: string, row: JsonObject, isSpaced: boolean): string {
  const text = JSON.stringify(row, undefined, isSpaced ? '\t' : undefined)
    .replaceAll('\n', '')
    .replaceAll(new RegExp(`"${MARK}([^"]*)"`, 'g'), '$1');
  return `{"time":"2026-11-25T10:01:00Z","tenantId":"t","category":"AdvancedHunting-${table}","properties":${text}}\n`;
}

interface Written {
  readonly isSpliced: boolean;
  readonly text: string;
}

function written(
  [raw]: readonly RawRow[],
  { rules, shapes, isAlert }: { readonly rules: RuleSet; readonly shapes: Shapes; readonly isAlert: boolean },
  shape: MappedShape,
): Written {
  const parsed = raw && parseRow(raw, 'c/b', LIMIT);
  if (!parsed?.ok) throw new Error('the row is bad');
  const verdict = rules.evaluate(parsed.row);
  if (verdict.kind !== 'forwarded') throw new Error('filtered');
  const routes = verdict.routes.map((route) => ({ ...route, ...(isAlert ? asAlert : {}) }));
  const [delivery] = deliveriesOf(parsed.row, verdict, routes, shapes).flatMap(([, all]) => all);
  if (!delivery) throw new Error('no delivery');
  const writer = new ByteWriter();
  delivery.writeMapped(shape, writer);
  return { isSpliced: parsed.row.bytes !== undefined, text: Buffer.from(writer.slice()).toString() };
}

describe.each(MAPPED_SHAPES)('as %s', (shape) => {
  it.each([
    { isOwn: false, mapping: 'the shipped mapping' },
    { isOwn: true, mapping: 'a random mapping over it' },
  ])('$mapping: bytes and parsed columns give one event', { timeout: 300_000 }, ({ isOwn }) => {
    let [spliced, alike] = [0, 0];
    fc.assert(
      fc.property(aCase, (one) => {
        const rules = rulesOf(one);
        fc.pre(rules !== undefined);
        const shapes = shapesOf(one, isOwn);
        for (const { row, isAlert, isSpaced } of one.rows) {
          const line = Buffer.from(lineOf(one.table, row, isSpaced));
          const event = (splitter: RowSplitter) =>
            written(splitter.push(line), { rules, shapes, isAlert }, shape);
          const plain = event(lineSplitter(0, LIMIT));
          const quick = event(scannedLineSplitter(0, LIMIT, scanPage));
          expect(JSON.parse(quick.text, exactly)).toEqual(JSON.parse(plain.text, exactly));
          if (quick.isSpliced) spliced++;
          // A row that is written as JSON.stringify writes it comes out byte for byte, which tells of members that stand twice, too.
          const text = line.toString().trimEnd();
          if (JSON.stringify(JSON.parse(text)) !== text) continue;
          expect(quick.text).toBe(plain.text);
          alike++;
        }
      }),
      { numRuns: MAPPINGS, endOnFailure: true },
    );
    expect(spliced).toBeGreaterThan((MAPPINGS * ROWS_EACH) / 2);
    expect(alike).toBeGreaterThan((MAPPINGS * ROWS_EACH) / 20);
  });
});

it('a column stays among the unmapped ones where OCSF itself says what its field holds', () => {
  const table = 'DeviceProcessEvents';
  const columns = { FileName: 'activity_name', FolderPath: 'metadata.profiles', ReportId: 'type_uid' };
  const one: Case = { table, steps: [], mappings: { ecs: { table }, ocsf: { table, columns } }, rows: [] };
  const rules = rulesOf(one);
  if (!rules) throw new Error('the rules do not compile');
  const replaced = { FileName: 'cmd.exe', FolderPath: 'C:\\cmd.exe', ReportId: 7 };
  const line = Buffer.from(lineOf(table, { DeviceId: 'd', DeviceName: 'd', ...replaced }, false));
  const context = { rules, shapes: shapesOf(one, true), isAlert: false };
  const texts = [lineSplitter(0, LIMIT), scannedLineSplitter(0, LIMIT, scanPage)].map(
    (splitter) => written(splitter.push(line), context, 'ocsf').text,
  );
  for (const text of texts) {
    expect(JSON.parse(text)).toMatchObject({
      activity_name: 'Other',
      metadata: { profiles: ['host'] },
      unmapped: replaced,
    });
  }
  expect(texts[1]).toBe(texts[0]);
});
