import { expect, it } from 'vitest';
import { compileProgram } from '../../../src/rules/compile.ts';
import { DryRun } from '../../../src/rules/dry-run.ts';
import { rowOf } from '../../../src/rules/testing/run.ts';
import { context } from '../helpers.ts';

const DeviceId = 'a'.repeat(40);

it('rows of DeviceInfo fill the list of devices in a dry run, and the next one begins without them', () => {
  const text =
    'table: DeviceLogonEvents\ntransform:\n  - lookup: { list: devices, key: DeviceId, set: { group: MachineGroup } }\n';
  const { program } = compileProgram([{ path: 'DeviceLogonEvents.yaml', text }], context);
  if (!program) throw new Error('no program');
  const at = Date.parse('2026-11-27T00:00:00Z');
  const info = rowOf('DeviceInfo', { DeviceId, MachineGroup: 'Servers', Timestamp: '2026-11-27T00:00:00Z' });
  const logon = rowOf('DeviceLogonEvents', { DeviceId });
  const run = new DryRun(program);
  run.next(info, at);
  expect(run.next(logon, at).verdict).toMatchObject({ event: { group: 'Servers' } });
  const again = new DryRun(program).next(logon, at).verdict;
  expect(again.kind === 'forwarded' && Object.keys(again.event)).toEqual(['DeviceId']);
});
