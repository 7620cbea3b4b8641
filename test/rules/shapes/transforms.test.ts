/** What a table file removed, hashed, redacted or renamed is so in every shape, of events and of alerts. */
import { describe, expect, it } from 'vitest';
import { textOf } from '../../../lab/delivery.ts';
import { parseRow } from '../../../src/blobs/rows/parse-row.ts';
import { createDestination } from '../../../src/destinations/create.ts';
import { destinationSchema } from '../../../src/destinations/list.ts';
import type { Delivery } from '../../../src/destinations/port.ts';
import { SHAPES, writeShape } from '../../../src/destinations/shapes.ts';
import { nodeHttpClient } from '../../../src/hosts/node/http.ts';
import { deliveriesOf } from '../../../src/relay/rows/deliveries.ts';
import { compileRules } from '../../../src/rules/index.ts';
import type { JsonObject } from '../../../src/shared/json.ts';
import { depsOf } from '../../destinations/deps.ts';

const SECRET = 'alice.secret@contoso.com';
const HOST = 'VERY-SECRET-HOST';

const RULE = `title: Seen
id: 6d7f3a52-0f6e-4d0b-9d53-3a1c4a7f1b10
level: high
status: test
logsource: { category: process_creation, product: windows }
detection:
  who: { AccountUpn|contains: secret }
  condition: who
`;

/** The event and the alert that the rules make of a row. */
function deliveries(steps: string): readonly Delivery[] {
  const table = `table: DeviceProcessEvents\ntransform:\n${steps}`;
  const { rules, diagnostics } = compileRules(
    [
      { path: 'DeviceProcessEvents.yaml', text: table },
      { path: 'detections/seen.yml', text: RULE },
    ],
    {
      destinations: ['d'],
      defaultDestinations: ['d'],
      alerts: [{ levels: ['high'], to: ['d'] }],
      variables: {},
    },
  );
  if (!rules) throw new Error(JSON.stringify(diagnostics));
  const row = {
    time: '2026-11-25T10:01:00Z',
    tenantId: 't',
    category: 'AdvancedHunting-DeviceProcessEvents',
    properties: {
      Timestamp: '2026-11-25T10:00:00Z',
      ActionType: 'ProcessCreated',
      DeviceId: 'd1',
      DeviceName: HOST,
      FileName: 'cmd.exe',
      FolderPath: 'C:\\cmd.exe',
      ProcessId: 7,
      AccountName: 'alice',
      AccountUpn: SECRET,
      InitiatingProcessId: 8,
    },
  };
  const bytes = Buffer.from(`${JSON.stringify(row)}\r\n`);
  const parsed = parseRow({ offset: 0, end: bytes.length, bytes, truncated: false }, 'c/b', 1_000_000);
  if (!parsed.ok) throw new Error(parsed.message);
  const verdict = rules.evaluate(parsed.row);
  if (verdict.kind !== 'forwarded') throw new Error('filtered');
  const [to] = deliveriesOf(parsed.row, verdict, verdict.routes, rules.shapes);
  expect(to?.[1]).toHaveLength(2);
  return to?.[1] ?? [];
}

function texts(steps: string, shape: (typeof SHAPES)[number]): readonly string[] {
  return deliveries(steps).map((delivery) => textOf((writer) => writeShape(shape, delivery, writer)));
}

/** What Splunk and a webhook get. */
function sent(steps: string): readonly string[] {
  const configs = [
    { type: 'splunk_hec', url: 'https://splunk.example', token: 't' },
    { type: 'webhook', url: 'https://hook.example', format: 'cloudevents' },
  ];
  return configs.flatMap((config) => {
    const { encoding } = createDestination('d', destinationSchema.parse(config), depsOf(nodeHttpClient));
    return deliveries(steps).map((delivery) => textOf((writer) => encoding.write(delivery, writer)));
  });
}

const STEPS: Readonly<Record<string, string>> = {
  removed: '  - remove: [AccountUpn, DeviceName]\n',
  hashed: '  - hash: { columns: [AccountUpn, DeviceName], with: sha256 }\n',
  redacted: '  - redact: { columns: [AccountUpn, DeviceName] }\n',
  'renamed, then redacted':
    '  - rename: { AccountUpn: who, DeviceName: host }\n  - redact: { columns: [who, host] }\n',
  'not kept': '  - keep: [Timestamp, ActionType, FileName, ProcessId]\n',
};

describe.each(SHAPES)('in the shape %s', (shape) => {
  it.each(Object.entries(STEPS))('what was %s appears nowhere', (_, steps) => {
    for (const text of texts(steps, shape)) {
      expect(text.toLowerCase()).not.toContain('secret');
    }
  });

  it('is there where no step takes it away', () => {
    for (const text of texts('  - remove: [ReportId]\n', shape)) expect(text).toContain(SECRET);
  });
});

describe('what destinations get', () => {
  it.each(Object.entries(STEPS))(
    'has nowhere what was %s, neither in fields nor in attributes',
    (_, steps) => {
      for (const text of sent(steps)) expect(text.toLowerCase()).not.toContain('secret');
    },
  );

  it('has it where no step takes it away', () => {
    const [event, alert, ...cloudEvents] = sent('  - remove: [ReportId]\n');
    for (const text of [event, alert, ...cloudEvents]) expect(text).toContain(SECRET);
    expect(JSON.parse(alert ?? '').fields).toMatchObject({ entity_host: [HOST], entity_user: [SECRET] });
  });
});

describe('a renamed column', () => {
  const renamed = '  - rename: { FileName: program, DeviceName: host }\n';

  it('is mapped as its origin, and has no second place', () => {
    const [event = ''] = texts(renamed, 'ecs');
    const made = JSON.parse(event) as {
      process: JsonObject;
      host: JsonObject;
      microsoft: { defender_xdr: JsonObject };
    };
    expect(made.process.name).toBe('cmd.exe');
    expect(made.host.name).toBe(HOST.toLowerCase());
    expect(made.microsoft.defender_xdr).not.toHaveProperty('program');
    const ocsf = JSON.parse(texts(renamed, 'ocsf')[0] ?? '') as { process: JsonObject; device: JsonObject };
    expect(ocsf.process.name).toBe('cmd.exe');
    expect(ocsf.device.hostname).toBe(HOST);
  });

  it('names the entities of an alert', () => {
    const [, alert = ''] = texts(renamed, 'relay');
    const { entities } = JSON.parse(alert) as { entities: readonly JsonObject[] };
    expect(entities).toContainEqual({ kind: 'host', name: HOST, id: 'd1', column: 'DeviceName' });
    expect(entities).toContainEqual({ kind: 'process', name: 'cmd.exe', column: 'FileName' });
    const [, other = ''] = texts('  - remove: [FileName]\n  - rename: { FolderPath: FileName }\n', 'relay');
    const processes = (JSON.parse(other) as { entities: readonly JsonObject[] }).entities;
    expect(processes.filter(({ kind }) => kind === 'process')).toEqual([]);
  });

  it('gives its name to another column, which is then no longer mapped as its old self', () => {
    const [event = ''] = texts('  - remove: [FileName]\n  - rename: { FolderPath: FileName }\n', 'ecs');
    const made = JSON.parse(event) as { process: JsonObject };
    expect(made.process.executable).toBe('C:\\cmd.exe');
    expect(made.process.name).toBeUndefined();
  });
});
