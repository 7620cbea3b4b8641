/** `xdr-relay alerts`: silences in a real storage account, and what is refused. */
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { silentLogger, silentMetrics } from '../../lab/silent.ts';
import { createSilenceBook } from '../../src/relay/silences/book.ts';
import { type Setting, startSetting } from './ops-setting.ts';

let setting: Setting;

beforeAll(async () => {
  setting = await startSetting();
  const rules = join(setting.folder, 'transforms', 'detections');
  await mkdir(rules, { recursive: true });
  await writeFile(
    join(rules, 'a.yml'),
    `title: Shadow copies deleted
id: 11111111-1111-4111-8111-111111111111
logsource: { category: process_creation, product: windows }
detection: { a: { Image|endswith: '\\vssadmin.exe' }, condition: a }
level: high
`,
  );
  await writeFile(
    join(setting.folder, 'transforms', 'DeviceProcessEvents.yaml'),
    'table: DeviceProcessEvents\ntransform: [{ remove: [AccountSid] }, { rename: { DeviceName: host } }]\n',
  );
});
afterAll(() => setting?.stop());

const silence = (...args: string[]) =>
  setting.run('alerts', 'silence', '--for', '4h', '--reason', 'a patch', '--by', 'ada', ...args);

describe('alerts silence, list and end', () => {
  it('keeps alerts from people, counts them, and stays in the history', async () => {
    const begun = await silence('--rule', 'shadow copies deleted', '--where', 'host=build-*');
    expect(begun).toMatchObject({ code: 0, stderr: '' });
    const id =
      /^Silence ([0-9a-f]{8}) holds until \S+.*: rule "shadow copies deleted", host=build-\*$/m.exec(
        begun.stdout,
      )?.[1] ?? '';
    expect(id).not.toBe('');

    const { documents, clock } = setting.ports;
    const book = createSilenceBook({ documents, clock, logger: silentLogger, metrics: silentMetrics });
    expect((await book.current()).map((one) => one.id)).toEqual([id]);
    book.count(id, 'soc-slack', 3);
    await book.close();

    const listed = await setting.run('alerts', 'list');
    expect(listed.stdout).toMatch(
      new RegExp(`^${id}  .+  +3  rule "shadow copies deleted", host=build-\\*  ada  a patch$`, 'm'),
    );

    const ended = await setting.run(
      'alerts',
      'end',
      id,
      '--by',
      'bob',
      '--reason',
      'done',
      '--format',
      'json',
    );
    expect(JSON.parse(ended.stdout)).toMatchObject({
      silence: { id },
      silenced: { 'soc-slack': 3 },
      endedBy: 'bob',
      endReason: 'done',
    });
    expect((await setting.run('alerts', 'list')).stdout).toBe(
      'No silence holds: people are told of every alert.\n',
    );
    const history = await setting.run('alerts', 'list', '--ended', '--format', 'json');
    expect(
      history.stdout
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line)),
    ).toMatchObject([
      {
        state: 'ended',
        silence: { id, by: 'ada', reason: 'a patch', where: [{ column: 'host', value: 'build-*' }] },
        endedBy: 'bob',
      },
    ]);
    const again = await setting.run('alerts', 'end', id);
    expect([again.code, again.stderr]).toEqual([
      1,
      expect.stringContaining(`The silence ${id} is over already`),
    ]);
  });

  it('takes a rule by its id, and prints the silence as JSON', async () => {
    const { stdout, code } = await silence(
      '--rule',
      '11111111-1111-4111-8111-111111111111',
      '--format',
      'json',
    );
    expect(code).toBe(0);
    const made = JSON.parse(stdout);
    expect(made.until - made.from).toBe(4 * 3_600_000);
    expect(Math.abs(made.from - Date.now())).toBeLessThan(60_000);
  });

  it.each<[string, readonly string[], RegExp]>([
    ['everything', [], /would keep every alert from people: neither a rule nor a value/],
    [
      'everything with a host',
      ['--where', 'host=*'],
      /would keep every alert from people: every alert with such a column/,
    ],
    [
      'a rule that is not there',
      ['--rule', 'Shadow copies delete'],
      /no rule that raises alerts has .*did you mean "Shadow copies deleted"/,
    ],
    [
      'a column that is not there',
      ['--where', 'DeviceNam=x'],
      /no table has a column "DeviceNam": did you mean "DeviceName"/,
    ],
    [
      'a column that the transform renamed',
      ['--rule', 'Shadow copies deleted', '--where', 'DeviceName=x'],
      /DeviceProcessEvents has no column "DeviceName": "rename" of the transform takes it away/,
    ],
    ['a condition without a value', ['--where', 'DeviceName='], /must be a column and a value/],
    ['a condition without a column', ['--where', 'x'], /must be a column and a value/],
    ['an empty reason', ['--rule', 'x', '--reason', ' '], /--reason must be a text/],
    ['too long', ['--rule', 'x', '--for', '31d'], /from "1m" to "30d"/],
    ['too short', ['--rule', 'x', '--for', '1s'], /from "1m" to "30d"/],
  ])('refuses %s', async (_, args, message) => {
    const { code, stderr } = await silence(...args);
    expect(stderr).toMatch(message);
    expect(code).toBe(2);
  });

  it('takes with --force what is to come', async () => {
    expect(await silence('--rule', 'a rule of tomorrow', '--force')).toMatchObject({ code: 0 });
  });

  it('does not know a silence that nobody began', async () => {
    const { code, stderr } = await setting.run('alerts', 'end', '00000000');
    expect([code, stderr]).toEqual([1, expect.stringContaining('There is no silence 00000000')]);
  });
});
