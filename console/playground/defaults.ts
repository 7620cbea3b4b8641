/** What the playground shows at first: a table file, a detection, a relay.yaml and a row that the detection matches. */
import type { PlaygroundState } from './engine/messages.ts';

const TABLE = `# What happens to the rows of one table: filters first, then the steps, one after the other.
table: DeviceProcessEvents
filter:
  - title: Updates of browsers
    detection:
      selection:
        FileName: [GoogleUpdate.exe, MicrosoftEdgeUpdate.exe]
      condition: selection
transform:
  - remove_empty: true
  - lowercase: [FileName]
`;

const DETECTION = `title: Encoded command of PowerShell
id: 6f1d3c8e-5a0b-4f0e-9c53-0d2b8f0a7c11
status: experimental
description: An encoded command line hides from readers what it does.
level: high
logsource:
  product: windows
  category: process_creation
detection:
  selection:
    Image|endswith: '\\powershell.exe'
    CommandLine|contains: ' -enc'
  condition: selection
falsepositives:
  - Scripts of administrators
`;

const RELAY = `# The part of relay.yaml that rules and destinations need. Nothing is sent: each \${NAME} gets a made-up value.
destinations:
  splunk:
    type: splunk_hec
    url: https://splunk.example.com:8088
    token: \${SPLUNK_TOKEN}
  soc-slack:
    type: slack
    webhook_url: \${SLACK_WEBHOOK_URL}
  automation:
    type: webhook
    url: https://hooks.example.com/defender
    secrets: ["\${WEBHOOK_SECRET}"]
default_destinations: [splunk]
alerts:
  - levels: [medium, high, critical]
    to: [splunk, soc-slack, automation]
`;

const ROW = {
  time: '2026-11-26T08:00:04.5521173Z',
  tenantId: '00000000-0000-4000-8000-000000000000',
  operationName: 'Publish',
  category: 'AdvancedHunting-DeviceProcessEvents',
  properties: {
    Timestamp: '2026-11-26T07:58:31.4127745Z',
    DeviceId: '3f4c2d1b0a998877665544332211ffeeddccbbaa',
    DeviceName: 'ws-0142.contoso.com',
    ActionType: 'ProcessCreated',
    FileName: 'PowerShell.exe',
    FolderPath: 'C:\\Windows\\System32\\WindowsPowerShell\\v1.0\\PowerShell.exe',
    ProcessCommandLine: 'powershell.exe -nop -w hidden -enc VwByAGkAdABlAC0ASABvAHMAdAAgACcAaABpACcA',
    AccountName: 'm.rossi',
    AccountDomain: 'contoso',
    InitiatingProcessFileName: 'winword.exe',
    InitiatingProcessCommandLine: '"WINWORD.EXE" /n "C:\\Users\\m.rossi\\Downloads\\invoice.docm"',
    ReportId: 48213,
    ProcessTokenElevation: '',
  },
};

export const DEFAULTS: PlaygroundState = {
  files: [
    { path: 'DeviceProcessEvents.yaml', text: TABLE },
    { path: 'detections/encoded-command.yml', text: DETECTION },
  ],
  relay: RELAY,
  rows: JSON.stringify(ROW, undefined, 2),
  table: 'DeviceProcessEvents',
};
