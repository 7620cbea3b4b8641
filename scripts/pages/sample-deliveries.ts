/** An event and the alert that it raised, for the examples of docs/outputs.md. */
import { messageOfOne } from '../../src/destinations/alert-view/single.ts';
import { groupDelivery } from '../../src/destinations/envelope-delivery.ts';
import type { Delivery, EnvelopeHead } from '../../src/destinations/port.ts';
import { alertId } from '../../src/rules/alert-id.ts';
import type { RuleRef } from '../../src/shared/event.ts';

const TENANT = '11111111-2222-3333-4444-555555555555';
const TIME = '2026-11-25T21:21:45.1120000Z';
const RECEIVED = '2026-11-25T21:24:03.5520000Z';

const event = {
  Timestamp: TIME,
  DeviceId: 'd3adb33fd3adb33fd3adb33fd3adb33fd3adb33f',
  DeviceName: 'pc-27.contoso.example',
  ActionType: 'ProcessCreated',
  AccountDomain: 'contoso',
  AccountName: 'anna',
  AccountUpn: 'anna@contoso.example',
  FileName: 'vssadmin.exe',
  FolderPath: 'C:\\Windows\\System32\\vssadmin.exe',
  ProcessCommandLine: 'vssadmin delete shadows /all /quiet',
  InitiatingProcessFileName: 'cmd.exe',
  ReportId: 77,
};

const head: EnvelopeHead = {
  id: 'bca83535558a6a4b8f58d67371041266',
  time: TIME,
  received: RECEIVED,
  tenant: TENANT,
  table: 'DeviceProcessEvents',
  source: {
    blob: `insights-logs-advancedhunting-deviceprocessevents/tenantId=${TENANT}/y=2026/m=11/d=25/h=21/m=00/PT1H.json`,
    offset: 985_615,
  },
};

const rule: RuleRef = {
  title: 'Shadow Copies or Backups Deleted',
  id: '1bb8fb3b-9e36-4467-91a9-defbefacf239',
  description: 'Ransomware deletes shadow copies before it encrypts.',
  tags: ['attack.impact', 'attack.t1490'],
  references: ['https://attack.mitre.org/techniques/T1490/'],
  falsepositives: ['Backup software'],
  matched: [{ column: 'ProcessCommandLine', value: event.ProcessCommandLine }],
};

export const sampleEvent: Delivery = deliveryWith(head);

export const sampleAlert: Delivery = deliveryWith({
  ...head,
  severity: 'critical',
  title: `${event.DeviceName}: shadow copies deleted`,
  alertId: alertId(head.id, rule),
  rule,
});

export const sampleGroup: Delivery = groupDelivery(
  {
    ...messageOfOne({ ...sampleAlert.head, event }),
    phase: 'update',
    count: 3,
    lastTime: '2026-11-25T21:29:10.0040000Z',
    groupedBy: [{ column: 'DeviceName', value: event.DeviceName }],
  },
  undefined,
);

function deliveryWith(of: EnvelopeHead): Delivery {
  const row = {
    time: RECEIVED,
    tenantId: TENANT,
    operationName: 'Publish',
    category: `AdvancedHunting-${of.table}`,
    properties: event,
  };
  return {
    head: of,
    event,
    writeRaw: (writer) => writer.json(row),
    writeEvent: (writer) => writer.json(event),
    writeMapped: () => {
      throw new TypeError('the examples of mapped shapes are in docs/shapes.md');
    },
    column: (name) => Object.entries(event).find(([key]) => key === name)?.[1],
  };
}
