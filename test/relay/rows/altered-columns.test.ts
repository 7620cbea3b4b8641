/** Queries of Advanced Hunting name what Defender has: what steps of a table or a route made, changed or renamed is followed to its origin or left out. */
import { describe, expect, it } from 'vitest';
import { commonOf, stillCommon } from '../../../src/alerts/groups/common.ts';
import { lineSplitter } from '../../../src/blobs/rows/lines.ts';
import { parseRow } from '../../../src/blobs/rows/parse-row.ts';
import { scannedLineSplitter } from '../../../src/blobs/rows/scanned-lines.ts';
import { scanPage } from '../../../src/blobs/rows/scanner/index.ts';
import { huntingLinks } from '../../../src/destinations/alert-view/hunting.ts';
import { messageOfOne } from '../../../src/destinations/alert-view/single.ts';
import { envelopeOf } from '../../../src/destinations/people.ts';
import { RECORDS } from '../../../src/destinations/record.ts';
import { alteredColumns } from '../../../src/relay/rows/altered-columns.ts';
import { deliveriesOf } from '../../../src/relay/rows/deliveries.ts';
import { compileRules } from '../../../src/rules/index.ts';
import { ByteWriter } from '../../../src/shared/byte-writer.ts';
import type { Envelope } from '../../../src/shared/event.ts';
import type { JsonObject } from '../../../src/shared/json.ts';

const LIMIT = 100_000;
const ROW = {
  Timestamp: '2026-11-23T07:00:00Z',
  ActionType: 'ProcessCreated',
  DeviceName: 'pc-1',
  DeviceId: 'd1',
  FileName: 'a.exe',
  AccountName: 'ada',
  Unheard: 'of',
};

/** What people are told from, of a row that a table file changes: from its bytes and from its objects. */
function alertsOf(steps: string, row: JsonObject = ROW): readonly Envelope[] {
  const { rules } = compileRules(
    [
      {
        path: 'detections/x.yml',
        text: `title: Any
logsource: { product: m365defender, service: DeviceProcessEvents }
detection: { x: { FileName|endswith: .exe, AccountName: ada }, condition: x }
level: high
`,
      },
      { path: 'DeviceProcessEvents.yaml', text: `table: DeviceProcessEvents\n${steps}` },
    ],
    {
      destinations: ['soc'],
      defaultDestinations: [],
      alerts: [{ levels: ['high'], to: ['soc'] }],
      variables: {},
    },
  );
  const category = 'AdvancedHunting-DeviceProcessEvents';
  const line = Buffer.from(
    `${JSON.stringify({ time: '2026-11-23T07:00:00Z', category, properties: row })}\n`,
  );
  return [lineSplitter(0, LIMIT), scannedLineSplitter(0, LIMIT, scanPage)].map((splitter) => {
    const [raw] = splitter.push(line);
    const parsed = raw && parseRow(raw, 'c/b', LIMIT, undefined);
    if (!parsed?.ok || !rules) throw new Error('no row, or no rules');
    const verdict = rules.evaluate(parsed.row);
    if (verdict.kind === 'filtered') throw new Error('it is filtered');
    const all = deliveriesOf(parsed.row, verdict, verdict.routes, rules.shapes).flatMap(([, one]) => one);
    const delivery = all.find(({ head }) => head.rule !== undefined);
    if (!delivery) throw new Error('no alert');
    const writer = new ByteWriter(1024);
    RECORDS.write(delivery, writer);
    const payload = writer.slice();
    return envelopeOf({ head: delivery.head, payload: () => payload } as never);
  });
}

/** The envelope as if it were grouped by these columns. */
const by = (envelope: Envelope, ...columns: string[]): Envelope => ({
  ...envelope,
  ...(envelope.rule && { rule: { ...envelope.rule, grouping: { by: columns } } }),
});

const namesIn = (envelope: Envelope) => commonOf(envelope).map(({ column }) => column);

describe('what a query of Advanced Hunting compares', () => {
  it.each([
    ['no steps', '', ['ActionType', 'DeviceName', 'FileName', 'AccountName']],
    [
      'a changed column',
      'transform: [{ hash: { columns: AccountName } }]',
      ['ActionType', 'DeviceName', 'FileName'],
    ],
    ['a set column', 'transform: [{ set: { DeviceName: all } }]', ['ActionType', 'FileName', 'AccountName']],
    ['a removed column', 'transform: [{ remove: FileName }]', ['ActionType', 'DeviceName', 'AccountName']],
    [
      'a column renamed, and another in its place',
      'transform: [{ rename: { FileName: image } }, { set: { FileName: x } }]',
      ['ActionType', 'DeviceName', 'FileName', 'AccountName'],
    ],
    [
      'a renamed column that is changed',
      'transform: [{ rename: { FileName: image } }, { redact: { columns: image } }]',
      ['ActionType', 'DeviceName', 'AccountName'],
    ],
    [
      'steps of the route',
      'routes: [{ to: soc, transform: [{ hash: { columns: DeviceName } }] }]',
      ['ActionType', 'FileName', 'AccountName'],
    ],
  ])('are values that Defender has: %s', (_, steps, names) => {
    for (const envelope of alertsOf(steps)) {
      expect(namesIn(envelope)).toEqual(names);
      for (const { column, values } of commonOf(envelope))
        expect(values).toEqual([ROW[column as 'FileName']]);
    }
  });

  it('are neither columns by which alerts are grouped that a step made, nor those that the schema lacks', () => {
    const grouping = ['owner', 'user.name', 'DeviceId'];
    const { rules } = compileRules(
      [
        {
          path: 'DeviceProcessEvents.yaml',
          text: `table: DeviceProcessEvents
transform: [{ set: { owner: finance } }, { rename: { AccountName: user.name } }]
routes:
  - { to: soc, severity: high, group_by: [${grouping.join(', ')}], detection: { x: { FileName: a.exe }, condition: x } }
`,
        },
      ],
      { destinations: ['soc'], defaultDestinations: [], alerts: [], variables: {} },
    );
    const category = 'AdvancedHunting-DeviceProcessEvents';
    const line = Buffer.from(
      `${JSON.stringify({ time: '2026-11-23T07:00:00Z', category, properties: ROW })}\n`,
    );
    const [raw] = lineSplitter(0, LIMIT).push(line);
    const parsed = raw && parseRow(raw, 'c/b', LIMIT, undefined);
    if (!parsed?.ok || !rules) throw new Error('no row, or no rules');
    const verdict = rules.evaluate(parsed.row);
    if (verdict.kind === 'filtered') throw new Error('it is filtered');
    const [[, [delivery] = []] = ['', []]] = deliveriesOf(parsed.row, verdict, verdict.routes, rules.shapes);
    if (!delivery) throw new Error('no alert');
    const asked = { row: parsed.row, renamed: undefined, shapes: rules.shapes, isChanged: false };
    const matched = [
      { column: 'Unheard', value: 'of' },
      { column: 'FileName', value: 'a.exe' },
    ];
    const read = (column: string) => parsed.row.properties[column];
    expect(alteredColumns({ ...asked, rule: { title: 'x', matched }, read })).toEqual(['Unheard']);
    const envelope = by({ ...delivery.head, event: delivery.event }, ...grouping);
    expect(envelope.altered).toEqual(['owner']);
    expect(namesIn(envelope).slice(0, 2)).toEqual(['AccountName', 'DeviceId']);
    const query = huntingLinks({
      ...messageOfOne(envelope),
      count: 2,
      common: commonOf(envelope),
      groupedBy: grouping.map((column) => ({ column, value: 'x' })),
    })[0]?.query;
    expect(query).toContain('| where tostring(AccountName) in~ ("ada")');
    for (const name of ['owner', 'user.name']) expect(query).not.toContain(name);
  });

  it('are given up where a step changed them of a later alert only', () => {
    const steps = 'transform: [{ set: { DeviceName: other }, if: { x: { FileName: b.exe }, condition: x } }]';
    const [[first], [later]] = [alertsOf(steps), alertsOf(steps, { ...ROW, FileName: 'b.exe' })];
    if (!first || !later) throw new Error('no alerts');
    expect(namesIn(first)).toContain('DeviceName');
    expect(stillCommon(commonOf(first), later).map(({ column }) => column)).not.toContain('DeviceName');
  });
});
