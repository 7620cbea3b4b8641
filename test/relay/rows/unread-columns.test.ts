/** What is said to read no column really reads none: whatever stands in an unread column changes nothing but that column. */
import { fileURLToPath } from 'node:url';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { entitiesOf } from '../../../src/alerts/entities/index.ts';
import { alertFacts } from '../../../src/destinations/alert-record.ts';
import { messageView } from '../../../src/destinations/alert-view/message.ts';
import { messageOfOne } from '../../../src/destinations/alert-view/single.ts';
import type { Delivery } from '../../../src/destinations/port.ts';
import { SHAPES, writeShape } from '../../../src/destinations/shapes.ts';
import { loadRuleFiles } from '../../../src/hosts/node/rule-files.ts';
import { deliveriesOf } from '../../../src/relay/rows/deliveries.ts';
import { type ReadBy, tableUse } from '../../../src/rules/columns/reads.ts';
import { evaluate } from '../../../src/rules/evaluate.ts';
import type { AddressDatabase, DatabaseFile } from '../../../src/rules/lists/database.ts';
import type { RuleFile } from '../../../src/rules/rule-file.ts';
import { findTable } from '../../../src/rules/schema/index.ts';
import { rowOf } from '../../../src/rules/testing/run.ts';
import { steps } from '../../../src/rules/transforms/index.ts';
import { ByteWriter } from '../../../src/shared/byte-writer.ts';
import { isJsonObject, type JsonObject, type JsonValue } from '../../../src/shared/json.ts';
import { compiledFor, context } from '../../rules/columns/support.ts';
import { runs } from '../../support/runs.ts';

const transforms = fileURLToPath(new URL('../../../transforms', import.meta.url));
const shipped = compiledFor(await loadRuleFiles(transforms), context);

type Columns = ReadonlySet<string>;

/** A value without some members, at any depth: shapes put columns that have no place into an object of their own. */
function without(value: JsonValue, columns: Columns): JsonValue {
  if (Array.isArray(value)) return value.map((one: JsonValue) => without(one, columns));
  if (!isJsonObject(value)) return value;
  return Object.fromEntries(
    Object.entries(value).flatMap(([name, one]) =>
      columns.has(name) ? [] : [[name, without(one, columns)]],
    ),
  );
}

function textOf(delivery: Delivery, shape: (typeof SHAPES)[number]): JsonValue {
  const writer = new ByteWriter();
  writeShape(shape, delivery, writer);
  return JSON.parse(Buffer.from(writer.peek(0)).toString()) as JsonValue;
}

/** All that comes of a row, but for some columns. */
function outcome({ program }: ReadBy, table: string, properties: JsonObject, but: Columns): unknown {
  const row = rowOf(table, properties);
  const verdict = evaluate(program, row);
  if (verdict.kind === 'filtered') return verdict;
  const { routes, correlated, suppressed, cut } = verdict;
  const deliveries = deliveriesOf(row, verdict, routes, program.shapes).map(([to, list]) => [
    to,
    list.map((delivery) => {
      const { head, event } = delivery;
      // Of rows that are sent as they are, only the shape of the destination reads columns: that of `splunk` is ecs, of `hook` ocsf.
      const shapes = SHAPES.filter((shape) =>
        shape === 'ecs' ? to === 'splunk' : shape !== 'ocsf' || to === 'hook',
      );
      const isAlert = head.rule !== undefined;
      const message = isAlert && messageView(messageOfOne({ ...head, event }));
      return [
        head,
        shapes.map((shape) => without(textOf(delivery, shape), but)),
        isAlert && [entitiesOf({ ...head, event }), alertFacts(delivery), message],
      ];
    }),
  ]);
  return { routes, correlated, suppressed, cut, deliveries };
}

/** Values that the conditions below look for, and others. */
const text = fc.constantFrom(
  'certutil.exe',
  'MsSense.exe',
  'powershell -enc aQBlAHgA',
  'http://evil.example/a?b=c',
  'whoami /all',
  'CONTOSO\\ann',
  'ann@contoso.example',
  '::ffff:203.0.113.9',
  '10.0.0.7',
  'S-1-5-21-1',
  '{"Name":"certutil.exe","b":{"c":[1,"cmd"]}}',
  'ProcessCreated',
  '2026-11-23T07:04:05.1234567Z',
  'a'.repeat(64),
  '',
);
const anyValue = fc.oneof(
  text,
  fc.constantFrom<JsonValue>(null, 7, true, ['certutil.exe', 'x'], { Name: 'whoami' }),
);

const columnsOf = (table: string) => [...(findTable(table)?.columns.keys() ?? [])];

const rowFor = (table: string) =>
  fc
    .record(Object.fromEntries(columnsOf(table).map((name) => [name, anyValue])), { requiredKeys: [] })
    .map((row) => ({ ActionType: 'ProcessCreated', DeviceName: 'pc-1', ...row }) as JsonObject);

/** Compares what comes of a row with what comes of it with other values in all columns that nothing reads. */
function expectUnread(by: ReadBy, table: string, row: JsonObject, others: readonly JsonValue[]): void {
  const use = tableUse(by, table);
  const unread = columnsOf(table).filter((name) => !use.isRead(name));
  const changed = {
    ...row,
    ...Object.fromEntries(unread.map((name, n) => [name, others[n % others.length] ?? null])),
  };
  const but = new Set(unread);
  expect(outcome(by, table, changed, but)).toEqual(outcome(by, table, row, but));
}

const someValues = fc.array(anyValue, { minLength: 1, maxLength: 80 });

const TABLE = 'DeviceProcessEvents';
const COLUMNS = columnsOf(TABLE);

const field = fc
  .tuple(
    fc.constantFrom(...COLUMNS, 'AdditionalFields.Name', 'AdditionalFields.b.c'),
    fc.constantFrom(
      '',
      '|contains',
      '|startswith',
      '|endswith',
      '|re',
      '|exists',
      '|contains|all',
      '|fieldref',
    ),
    fc.constantFrom('certutil', 'whoami', 'Ann', '.exe', 'http'),
    fc.constantFrom(...COLUMNS),
  )
  .map(([column, modifier, value, ref]) => {
    if (modifier === '|exists') return { [`${column}|exists`]: true };
    if (modifier === '|fieldref') return { [`${column}|fieldref`]: ref };
    return { [column + modifier]: modifier === '|contains|all' ? [value, 'e'] : value };
  });

const detection = fc
  .tuple(field, field, fc.constantFrom('a', 'a or b', 'a and not b', '1 of *'), fc.boolean())
  .map(([a, b, condition]) => ({ a, b, condition }));

const sigma = fc.tuple(
  fc.constantFrom('Image', 'CommandLine', 'ParentImage', 'User', 'Hashes', 'IntegrityLevel'),
  fc.constantFrom('contains', 'endswith'),
  fc.constantFrom('certutil', '.exe', 'ann'),
  fc.constantFrom(...COLUMNS),
);

/** Steps as their descriptions show them, which work on this table. */
const EXAMPLES = steps
  .filter(({ verb }) => !['keep', 'lookup', 'geo'].includes(verb))
  .flatMap(({ verb, config }) =>
    ((config.meta()?.examples ?? []) as readonly JsonValue[]).map((example) => ({ [verb]: example })),
  );

const column = fc.constantFrom(...COLUMNS);

/** Steps that read another column in each run: their examples name one that few rules read. */
const drawnStep = fc.oneof(
  fc.constantFrom(...EXAMPLES),
  // Enough columns for titles and groups, which must name columns that are still there.
  fc
    .uniqueArray(column, { minLength: COLUMNS.length - 8 })
    .map((kept) => ({ keep: ['Initiating*', ...kept] })),
  column.map((key) => ({ lookup: { list: 'known', key, set: { vip: true, Note: 'note' } } })),
  fc.tuple(column, column).map(([from, to]) => ({
    geo: { database: 'countries', column: from, set: { [to]: 'country.iso_code' } },
  })),
);

const LISTS: readonly RuleFile[] = [
  { path: 'lists/known.csv', text: 'key,note\ncertutil.exe,first\nann@contoso.example,second\n' },
  { path: 'lists/countries.mmdb', text: '', database: countries() },
];

/** A database that has every second text: what it says must depend on the column, and often. */
function countries(): DatabaseFile {
  const record = { country: { iso_code: 'CH' } };
  const database: AddressDatabase = {
    type: 'Countries',
    built: 0,
    networks: 1,
    paths: ['country.iso_code'],
    find: (address) => (address.length % 2 === 0 ? record : undefined),
  };
  return { bytes: new Uint8Array(), sha256: '', open: () => database };
}

const ruleSet = fc
  .record({
    filters: fc.array(detection, { maxLength: 2 }),
    steps: fc.array(drawnStep, { maxLength: 3 }),
    routes: fc.array(
      fc.record({
        detection,
        sample: fc.option(fc.constantFrom(...COLUMNS)),
        title: fc.constantFrom(...COLUMNS),
      }),
      { minLength: 1, maxLength: 2 },
    ),
    sigma: fc.array(sigma, { maxLength: 2 }),
  })
  .map((drawn): readonly RuleFile[] => {
    const table = {
      table: TABLE,
      filter: drawn.filters.map((one, n) => ({ title: `f${n}`, detection: one })),
      transform: drawn.steps,
      routes: [
        {
          to: 'splunk',
          ...(drawn.routes[0]?.sample && { sample: { rate: 0.5, by: drawn.routes[0].sample } }),
        },
        ...drawn.routes.map(({ detection: one, title }, n) => ({
          to: n === 0 ? 'soc-slack' : 'hook',
          severity: 'high',
          title: `T {${title}}`,
          group_by: title,
          detection: one,
        })),
      ],
    };
    const rules = drawn.sigma.map(([name, modifier, value, column], n) => ({
      path: `detections/r${n}.yml`,
      text: JSON.stringify({
        title: `r${n}`,
        logsource: { category: 'process_creation', product: 'windows' },
        detection: { sel: { [`${name}|${modifier}`]: value }, condition: 'sel' },
        level: 'high',
        xdr_relay: { title: `R {${column}}` },
      }),
    }));
    return [{ path: `${TABLE}.yaml`, text: JSON.stringify(table) }, ...LISTS, ...rules];
  });

/** Undefined where what was drawn does not fit together: a title that names a column which a step has removed. */
function compiled(files: readonly RuleFile[]): ReadBy | undefined {
  try {
    return compiledFor(files, { ...context, variables: { ...context.variables, KEY: 'k'.repeat(32) } });
  } catch {
    return undefined;
  }
}

describe('a column that nothing reads', () => {
  it('changes nothing else under the shipped rules, whatever it holds (property)', () => {
    const tables = [TABLE, 'DeviceRegistryEvents', 'DeviceNetworkEvents', 'EmailEvents', 'AlertEvidence'];
    const drawn = fc.constantFrom(...tables).chain((table) => fc.tuple(fc.constant(table), rowFor(table)));
    fc.assert(
      fc.property(drawn, someValues, ([table, row], others) => expectUnread(shipped, table, row, others)),
      { numRuns: runs(100) },
    );
  });

  it('changes nothing else under any rules (property)', () => {
    let tried = 0;
    fc.assert(
      fc.property(ruleSet, fc.array(fc.tuple(rowFor(TABLE), someValues), { minLength: 4 }), (files, rows) => {
        const by = compiled(files);
        if (!by) return;
        tried += 1;
        for (const [row, others] of rows) expectUnread(by, TABLE, row, others);
      }),
      { numRuns: runs(30) },
    );
    expect(tried).toBeGreaterThan(3);
  });

  it('is told from one that is read: another value of a read column changes what comes out', () => {
    const use = tableUse(shipped, TABLE);
    const row = {
      ActionType: 'ProcessCreated',
      DeviceName: 'pc-1',
      FileName: 'a.exe',
      InitiatingProcessFileName: 'b',
    };
    const changed = { ...row, InitiatingProcessFileName: 'MsSense.exe' };
    expect(use.isRead('InitiatingProcessFileName')).toBe(true);
    expect(outcome(shipped, TABLE, changed, new Set())).not.toEqual(outcome(shipped, TABLE, row, new Set()));
  });
});
