/** Alerts in mapped shapes name the page of Defender's portal that is the first link of their record. */
import { describe, expect, it } from 'vitest';
import { lineSplitter } from '../../../src/blobs/rows/lines.ts';
import { parseRow } from '../../../src/blobs/rows/parse-row.ts';
import { scannedLineSplitter } from '../../../src/blobs/rows/scanned-lines.ts';
import { scanPage } from '../../../src/blobs/rows/scanner/index.ts';
import { SHAPES, type Shape, writeShape } from '../../../src/destinations/shapes.ts';
import { deliveriesOf } from '../../../src/relay/rows/deliveries.ts';
import { compileRules } from '../../../src/rules/index.ts';
import { ByteWriter } from '../../../src/shared/byte-writer.ts';
import type { JsonObject } from '../../../src/shared/json.ts';

const LIMIT = 100_000;
const REFERENCE = 'https://attack.mitre.org/techniques/T1105/';
const { rules } = compileRules(
  [
    {
      path: 'detections/x.yml',
      text: `title: Any
logsource: { product: m365defender, service: DeviceProcessEvents }
references: ['${REFERENCE}']
detection: { x: { FileName: a.exe }, condition: x }
level: high
`,
    },
    {
      path: 'DeviceProcessEvents.yaml',
      text: 'table: DeviceProcessEvents\ntransform: [remove: [InitiatingProcessAccountSid]]\n',
    },
  ],
  {
    destinations: ['siem'],
    defaultDestinations: ['siem'],
    alerts: [{ levels: ['high'], to: ['siem'] }],
    variables: {},
  },
);

/** The event and the alert of a row as deliveries, from its bytes and from its objects. */
function bothWays(properties: JsonObject) {
  const category = 'AdvancedHunting-DeviceProcessEvents';
  const line = Buffer.from(`${JSON.stringify({ time: '2026-11-23T07:00:00Z', category, properties })}\n`);
  return [lineSplitter(0, LIMIT), scannedLineSplitter(0, LIMIT, scanPage)].map((splitter) => {
    const [raw] = splitter.push(line);
    const parsed = raw && parseRow(raw, 'c/b', LIMIT, undefined);
    if (!parsed?.ok || !rules) throw new Error('no row, or no rules');
    const verdict = rules.evaluate(parsed.row);
    if (verdict.kind === 'filtered') throw new Error('it is filtered');
    return deliveriesOf(parsed.row, verdict, verdict.routes, rules.shapes).flatMap(([, all]) => all);
  });
}

/** The same in each shape. */
function records(properties: JsonObject) {
  return bothWays(properties).map((deliveries) => {
    const inShape = (shape: Shape) =>
      deliveries.map((delivery) => {
        const writer = new ByteWriter(1024);
        writeShape(shape, delivery, writer);
        return JSON.parse(new TextDecoder().decode(writer.slice()));
      });
    return Object.fromEntries(SHAPES.map((shape) => [shape, inShape(shape)]));
  });
}

describe('an alert in a mapped shape', () => {
  it.each([
    { DeviceId: 'd1', FileName: 'a.exe', ReportId: 1 },
    { FileName: 'a.exe', AccountObjectId: '11111111-2222-3333-4444-555555555555', ReportId: 1 },
    { DeviceId: '../../evil?x=', FileName: 'a.exe', SHA1: 'a'.repeat(40), ReportId: 1 },
  ])('names the first link of its record: %o', (row) => {
    for (const { relay, ecs, ocsf } of records(row)) {
      const page = relay?.[1].links[0].url;
      expect(page).toMatch(/^https:\/\/security\.microsoft\.com\/[a-z0-9/?=_-]+$/);
      expect(ecs?.[1].event.url).toBe(page);
      expect(ocsf?.[1].finding_info.src_url).toBe(page);
      expect(JSON.stringify([ecs?.[0], ocsf?.[0]])).not.toContain('security.microsoft.com');
    }
  });

  it('names none where no id allows one, and none by a column that was removed', () => {
    for (const { relay, ecs, ocsf } of records({
      FileName: 'a.exe',
      InitiatingProcessAccountSid: 'S-1-5-18',
    })) {
      expect(relay?.[1].links).toEqual([]);
      expect(ecs?.[1].event).not.toHaveProperty('url');
      expect(ocsf?.[1].finding_info.src_url).toBe(REFERENCE);
    }
  });
});

describe('an event in a mapped shape', () => {
  it('is written from the bytes of its row: its columns are not parsed', () => {
    const [, scanned] = bothWays({ DeviceId: 'd1', FileName: 'b.exe', ReportId: 1 });
    const [delivery] = scanned ?? [];
    if (!delivery) throw new Error('no delivery');
    Object.defineProperty(delivery, 'event', {
      get() {
        throw new Error('the columns are parsed');
      },
    });
    for (const shape of SHAPES) writeShape(shape, delivery, new ByteWriter(1024));
    expect(SHAPES).toContain('ecs');
  });
});
