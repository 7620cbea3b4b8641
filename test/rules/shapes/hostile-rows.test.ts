/** Rows that nobody at Microsoft meant to write: they lose nothing either, and their events are valid. */
import { describe, expect, it } from 'vitest';
import { MAPPED_SHAPES } from '../../../src/rules/shapes/shapes.ts';
import { violationsOf } from '../../../src/rules/shapes/validate/violations.ts';
import type { JsonObject } from '../../../src/shared/json.ts';
import { asAlert, compiled, eventOf, headOf, scalarsIn } from './helpers.ts';

const { shapes } = compiled();

describe('a column that has the name of a member of our own', () => {
  const row: JsonObject = {
    xdr_relay: 'own value',
    xdr_relay_: 'second',
    microsoft: 'third',
    unmapped: 'fourth',
  };

  it.each(MAPPED_SHAPES)('is kept beside it in %s', (shape) => {
    const event = eventOf(shapes, shape, row, headOf('DeviceInfo'));
    const text = JSON.stringify(event);
    for (const value of Object.values(row)) expect(text).toContain(JSON.stringify(value));
    expect(text).toContain('PT1H.json');
  });
});

describe('a rule that says little', () => {
  const rule = {
    title: 'Seen',
    id: '',
    description: '',
    author: '',
    tags: [''],
    references: [''],
    matched: [],
  };

  it.each(MAPPED_SHAPES)('leaves no empty fields in its alerts in %s', (shape) => {
    for (const tags of [rule.tags, []]) {
      const event = eventOf(shapes, shape, {}, headOf('DeviceInfo', { rule: { ...rule, tags } }));
      expect(violationsOf(shape, event)).toEqual([]);
    }
  });
});

it.each(MAPPED_SHAPES)(
  'what the row of an alert adds to lists of its rule is in no other alert in %s',
  (shape) => {
    const rule = { title: 'Seen', tags: ['attack.t1059'], matched: [] };
    const alertOn = (row: JsonObject) =>
      eventOf(shapes, shape, row, headOf('AlertEvidence', { severity: 'high', rule }));
    const first = alertOn({});
    const named = alertOn({ AttackTechniques: '["PowerShell (T1059.001)","Phishing (T1566)"]' });
    expect(JSON.stringify(named)).toContain('T1566');
    expect(alertOn({})).toEqual(first);
  },
);

describe('a member of a profile inside an object', () => {
  const row: JsonObject = {
    Timestamp: '2026-11-25T10:00:00Z',
    ProcessId: 7,
    ProcessName: 'sh',
    ParentProcessId: 1,
    ParentProcessName: 'runc',
    ContainerId: 'c1',
    KubernetesPodName: 'pod',
  };

  it.each([
    ['an event', {}],
    ['an alert', asAlert],
  ])('puts the profile into metadata.profiles of %s', (_, more) => {
    const event = eventOf(shapes, 'ocsf', row, headOf('CloudProcessEvents', more));
    expect(JSON.stringify(event)).toContain('"container":{"uid":"c1"');
    expect(event).toMatchObject({ metadata: { profiles: expect.arrayContaining(['container']) } });
    expect(violationsOf('ocsf', event)).toEqual([]);
  });

  it('is a violation where metadata.profiles does not name it', () => {
    const event = eventOf(shapes, 'ocsf', row, headOf('CloudProcessEvents'));
    const metadata = { ...(event.metadata as JsonObject), profiles: ['host'] };
    expect(violationsOf('ocsf', { ...event, metadata })).toContainEqual(
      expect.objectContaining({ path: 'process.container' }),
    );
  });
});

describe('values that only look right', () => {
  it('a severity that OCSF has no id for is another one, not an informational one', () => {
    const event = eventOf(
      shapes,
      'ocsf',
      { AlertId: 'a', Title: 't', Severity: 'Dire' },
      headOf('AlertInfo'),
    );
    expect(event).toMatchObject({ severity: 'Dire', severity_id: 99 });
  });

  it.each<[string, JsonObject, JsonObject]>([
    [
      'EmailEvents',
      { EmailDirection: 'Intra-org', SenderFromAddress: 'a@b.example' },
      { direction: 'Internal', direction_id: 3 },
    ],
    [
      'EmailEvents',
      { EmailDirection: 'Sideways', SenderFromAddress: 'a@b.example' },
      { direction: 'Sideways', direction_id: 99 },
    ],
    ['DeviceInfo', { DeviceId: 'd', DeviceType: 'Workstation' }, { device: { type: 'Desktop', type_id: 2 } }],
    ['DeviceInfo', { DeviceId: 'd', DeviceType: 'Toaster' }, { device: { type: 'Toaster', type_id: 99 } }],
    [
      'DeviceLogonEvents',
      {
        ActionType: 'LogonSuccess',
        DeviceName: 'd',
        AccountName: 'a',
        LogonType: 'Service',
        Protocol: 'Ntlm',
      },
      { logon_type: 'OS Service', logon_type_id: 5, auth_protocol: 'NTLM', auth_protocol_id: 1 },
    ],
    [
      'DeviceRegistryEvents',
      {
        ActionType: 'RegistryValueSet',
        DeviceId: 'd',
        InitiatingProcessId: 5,
        RegistryKey: 'HKLM\\A',
        RegistryValueName: 'v',
        RegistryValueType: 'String',
      },
      { reg_value: { type: 'REG_SZ', type_id: 10 } },
    ],
  ])(
    "%s: the text beside an id of OCSF's is the id's own caption, and the source's text beside 99 (%j)",
    (table, row, wanted) => {
      const event = eventOf(shapes, 'ocsf', row, headOf(table));
      expect(event).toMatchObject(wanted);
      for (const value of scalarsIn(row)) expect(scalarsIn(event)).toContain(value);
    },
  );

  it('the process id 0 says that the sensor did not see it', () => {
    const row = { ProcessId: 0, ParentProcessId: 0, ProcessName: 'sh' };
    const event = eventOf(shapes, 'ecs', row, headOf('CloudProcessEvents'));
    expect(event.process).toEqual({ name: 'sh' });
    const memory = {
      ActionType: 'ReadProcessMemoryApiCall',
      ProcessId: 0,
      ProcessUniqueId: 'u',
      DeviceId: 'd',
    };
    const other = { ...memory, InitiatingProcessId: 5 };
    expect(eventOf(shapes, 'ocsf', other, headOf('DeviceEvents')).process).toEqual({ uid: 'u' });
  });

  it('the value of a registry key without a name is its default value', () => {
    const row = {
      ActionType: 'RegistryValueSet',
      DeviceId: 'd',
      InitiatingProcessId: 5,
      RegistryKey: 'HKLM\\A',
    };
    const event = eventOf(shapes, 'ocsf', { ...row, RegistryValueName: '' }, headOf('DeviceRegistryEvents'));
    expect(event.reg_value).toMatchObject({ name: '(Default)', is_default: true });
    const named = eventOf(shapes, 'ocsf', { ...row, RegistryValueName: 'b' }, headOf('DeviceRegistryEvents'));
    expect(named.reg_value).not.toHaveProperty('is_default');
  });

  it('a place is one that Elasticsearch takes, and an object no text', () => {
    const text = 'table: DeviceInfo\ncolumns:\n  Model: source.geo.location\n  Vendor: labels\n';
    const own = compiled({ 'shapes/ecs/DeviceInfo.yaml': text }).shapes;
    const good = eventOf(own, 'ecs', { Model: '48.1,-11.5', Vendor: { a: 'b' } }, headOf('DeviceInfo'));
    expect(good).toMatchObject({ source: { geo: { location: '48.1,-11.5' } }, labels: { a: 'b' } });
    const bad = eventOf(own, 'ecs', { Model: 'Munich', Vendor: 'Dell' }, headOf('DeviceInfo'));
    expect(bad).not.toHaveProperty('source');
    expect(bad).toMatchObject({ microsoft: { defender_xdr: { Model: 'Munich', Vendor: 'Dell' } } });
    expect(bad).not.toHaveProperty('labels');
    expect(violationsOf('ecs', { ...good, labels: 'Dell' })).not.toEqual([]);
  });
});
