import { describe, expect, it } from 'vitest';
import { context, quiet, readersOf, useFor } from './support.ts';

const TABLE = 'DeviceProcessEvents.yaml';
const sigma = (detection: string, more = '') => `title: Rule
logsource: { category: process_creation, product: windows }
detection:
${detection.replace(/^/gm, '  ')}
level: high
${more}`;

describe('what reads a column', () => {
  it('is nobody where nothing names it', () => {
    const use = useFor({ [TABLE]: 'table: DeviceProcessEvents' });
    expect(readersOf(use, 'MD5')).toEqual([]);
    expect(use.isRead('MD5')).toBe(false);
    expect(use.isRemoved('MD5')).toBe(false);
    expect(readersOf(use, 'Timestamp')).toEqual(['relay']);
    expect(readersOf(use, 'DeviceId')).toEqual(['identity']);
  });

  it('are filters, routes, samples and steps of the table file', () => {
    const use = useFor({
      [TABLE]: `table: DeviceProcessEvents
filter:
  - title: Sensor
    detection: { a: { InitiatingProcessFileName: MsSense.exe }, condition: a }
transform:
  - parse_json: AdditionalFields
  - lowercase: [AccountDomain]
  - if: { a: { LogonId: 1 }, condition: a }
    copy: { ProcessId: pid }
  - set: { FolderPath: x }
  - remove: [MD5, "ProcessVersionInfo*"]
routes:
  - to: archive
    detection: { a: { 'AdditionalFields.Name|contains': x, SHA1|fieldref: SHA256 }, condition: a }
    sample: { rate: 0.5, by: AccountSid }
`,
    });
    expect(readersOf(use, 'InitiatingProcessFileName')).toEqual(['filter Sensor']);
    expect(readersOf(use, 'AdditionalFields')).toEqual(['route to archive', 'step parse_json']);
    expect(readersOf(use, 'AdditionalFields.Name')).toEqual(['route to archive']);
    expect(readersOf(use, 'SHA256')).toEqual(['route to archive']);
    expect(readersOf(use, 'AccountDomain')).toEqual(['step lowercase']);
    expect(readersOf(use, 'LogonId')).toEqual(['step if of copy']);
    expect(readersOf(use, 'ProcessId')).toEqual(['step copy']);
    expect(readersOf(use, 'FolderPath')).toEqual(['step set']);
    expect(readersOf(use, 'AccountSid')).toEqual(['sample of the route to archive']);
    expect(readersOf(use, 'MD5')).toEqual([]);
    expect(['MD5', 'ProcessVersionInfoCompanyName', 'SHA1'].map(use.isRemoved)).toEqual([true, true, false]);
  });

  it('are rules with the columns of their fields, exceptions, correlations, titles and groups', () => {
    const use = useFor({
      'detections/a.yml': sigma(
        'sel: { CommandLine|contains: whoami, User|contains: ann }\ncondition: sel',
        "id: 0b5e9a5c-5f0e-4f9e-8c55-2f3a4b1c7d01\nname: who\nxdr_relay: { title: 'On {MachineGroup}: {AdditionalFields.Name}', group_by: [LogonId] }\n",
      ),
      'detections/b.yml': `title: Many
correlation:
  type: value_count
  rules: [who]
  group-by: [IntegrityLevel]
  timespan: 1h
  condition: { field: ProcessId, gte: 3 }
level: high
`,
      'exceptions/e.yml': `exceptions:
  - title: Known
    rules: [Rule]
    owner: me
    detection: { a: { InitiatingProcessFileName: x }, condition: a }
`,
    });
    expect(readersOf(use, 'ProcessCommandLine')).toEqual(['rule Rule']);
    expect(readersOf(use, 'AccountName')).toContain('rule Rule');
    expect(readersOf(use, 'InitiatingProcessFileName')).toEqual(['exception Known']);
    expect(readersOf(use, 'ProcessIntegrityLevel')).toEqual(['correlation Many']);
    expect(readersOf(use, 'ProcessId')).toEqual(['correlation Many']);
    expect(readersOf(use, 'MachineGroup')).toEqual(['title Rule', 'identity']);
    expect(readersOf(use, 'AdditionalFields')).toEqual(['title Rule']);
    expect(readersOf(use, 'LogonId')).toEqual(['grouping Rule']);
    expect(readersOf(use, 'MD5')).toEqual([]);
  });

  it('are keywords for every column', () => {
    const use = useFor({ 'detections/a.yml': sigma('keywords: [mimikatz]\ncondition: keywords') });
    expect(use.everything).toEqual([{ kind: 'rule', count: 1, examples: ['Rule'] }]);
    expect(use.isRead('MD5')).toBe(true);
    expect(readersOf(use, 'MD5')).toEqual([]);
  });

  it('are the shapes of the destinations that get the rows, their encoding, and metadata', () => {
    const file = { [TABLE]: 'table: DeviceProcessEvents\nroutes: [{ to: splunk }]' };
    expect(readersOf(useFor(file, 'DeviceProcessEvents', quiet), 'MD5')).toEqual([]);
    const use = useFor(file, 'DeviceProcessEvents', context);
    expect(readersOf(use, 'MD5')).toEqual(['shape ecs']);
    expect(readersOf(use, 'DeviceName')).toEqual(['shape ecs', 'destination splunk', 'identity']);
    const filed = useFor({
      [TABLE]: `table: DeviceProcessEvents
routes:
  - to: archive
    index: { template: 'x_{InitiatingProcessIntegrityLevel|lower}', allowed: [x_high], default: x }
`,
    });
    expect(readersOf(filed, 'InitiatingProcessIntegrityLevel')).toEqual(['metadata of archive']);
  });

  it('are alerts where a rule may raise one', () => {
    const rule = { 'detections/a.yml': sigma('sel: { CommandLine|contains: whoami }\ncondition: sel') };
    expect(readersOf(useFor(rule, 'DeviceProcessEvents', quiet), 'SHA256')).toEqual([]);
    expect(readersOf(useFor(rule, 'DeviceProcessEvents', context), 'SHA256')).toContain('alerts');
    expect(readersOf(useFor({}, 'DeviceProcessEvents', context), 'SHA256')).not.toContain('alerts');
    // People are told what Defender says of its own alerts, whatever the routes.
    expect(readersOf(useFor({}, 'AlertInfo', context), 'ServiceSource')).toContain('alerts');
    // Without relay.yaml nobody knows who is told.
    const { reading: _, ...without } = quiet;
    expect(readersOf(useFor({}, 'DeviceProcessEvents', without), 'SHA256')).toEqual(['alerts']);
  });

  it('is the list of devices', () => {
    const file = {
      [TABLE]: `table: DeviceProcessEvents
transform: [{ lookup: { list: devices, key: DeviceId, set: { group: MachineGroup } } }]
`,
    };
    expect(readersOf(useFor(file, 'DeviceInfo'), 'OSVersion')).toEqual(['relay the list of devices']);
    expect(readersOf(useFor({}, 'DeviceInfo'), 'OSVersion')).toEqual([]);
  });

  it('keeps what a step renames, and follows keep', () => {
    const use = useFor({
      [TABLE]:
        'table: DeviceProcessEvents\ntransform:\n  - rename: { MD5: hash }\n  - keep: [hash, FileName, "Account*"]\n',
    });
    expect(['MD5', 'FileName', 'SHA1'].map(use.isRemoved)).toEqual([false, false, true]);
    // What a step keeps by a pattern is meant to be there.
    expect(readersOf(use, 'AccountSid')).toEqual(['step keep']);
  });
});
