/** Steps of a route change what its destination gets, and nothing that another destination gets. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { lineSplitter } from '../../../src/blobs/rows/lines.ts';
import { parseRow } from '../../../src/blobs/rows/parse-row.ts';
import { scannedLineSplitter } from '../../../src/blobs/rows/scanned-lines.ts';
import { scanPage } from '../../../src/blobs/rows/scanner/index.ts';
import { SHAPES, type Shape, writeShape } from '../../../src/destinations/shapes.ts';
import { deliveriesOf } from '../../../src/relay/rows/deliveries.ts';
import { compileRules, type RuleFile } from '../../../src/rules/index.ts';
import { ByteWriter } from '../../../src/shared/byte-writer.ts';
import type { Row } from '../../../src/shared/event.ts';
import type { JsonObject } from '../../../src/shared/json.ts';

const DESTINATIONS = ['siem', 'hook', 'lake'] as const;
const LIMIT = 100_000;
const SECRET = 'ada@contoso.example';

const detection = (column: string): RuleFile => ({
  path: 'detections/x.yml',
  text: `title: Anything by {AccountUpn}
logsource: { product: m365defender, service: DeviceProcessEvents }
detection: { x: { AccountUpn|contains: ada, DeviceName: '*' }, condition: x }
level: high
xdr_relay: { title: 'By {${column}}' }
`,
});

const context = {
  destinations: DESTINATIONS,
  defaultDestinations: [],
  alerts: [{ levels: ['high'], to: DESTINATIONS }],
  variables: {},
};

/** A row as bytes, and the same parsed. */
function bothWays(properties: JsonObject): readonly Row[] {
  const line = Buffer.from(
    `${JSON.stringify({ time: '2026-11-23T07:00:00Z', category: 'AdvancedHunting-DeviceProcessEvents', properties })}\n`,
  );
  return [lineSplitter(0, LIMIT), scannedLineSplitter(0, LIMIT, scanPage)].map((splitter) => {
    const [raw] = splitter.push(line);
    const parsed = raw && parseRow(raw, 'c/b', LIMIT, undefined);
    if (!parsed?.ok) throw new Error('the row cannot be read');
    return parsed.row;
  });
}

function table(transform: string, routes: string): RuleFile {
  return {
    path: 'DeviceProcessEvents.yaml',
    text: `table: DeviceProcessEvents\ntransform: [${transform}]\nroutes:\n${routes}`,
  };
}

function rulesOf(...files: readonly RuleFile[]) {
  const { rules, diagnostics } = compileRules(files, context);
  if (!rules) throw new Error(JSON.stringify(diagnostics));
  return rules;
}

/** What each destination is sent of a row, in every shape. */
function sent(rules: ReturnType<typeof rulesOf>, row: Row): Readonly<Record<string, readonly string[]>> {
  const verdict = rules.evaluate(row);
  if (verdict.kind !== 'forwarded') return {};
  return Object.fromEntries(
    deliveriesOf(row, verdict, verdict.routes, rules.shapes).map(([to, deliveries]) => [
      to,
      deliveries.flatMap((delivery) => [
        JSON.stringify(delivery.head),
        JSON.stringify(delivery.event),
        ...SHAPES.map((shape: Shape) => {
          const writer = new ByteWriter(1024);
          writeShape(shape, delivery, writer);
          return Buffer.from(writer.slice()).toString();
        }),
      ]),
    ]),
  );
}

/** In an order in which none takes away what a later one needs. */
const STEPS = [
  'set: { site: zrh }',
  'uppercase: [DeviceName]',
  'redact: { columns: [ProcessCommandLine], pattern: "ada" }',
  'truncate: { columns: [ProcessCommandLine], length: 3 }',
  'redact: { columns: [AccountUpn] }',
  'hash: { columns: [AccountUpn] }',
  'copy: { AccountUpn: who }',
  'keep: [Timestamp, DeviceName, AccountUpn]',
];
const LAST = ['set: { last: 1 }', 'remove: [AccountUpn]', 'rename: { AccountUpn: upn }'];

describe('steps of a route', () => {
  const row = {
    Timestamp: '2026-11-23T07:00:00Z',
    DeviceName: 'ws-1',
    AccountUpn: SECRET,
    ProcessCommandLine: `x ${SECRET}`,
  };

  it('redact for the webhook only, also in its alerts', () => {
    const steps = '{ redact: { columns: [AccountUpn, ProcessCommandLine] } }';
    const rules = rulesOf(
      detection('AccountUpn'),
      table('', `  - to: siem\n  - to: hook\n    transform: [${steps}]\n`),
    );
    for (const one of bothWays(row)) {
      const { siem = [], hook = [], lake = [] } = sent(rules, one);
      expect(hook.join()).not.toContain(SECRET);
      expect(hook.join()).toContain('[redacted]');
      expect(hook.length).toBe(siem.length);
      for (const text of [...siem.slice(1), ...lake.slice(1)]) expect(text).not.toContain('[redacted]');
      expect(lake.join()).toContain(SECRET);
      expect(siem.join()).toContain(SECRET);
    }
  });

  it("give a destination what it would get if the steps were the table's and it were alone (property)", () => {
    const steps = fc
      .tuple(fc.subarray(STEPS, { maxLength: 3 }), fc.constantFrom(...LAST))
      .map(([some, last]) => [...some, last].map((step) => `{ ${step} }`));
    const list = fc.shuffledSubarray([...DESTINATIONS], { minLength: 1 });
    const text = fc.oneof(fc.constantFrom(SECRET, '', 'größe ada "x"'), fc.string({ maxLength: 20 }));
    const values = fc.record({ DeviceName: text, AccountUpn: text, ProcessCommandLine: text });
    fc.assert(
      fc.property(list, fc.array(steps, { minLength: 3, maxLength: 3 }), values, (to, own, columns) => {
        const routes = to.map((name, n) => `  - to: ${name}\n    transform: [${own[n]?.join(', ')}]\n`);
        const together = rulesOf(
          detection('DeviceName'),
          table('{ lowercase: [DeviceName] }', routes.join('')),
        );
        const rows = bothWays({ Timestamp: '2026-11-23T07:00:00Z', ...columns });
        const all = rows.map((one) => sent(together, one));
        for (const name of DESTINATIONS) {
          const position = to.indexOf(name);
          const further = position < 0 ? [] : (own[position] ?? []);
          const alone = rulesOf(
            detection('DeviceName'),
            table(
              ['{ lowercase: [DeviceName] }', ...further].join(', '),
              position < 0 ? '  []\n' : `  - to: ${name}\n`,
            ),
          );
          expect(all.map((one) => one[name])).toEqual(rows.map((one) => sent(alone, one)[name]));
        }
      }),
      { numRuns: 25 },
    );
  });
});
