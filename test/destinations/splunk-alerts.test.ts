/** An alert in Splunk is not its row a second time: it has its own id, sourcetype and source, and names the row. */
import { describe, expect, it } from 'vitest';
import { textOf } from '../../lab/delivery.ts';
import { parseRow } from '../../src/blobs/rows/parse-row.ts';
import { createDestination } from '../../src/destinations/create.ts';
import { splunkHecConfig } from '../../src/destinations/splunk-hec/config.ts';
import { nodeHttpClient } from '../../src/hosts/node/http.ts';
import { deliveriesOf } from '../../src/relay/rows/deliveries.ts';
import { compileRules } from '../../src/rules/index.ts';
import type { JsonObject } from '../../src/shared/json.ts';
import { depsOf } from './deps.ts';

const BLOB =
  'insights-logs-advancedhunting-deviceprocessevents/tenantId=11111111-2222-3333-4444-555555555555/y=2026/m=11/d=25/h=21/m=00/PT1H.json';
const ROW = {
  time: '2026-11-25T21:21:45.112Z',
  tenantId: '11111111-2222-3333-4444-555555555555',
  operationName: 'Publish',
  category: 'AdvancedHunting-DeviceProcessEvents',
  properties: {
    Timestamp: '2026-11-25T21:21:45.112Z',
    DeviceId: 'dev27',
    DeviceName: 'pc-27.contoso.com',
    AccountName: 'u5',
    AccountUpn: 'u5@contoso.com',
    FileName: 'vssadmin.exe',
    FolderPath: 'C:\\Windows\\System32\\vssadmin.exe',
    ProcessCommandLine: 'vssadmin delete shadows /all /quiet',
    ReportId: 77,
  },
};
const RULE = `title: Shadow Copies or Backups Deleted
id: 1bb8fb3b-9e36-4467-91a9-defbefacf239
level: critical
tags: [attack.impact, attack.t1490]
logsource: { category: process_creation, product: windows }
detection:
  tool: { Image|endswith: vssadmin.exe, CommandLine|contains: delete shadows }
  condition: tool
`;

interface HecEvent {
  readonly source: string;
  readonly sourcetype: string;
  readonly event: JsonObject;
  readonly fields: JsonObject;
}

/** What HEC gets for the row. @param row as a blob has it; rows that Azure writes twice differ in their time. */
function sent(row: object, offset: number): readonly HecEvent[] {
  const { rules, diagnostics } = compileRules([{ path: 'detections/shadow.yml', text: RULE }], {
    destinations: ['splunk'],
    defaultDestinations: ['splunk'],
    alerts: [{ levels: ['critical'], to: ['splunk'] }],
    variables: {},
  });
  if (!rules) throw new Error(JSON.stringify(diagnostics));
  const bytes = Buffer.from(`${JSON.stringify(row)}\r\n`);
  const parsed = parseRow({ offset, end: offset + bytes.length, bytes, truncated: false }, BLOB, 1_000_000);
  if (!parsed.ok) throw new Error(parsed.message);
  const verdict = rules.evaluate(parsed.row);
  if (verdict.kind !== 'forwarded') throw new Error('filtered');
  const config = splunkHecConfig.parse({ type: 'splunk_hec', url: 'https://splunk.example', token: 't' });
  const { encoding } = createDestination('splunk', config, depsOf(nodeHttpClient));
  const [to] = deliveriesOf(parsed.row, verdict, verdict.routes, rules.shapes);
  return (to?.[1] ?? []).map((delivery) =>
    JSON.parse(textOf((writer) => encoding.write(delivery, writer))),
  ) as readonly HecEvent[];
}

describe('an event and the alert that it raised', () => {
  const [event, alert] = sent(ROW, 985_615);

  it('differ in id, sourcetype, source and content', () => {
    expect(event?.event).toEqual(ROW);
    expect(event?.fields).toMatchObject({ kind: 'event', blob: BLOB, offset: 985_615 });
    expect(alert).toMatchObject({ source: 'xdr_relay:alert', sourcetype: 'xdr_relay:alert' });
    expect(alert?.fields).toMatchObject({
      kind: 'alert',
      event_id: event?.fields.event_id,
      severity: 'critical',
      rule_title: 'Shadow Copies or Backups Deleted',
      technique_id: ['T1490'],
      technique: ['Inhibit System Recovery'],
      entity_host: ['pc-27.contoso.com'],
      entity_user: ['u5@contoso.com'],
      entity_process: ['vssadmin.exe'],
    });
    expect(alert?.event.id).toBe(alert?.fields.alert_id);
    expect(alert?.event.id).not.toBe(event?.fields.event_id);
    expect([event?.source, event?.sourcetype]).not.toContain('xdr_relay:alert');
  });

  it('do not both have the row: the alert has what matched, and what it is about', () => {
    expect(JSON.stringify(alert)).not.toContain('ReportId');
    expect(alert?.event.matched).toContainEqual({
      column: 'ProcessCommandLine',
      value: 'vssadmin delete shadows /all /quiet',
    });
  });

  it('have the same ids when the row is read again, or was written again', () => {
    const again = sent({ ...ROW, time: '2026-11-25T22:00:00.000Z' }, 7);
    expect(again.map(({ fields }) => [fields.event_id, fields.alert_id])).toEqual(
      [event, alert].map((one) => [one?.fields.event_id, one?.fields.alert_id]),
    );
  });
});
