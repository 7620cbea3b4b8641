/** `rules run --shape` and `rules explain --shape`. */
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { explainCommand } from '../../../src/cli/actions/rules/explain.ts';
import { runCommand } from '../../../src/cli/actions/rules/run.ts';
import type { JsonObject } from '../../../src/shared/json.ts';
import { captured, folderWith, line, PROCESS_TABLE } from './support.ts';

const ROW = {
  Timestamp: '2026-11-25T10:00:00Z',
  ActionType: 'ProcessCreated',
  DeviceId: 'd1',
  DeviceName: 'WS-01',
  FileName: 'certutil.exe',
  FolderPath: 'C:\\certutil.exe',
  ProcessId: 4711,
  ProcessCommandLine: 'certutil http://x',
  InitiatingProcessId: 42,
};

async function folder() {
  const path = await folderWith({
    'rules/DeviceProcessEvents.yaml': PROCESS_TABLE,
    'rows.json': `${line('DeviceProcessEvents', ROW)}\n${line('DeviceProcessEvents', { ...ROW, ProcessId: 'none' })}\nno json\n`,
    'row.json': line('DeviceProcessEvents', ROW),
  });
  return { transforms: join(path, 'rules'), rows: join(path, 'rows.json'), row: join(path, 'row.json') };
}

describe('rules run --shape', () => {
  it.each(['ecs', 'ocsf'] as const)('prints events and alerts as %s, and finds them valid', async (shape) => {
    const { transforms, rows } = await folder();
    const out = captured();
    const exit = await runCommand({ transforms, inputs: [rows], shape, validate: true, format: 'text' }, out);
    const events = out
      .text()
      .trim()
      .split('\n')
      .map((text) => JSON.parse(text) as JsonObject);
    // Each row is an event and an alert.
    expect(events).toHaveLength(4);
    expect(out.notes()).toContain('4 events, 0 violations');
    expect(out.notes()).toContain('1 row could not be read');
    expect(exit).toBe(0);
    if (shape === 'ecs')
      expect(events.map(({ event }) => (event as JsonObject).kind)).toEqual([
        'event',
        'alert',
        'event',
        'alert',
      ]);
    else expect(events.map((one) => one.class_uid)).toEqual([1007, 2004, 0, 2004]);
  });

  it('refuses --validate where there is no schema, and --diff', async () => {
    const { transforms, rows } = await folder();
    const base = { transforms, inputs: [rows], format: 'text' } as const;
    await expect(runCommand({ ...base, validate: true }, captured())).rejects.toThrow(
      '--validate needs --shape',
    );
    await expect(runCommand({ ...base, shape: 'raw', validate: true }, captured())).rejects.toThrow(
      'no schema',
    );
    await expect(runCommand({ ...base, shape: 'ecs', diff: transforms }, captured())).rejects.toThrow(
      '--diff',
    );
  });
});

describe('rules explain --shape', () => {
  it('names the line of the mapping that gave a field', async () => {
    const { transforms, row } = await folder();
    const out = captured();
    await explainCommand({ transforms, row, shape: 'ecs', format: 'text' }, out);
    expect(out.text()).toMatch(
      /process\.name +"certutil\.exe" {2}from FileName {2}.*shapes\/ecs\/DeviceProcessEvents\.yaml:\d+/,
    );
  });

  it('is part of the JSON', async () => {
    const { transforms, row } = await folder();
    const out = captured();
    await explainCommand({ transforms, row, shape: 'ocsf', format: 'json' }, out);
    const { shape } = JSON.parse(out.text()) as {
      shape: { class: string; fields: readonly JsonObject[]; violations: readonly unknown[] };
    };
    expect(shape.class).toBe('process_activity');
    expect(shape.violations).toEqual([]);
    expect(shape.fields).toContainEqual({
      field: 'process.pid',
      value: 4711,
      column: 'ProcessId',
      file: 'shapes/ocsf/DeviceProcessEvents.yaml',
      line: expect.any(Number) as number,
    });
  });
});
