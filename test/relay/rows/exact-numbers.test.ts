import { Buffer } from 'node:buffer';
import { describe, expect, it } from 'vitest';
import { textOf } from '../../../lab/delivery.ts';
import { parseRow } from '../../../src/blobs/rows/parse-row.ts';
import { type Shape, writeShape } from '../../../src/destinations/shapes.ts';
import { deliveriesOf } from '../../../src/relay/rows/deliveries.ts';
import { compileRules } from '../../../src/rules/index.ts';
import { context } from '../../rules/helpers.ts';

/** What a destination gets of a row of DeviceEvents under rules, in both shapes. */
function sent(properties: string, files: readonly { path: string; text: string }[]) {
  const { rules, diagnostics } = compileRules(files, context);
  if (!rules) throw new Error(JSON.stringify(diagnostics));
  const text = `{"time":"t","category":"AdvancedHunting-DeviceEvents","properties":${properties}}`;
  const bytes = Buffer.from(text);
  const parsed = parseRow({ bytes, offset: 0, end: bytes.length, truncated: false }, 'c/b', 1 << 20);
  if (!parsed.ok) throw new Error(parsed.message);
  const verdict = rules.evaluate(parsed.row);
  if (verdict.kind !== 'forwarded') throw new Error('filtered');
  const [delivery] = deliveriesOf(parsed.row, verdict, verdict.routes, undefined).flatMap(([, to]) => to);
  if (!delivery) throw new Error('no delivery');
  const sentAs = (shape: Shape) => textOf((writer) => writeShape(shape, delivery, writer));
  return { raw: sentAs('raw'), relay: sentAs('relay'), verdict };
}

const table = (transform: string) => [
  { path: 'DeviceEvents.yaml', text: `table: DeviceEvents\ntransform:\n${transform}\n` },
];

describe('numbers that a double cannot hold', () => {
  it('case 12: parse_json writes them as they stand, at every depth', () => {
    const inner = '{"ts":133370937691236740123,"n":-0,"e":1e400,"in":[{"ts":-9007199254740993}]}';
    const { raw, relay } = sent(
      `{"AdditionalFields":${JSON.stringify(inner)}}`,
      table('  - parse_json: AdditionalFields'),
    );
    expect(raw).toContain(`"AdditionalFields":${inner}`);
    expect(relay).toContain(`"AdditionalFields":${inner}`);
  });

  it('a column has one JSON type in all rows, whatever a transform does beside it', () => {
    for (const id of ['1', '9007199254740993']) {
      const { raw, relay } = sent(`{"ReportId":${id},"MD5":"x"}`, table('  - remove: [MD5]'));
      expect(raw).toContain(`"ReportId":${id}}`);
      expect(relay).toContain(`"ReportId":${id}}`);
    }
    expect(sent('{"ReportId":9007199254740993}', []).relay).toContain('"ReportId":9007199254740993}');
    const moved = table('  - rename: { ReportId: id }\n  - copy: { id: other }\n  - set: { zone: a }');
    expect(sent('{"ReportId":9007199254740993}', moved).raw).toContain(
      '{"id":9007199254740993,"other":9007199254740993,"zone":"a"}',
    );
    const translated = table("  - map: { column: ReportId, values: { '9007199254740993': big }, to: size }");
    expect(sent('{"ReportId":9007199254740993}', translated).raw).toContain('"size":"big"');
  });

  it('rules compare them by their digits, in columns, lists and JSON text', () => {
    const rule = {
      path: 'detections/a.yml',
      text: `title: Big
id: 00000000-0000-4000-8000-000000000001
logsource: { product: m365defender, category: DeviceEvents }
detection:
  column: { ReportId: 9007199254740993 }
  inside: { AdditionalFields.ids: '9007199254740995' }
  above: { ReportId|gt: 9007199254740000 }
  condition: column and inside and above
level: high
`,
    };
    const row = (id: string) => `{"ReportId":${id},"AdditionalFields":"{\\"ids\\":[1, 9007199254740995]}"}`;
    const raised = (id: string) =>
      sent(row(id), [rule]).verdict.routes.flatMap(({ rule: raisedBy }) => raisedBy?.matched ?? []);
    expect(JSON.stringify(raised('9007199254740993'))).toContain('"value":9007199254740993}');
    expect(raised('9007199254740992')).toEqual([]);
  });
});
