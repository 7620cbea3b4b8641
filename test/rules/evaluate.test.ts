import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { compile, routesOf } from './helpers.ts';
import { frozen } from './transforms/run.ts';

const detection = (level: string, title: string, field = 'FileName', value = 'evil.exe') => `
title: ${title}
id: ${'0'.repeat(8)}-0000-4000-8000-${title
  .split('')
  .map((c) => c.charCodeAt(0).toString(16))
  .join('')
  .padStart(12, '0')
  .slice(-12)}
status: test
logsource: { category: DeviceProcessEvents, product: test }
detection:
  selection: { ${field}: ${value} }
  condition: selection
level: ${level}
tags: [attack.execution, attack.t1059]
falsepositives: [none]
`;

const mappings = `
mappings:
  - logsource: { category: DeviceProcessEvents, product: test }
    tables: [{ table: DeviceProcessEvents }]
`;

const process = `
table: DeviceProcessEvents
filter:
  - title: The sensor
    detection: { a: { InitiatingProcessFileName: MsSense.exe }, condition: a }
transform:
  - remove: [MD5]
  - rename: { FileName: name }
routes:
  - to: splunk
  - to: soc-slack
    detection: { lolbin: { FileName: [certutil.exe, evil.exe] }, condition: lolbin }
    severity: high
`;

describe('where a row goes', () => {
  it('without a file: to the default destinations, as it is', () => {
    const { evaluate } = compile({});
    const row = frozen({ anything: 1 });
    const verdict = evaluate('BrandNewEvents', row);
    expect(routesOf(verdict)).toEqual(['splunk', 'archive']);
    expect(verdict).toMatchObject({ kind: 'forwarded' });
    expect(verdict.kind === 'forwarded' && verdict.event).toBe(row);
  });

  it('with a file without routes: to the default destinations', () => {
    const { evaluate } = compile({
      'DeviceEvents.yaml': 'table: DeviceEvents\ntransform:\n  - remove: MD5\n',
    });
    const verdict = evaluate('DeviceEvents', { MD5: 'x', a: 1 });
    expect(routesOf(verdict)).toEqual(['splunk', 'archive']);
    expect(verdict).toMatchObject({ event: { a: 1 } });
    expect(verdict.kind === 'forwarded' && verdict.event).not.toHaveProperty('MD5');
  });

  it('with an empty list of routes: nowhere', () => {
    const { evaluate } = compile({ 'DeviceEvents.yaml': 'table: DeviceEvents\nroutes: []\n' });
    expect(routesOf(evaluate('DeviceEvents', {}))).toEqual([]);
  });

  it('by its routes, conditions seeing the row as Defender wrote it', () => {
    const { evaluate } = compile({ 'DeviceProcessEvents.yaml': process });
    expect(routesOf(evaluate('DeviceProcessEvents', { FileName: 'a.exe' }))).toEqual(['splunk']);
    const verdict = evaluate('DeviceProcessEvents', frozen({ FileName: 'CertUtil.exe', MD5: 'x' }));
    expect(routesOf(verdict)).toEqual(['splunk', 'soc-slack!high:DeviceProcessEvents: lolbin']);
    expect(verdict).toMatchObject({
      event: { name: 'CertUtil.exe' },
      routes: [{}, { rule: { matched: [{ column: 'FileName', value: 'CertUtil.exe' }] } }],
    });
  });

  it('nowhere, and raising nothing, when a filter holds it back', () => {
    const { evaluate } = compile({
      'DeviceProcessEvents.yaml': process,
      'mappings/test.yaml': mappings,
      'detections/evil.yml': detection('critical', 'Evil'),
    });
    const verdict = evaluate('DeviceProcessEvents', {
      FileName: 'evil.exe',
      InitiatingProcessFileName: 'mssense.exe',
    });
    expect(verdict).toEqual({ kind: 'filtered', filter: 'The sensor' });
  });

  it('once to each destination as an event: the highest severity wins', () => {
    const { evaluate } = compile({
      'DeviceEvents.yaml': `
table: DeviceEvents
routes:
  - { to: splunk, severity: low }
  - { to: splunk }
  - { to: splunk, severity: high, title: Two, detection: { a: { ActionType: X }, condition: a } }
  - { to: splunk, severity: medium, title: Three, detection: { a: { ActionType: X }, condition: a } }
  - { to: archive, detection: { a: { ActionType: X }, condition: a } }
`,
    });
    expect(routesOf(evaluate('DeviceEvents', { ActionType: 'X' }))).toEqual(['splunk!high:Two', 'archive']);
    expect(routesOf(evaluate('DeviceEvents', { ActionType: 'Y' }))).toEqual(['splunk!low']);
  });

  it('once per detection and alert destination as an alert', () => {
    const { evaluate } = compile({
      'mappings/test.yaml': mappings,
      'detections/a.yml': detection('high', 'High one'),
      'detections/b.yml': detection('medium', 'Medium one', 'FileName|endswith', '.exe'),
      'detections/deep/er/c.yaml': detection('low', 'Low one'),
      'DeviceProcessEvents.yaml': 'table: DeviceProcessEvents\nroutes: [{ to: splunk }]\n',
    });
    const verdict = evaluate('DeviceProcessEvents', { FileName: 'evil.exe', ActionType: 'ProcessCreated' });
    expect(routesOf(verdict)).toEqual([
      'splunk',
      'soc-slack!high:High one',
      'hook!high:High one',
      'hook!medium:Medium one',
    ]);
    expect(verdict.kind === 'forwarded' && verdict.routes[1]?.rule).toMatchObject({
      title: 'High one',
      tags: ['attack.execution', 'attack.t1059'],
      falsepositives: ['none'],
      matched: [{ column: 'FileName', value: 'evil.exe' }],
    });
  });

  it('whatever the letter case of its table', () => {
    const { evaluate, told } = compile({
      'deviceprocessevents.yaml': process.replace('DeviceProcessEvents', 'deviceprocessEVENTS'),
    });
    expect(told).toEqual([]);
    expect(evaluate('DEVICEPROCESSEVENTS', { InitiatingProcessFileName: 'MsSense.exe' }).kind).toBe(
      'filtered',
    );
  });
});

it('reads the example of the design', () => {
  const { told, evaluate } = compile({
    'DeviceProcessEvents.yaml': `
table: DeviceProcessEvents            # category AdvancedHunting-DeviceProcessEvents
filter:                               # rows that match any entry are not forwarded
  - title: The sensor watching itself
    detection:
      sensor:
        InitiatingProcessFileName: [MsSense.exe, SenseNdr.exe]
      condition: sensor
transform:                            # steps in order, each named by its verb
  - parse_json: AdditionalFields
  - remove: [AppGuardContainerId, ReportId]
  - rename: { DeviceName: host.name }
  - hash: { columns: [AccountUpn], with: sha256, key: $HASH_KEY }
  - set: { environment: production }
routes:
  - to: splunk                        # a destination of relay.yaml
  - to: soc-slack
    detection:
      lolbin: { FileName: [certutil.exe, mshta.exe], ProcessCommandLine|contains: http }
      condition: lolbin
    severity: high
tests:
  - title: the sensor is filtered
    row: { InitiatingProcessFileName: MsSense.exe }
    expect: { forwarded: [] }
`,
  });
  expect(told).toEqual([]);
  const verdict = evaluate(
    'DeviceProcessEvents',
    frozen({
      FileName: 'mshta.exe',
      ProcessCommandLine: 'mshta http://x',
      DeviceName: 'a',
      AdditionalFields: '{"b":1}',
    }),
  );
  expect(verdict).toMatchObject({
    event: { 'host.name': 'a', AdditionalFields: { b: 1 }, environment: 'production' },
    routes: [{ to: 'splunk' }, { to: 'soc-slack', severity: 'high' }],
  });
});

describe('evaluate', () => {
  const { evaluate, rules } = compile({
    'DeviceProcessEvents.yaml': process,
    'mappings/test.yaml': mappings,
    'detections/a.yml': detection('high', 'High one'),
    'detections/keywords.yml': `
title: Anything
logsource: { category: DeviceProcessEvents, product: test }
detection: { keywords: [zzz], condition: keywords }
level: low
`,
  });

  it('returns the row itself when no step changed anything', () => {
    const row = frozen({ ActionType: 'x' });
    const verdict = evaluate('DeviceProcessEvents', row);
    expect(verdict.kind === 'forwarded' && verdict.event).toBe(row);
  });

  it('never throws and never changes the row', () => {
    const key = fc.oneof(
      fc.constantFrom('FileName', 'InitiatingProcessFileName', 'MD5', '__proto__', 'constructor'),
      fc.string(),
    );
    const rows = fc
      .array(fc.tuple(key, fc.jsonValue()))
      .map((pairs) =>
        JSON.parse(`{${pairs.map(([k, v]) => `${JSON.stringify(k)}:${JSON.stringify(v)}`).join(',')}}`),
      );
    fc.assert(
      fc.property(rows, (row) => {
        evaluate('DeviceProcessEvents', frozen(row));
      }),
    );
  });

  it('stands rows that nest a hundred thousand deep', () => {
    const deep = JSON.parse(`{"FileName":${'['.repeat(100_000)}${']'.repeat(100_000)}}`);
    expect(evaluate('DeviceProcessEvents', deep).kind).toBe('forwarded');
    const objects = JSON.parse(`{"AdditionalFields":${'{"a":'.repeat(50_000)}1${'}'.repeat(50_000)}}`);
    expect(evaluate('DeviceProcessEvents', objects).kind).toBe('forwarded');
  });

  it('has a version that depends on the contents alone', () => {
    const files = { 'a.yaml': 'table: DeviceEvents', 'b.yaml': 'table: DeviceInfo' };
    const first = compile(files).rules?.version;
    expect(first).toMatch(/^[0-9a-f]{12}$/);
    expect(compile(Object.fromEntries(Object.entries(files).reverse())).rules?.version).toBe(first);
    expect(compile({ ...files, 'b.yaml': 'table: DeviceInfo ' }).rules?.version).not.toBe(first);
    expect(rules?.version).not.toBe(first);
  });
});
