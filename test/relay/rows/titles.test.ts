/** The title of an alert is filled in from the columns behind the steps, whether the row was parsed or stays bytes. */
import { describe, expect, it } from 'vitest';
import { lineSplitter } from '../../../src/blobs/rows/lines.ts';
import { parseRow } from '../../../src/blobs/rows/parse-row.ts';
import { scannedLineSplitter } from '../../../src/blobs/rows/scanned-lines.ts';
import { scanPage } from '../../../src/blobs/rows/scanner/index.ts';
import { deliveriesOf } from '../../../src/relay/rows/deliveries.ts';
import { alertId } from '../../../src/rules/alert-id.ts';
import { compileRules } from '../../../src/rules/index.ts';
import type { JsonObject } from '../../../src/shared/json.ts';

const LIMIT = 100_000;

/** The title that goes to `chat` for a row, read as bytes and parsed. */
function heads(title: string, transform: string, properties: JsonObject) {
  const files = [
    {
      path: 'DeviceProcessEvents.yaml',
      text: `table: DeviceProcessEvents
transform: [${transform}]
routes:
  - to: chat
    severity: high
    title: ${JSON.stringify(title)}
    detection: { x: { FileName: a.exe }, condition: x }
`,
    },
  ];
  const context = { destinations: ['chat'], defaultDestinations: [], alerts: [], variables: {} };
  const { rules, diagnostics } = compileRules(files, context);
  expect(diagnostics.filter(({ severity }) => severity === 'error')).toEqual([]);
  const row = { time: '2026-11-26T10:00:00Z', category: 'AdvancedHunting-DeviceProcessEvents', properties };
  const line = Buffer.from(`${JSON.stringify(row)}\r\n`);
  return [lineSplitter(0, LIMIT), scannedLineSplitter(0, LIMIT, scanPage)].flatMap((splitter) =>
    splitter.push(line).map((raw) => {
      const parsed = parseRow(raw, 'c/b', LIMIT, undefined);
      if (!parsed.ok) throw new Error('the row cannot be read');
      const verdict = rules?.evaluate(parsed.row);
      if (verdict?.kind !== 'forwarded') throw new Error('the row is filtered');
      const [[, [delivery] = []] = []] = deliveriesOf(parsed.row, verdict, verdict.routes, rules?.shapes);
      return { ...delivery?.head, isBytes: parsed.row.bytes !== undefined };
    }),
  );
}

const row = { FileName: 'a.exe', DeviceName: 'pc-1', AccountName: 'bob', ProcessCommandLine: 'a.exe -x' };

describe('the title of an alert', () => {
  it.each([
    ['a column', '', '{FileName} on {DeviceName}', 'a.exe on pc-1'],
    ['a column under its new name', '{ rename: { DeviceName: host } }', 'on {host}', 'on pc-1'],
    ['a column that was made', '{ set: { site: zrh } }', 'at {site}', 'at zrh'],
    [
      'what redact leaves',
      '{ redact: { columns: [AccountName], with: "***" } }',
      'by {AccountName}',
      'by ***',
    ],
    ['that a value is missing', '', 'by {AccountUpn}', 'by (no AccountUpn)'],
  ])('shows %s', (_, transform, title, shown) => {
    const found = heads(title, transform, row);
    expect(found.map((head) => [head.title, head.isBytes])).toEqual([
      [shown, false],
      [shown, true],
    ]);
  });

  it('does not show what a step removed under the same name for some rows only', () => {
    const [parsed, bytes] = heads(
      'by {AccountName}',
      '{ keep: ["File*", AccountName] }, { redact: { columns: [AccountName], with: "" } }',
      row,
    );
    expect([parsed?.title, bytes?.title]).toEqual(['by (no AccountName)', 'by (no AccountName)']);
  });

  it('changes neither the id of the alert nor the title of its rule', () => {
    const title = '{FileName} on {DeviceName}';
    for (const head of heads(title, '', row)) {
      expect(head.rule?.title).toBe(title);
      expect(head.alertId).toBe(alertId(head.id ?? '', { title }));
    }
  });

  it('is absent where a rule has no placeholders', () => {
    for (const head of heads('Plain', '', row)) expect(head).not.toHaveProperty('title');
  });
});
