/** Which relay.yaml, folder and files the commands on rules work with, told by where they run and by the paths they are given. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { runConfig } from '../../../src/cli/actions/config.ts';
import { checkCommand } from '../../../src/cli/actions/rules/check.ts';
import { coverageCommand } from '../../../src/cli/actions/rules/coverage.ts';
import { explainCommand } from '../../../src/cli/actions/rules/explain.ts';
import { fmtCommand } from '../../../src/cli/actions/rules/fmt.ts';
import { runCommand } from '../../../src/cli/actions/rules/run.ts';
import { testCommand } from '../../../src/cli/actions/rules/test.ts';
import { captured, folderWith, line, PROCESS_TABLE, RELAY, SIGMA_RULE } from './support.ts';

const NEVER = new AbortController().signal;
const home = process.cwd();
const UNTIDY = 'table:   DeviceFileEvents\n';
const WRONG = 'table: DeviceEvents\nrotes: []\n';
const TEST = `table: DeviceProcessEvents
tests:
  - { title: whoami, row: { FolderPath: 'C:\\a\\whoami.exe' }, expect: { alerts: [Whoami] } }
`;

Object.assign(process.env, {
  RULES_TEST_STORAGE: 'UseDevelopmentStorage=true',
  RULES_TEST_KEY: 'a-key-that-is-long-enough',
  RULES_TEST_TOKEN: '0a1b2c3d-0000-4000-8000-0123456789ab',
});

afterEach(() => process.chdir(home));

/** Works in a folder with these files. */
async function inFolder(files: Readonly<Record<string, string>>): Promise<string> {
  const folder = await folderWith(files);
  process.chdir(folder);
  return folder;
}

async function check(...paths: string[]) {
  const out = captured();
  const code = await checkCommand({ paths, format: 'json' }, out);
  const found: { file: string; code: string }[] = JSON.parse(out.text());
  return { code, found: found.map((one) => `${one.file} ${one.code}`).sort() };
}

/** What `xdr-relay rules check` found nothing wrong with, and `serve` did not start with. */
const CASE = {
  'relay.yaml': `storage: { connection_string: '\${RULES_TEST_STORAGE}' }
server: { keys: ['\${RULES_TEST_KEY}'] }
destinations:
  splunk: { type: splunk_hec, url: 'http://127.0.0.1:31010', token: '\${RULES_TEST_TOKEN}', index: defender, allow_networks: [127.0.0.0/8] }
default_destinations: [splunk]
alerts: [{ levels: [low], to: [splunk] }]
transforms: w
`,
  'w/DeviceProcessEvents.yaml':
    'table: DeviceProcessEvents\ntransform:\n  - set: { vip: $VIPS }\nroutes:\n  - to: splunkk\n',
  'w/detections/vip.yml': `title: VIP logon from odd place
level: low
logsource: { product: m365defender, category: DeviceLogonEvents }
detection:
  sel: { ActionType: LogonSuccess, AccountName|expand: '%vips%' }
  condition: sel
`,
};
const CASE_FINDS = [
  'w/DeviceProcessEvents.yaml unknown-destination',
  'w/DeviceProcessEvents.yaml unknown-variable',
  'w/detections/vip.yml unknown-placeholder',
];

describe('relay.yaml where it lies', () => {
  it('is what rules are checked against: its folder, destinations, variables', async () => {
    await inFolder(CASE);
    const { code, found } = await check();
    expect(code).toBe(1);
    expect(found).toEqual(CASE_FINDS);
    const out = captured();
    expect(await testCommand({ format: 'text' }, out, NEVER)).toBe(1);
    expect(out.text()).toContain('names no destination');
  });

  it('is checked with its rules by config: what is green there starts', async () => {
    await inFolder(CASE);
    const out = captured();
    expect(
      await runConfig({ config: 'relay.yaml', check: true, online: false, format: 'text' }, out, NEVER),
    ).toBe(1);
    expect(out.notes()).toContain('w/DeviceProcessEvents.yaml:5:9: error:');
    expect(out.text()).toBe(
      'relay.yaml: no problems\nw: 2 files, 3 errors; "xdr-relay rules check" shows them',
    );
    const json = captured();
    expect(
      await runConfig({ config: 'relay.yaml', check: false, online: false, format: 'json' }, json, NEVER),
    ).toBe(1);
    const found: { file: string; code: string }[] = JSON.parse(json.text());
    expect(found.map((one) => `${one.file} ${one.code}`).sort()).toEqual(CASE_FINDS);
  });

  it('that reads a container leaves the folder alone', async () => {
    await inFolder({ 'relay.yaml': `${CASE['relay.yaml']}transforms_container: our-rules\n` });
    const out = captured();
    expect(
      await runConfig({ config: 'relay.yaml', check: true, online: false, format: 'text' }, out, NEVER),
    ).toBe(0);
    expect(out.text()).toContain('rules in the container our-rules: not looked at');
  });

  it('without a folder of rules is no config to start with', async () => {
    await inFolder({ 'relay.yaml': CASE['relay.yaml'] });
    const config = runConfig(
      { config: 'relay.yaml', check: true, online: false, format: 'text' },
      captured(),
      NEVER,
    );
    await expect(config).rejects.toMatchObject({ code: 'rules_folder_missing' });
  });

  it('holds for run, explain and fmt as well, with the variables of .env beside it', async () => {
    await inFolder({
      'relay.yaml': RELAY.replace('KEY_THAT_NOBODY_SET', 'RULES_TEST_HASH_KEY'),
      '.env': 'RULES_TEST_HASH_KEY=a-key-of-thirty-two-characters-xx\n',
      'rules/DeviceProcessEvents.yaml': PROCESS_TABLE,
      'rules/DeviceFileEvents.yaml': UNTIDY,
      'rules/detections/whoami.yml': SIGMA_RULE,
      'rows.json': line('DeviceProcessEvents', { FolderPath: 'C:\\a\\whoami.exe' }),
    });
    const ran = captured();
    expect(await runCommand({ inputs: ['rows.json'], format: 'json' }, ran)).toBe(0);
    expect(Object.keys(JSON.parse(ran.text()).destinations).sort()).toEqual(['soc-slack', 'splunk']);
    expect(process.env.RULES_TEST_HASH_KEY).toBe('a-key-of-thirty-two-characters-xx');
    const explained = captured();
    expect(await explainCommand({ row: 'rows.json', format: 'text' }, explained)).toBe(0);
    expect(explained.text()).toContain('-> soc-slack');
    const formatted = captured();
    expect(await fmtCommand({}, formatted)).toBe(0);
    expect(formatted.text()).toBe('rules/DeviceFileEvents.yaml');
    expect(await readFile('rules/DeviceFileEvents.yaml', 'utf8')).toBe('table: DeviceFileEvents\n');
  });
});

describe('paths as arguments', () => {
  const FILES = {
    'transforms/DeviceProcessEvents.yaml': PROCESS_TABLE,
    'transforms/DeviceEvents.yaml': WRONG,
    'transforms/DeviceFileEvents.yaml': UNTIDY,
    'transforms/detections/whoami.yml': SIGMA_RULE,
    'transforms/detections/whoami.test.yaml': TEST,
    'transforms/detections/bad.yml': SIGMA_RULE.replace('level: low', 'level: loud').replace(/^id:.*$/m, ''),
    'README.md': 'no rule',
  };

  it('choose files and folders of the folder that holds anyway', async () => {
    await inFolder(FILES);
    expect((await check('transforms')).found).toHaveLength(2);
    expect((await check('transforms/DeviceEvents.yaml')).found).toEqual([
      'transforms/DeviceEvents.yaml unknown-key',
    ]);
    expect((await check('transforms/DeviceProcessEvents.yaml')).code).toBe(0);
    const { code, found } = await check('transforms/detections', 'transforms/DeviceProcessEvents.yaml');
    expect(code).toBe(1);
    expect(found).toEqual([expect.stringMatching(/^transforms\/detections\/bad\.yml /)]);
  });

  it('may name another folder, or what lies in one', async () => {
    const { 'transforms/DeviceEvents.yaml': _, 'transforms/detections/bad.yml': __, ...good } = FILES;
    const elsewhere = await folderWith(good);
    await inFolder({});
    const other = join(elsewhere, 'transforms');
    for (const path of [other, join(other, 'detections'), join(other, 'detections/whoami.test.yaml')]) {
      const out = captured();
      expect(await testCommand({ paths: [path], format: 'text' }, out, NEVER)).toBe(0);
      expect(out.text()).toBe('1 test: 1 passed');
    }
    const none = captured();
    expect(
      await testCommand({ paths: [join(other, 'DeviceProcessEvents.yaml')], format: 'text' }, none, NEVER),
    ).toBe(0);
    expect(none.text()).toBe('0 tests: 0 passed');
  });

  it('may name a folder of Sigma rules alone', async () => {
    const sigma = await folderWith({
      'windows/whoami.yml': SIGMA_RULE,
      'windows/x.yml': 'title: x\nlogsource: { category: process_creation, product: windows }\n',
    });
    await inFolder({});
    const { code, found } = await check(join(sigma, 'windows'));
    expect(code).toBe(1);
    expect(found[0]).toMatch(new RegExp(`^${sigma}/windows/x\\.yml `));
    expect((await check(join(sigma, 'windows/whoami.yml'))).code).toBe(0);
  });

  it('that lead nowhere, or to two folders, are wrong usage', async () => {
    const elsewhere = await folderWith({ 'a.yaml': UNTIDY });
    await inFolder(FILES);
    await expect(check('transforms/nothing.yaml')).rejects.toMatchObject({ code: 'file_unreadable' });
    await expect(check('README.md')).rejects.toMatchObject({ code: 'file_unreadable' });
    await expect(check('transforms', elsewhere)).rejects.toMatchObject({ code: 'several_folders' });
  });

  it('say which files are formatted', async () => {
    await inFolder(FILES);
    const out = captured();
    expect(await fmtCommand({ paths: ['transforms/DeviceProcessEvents.yaml'], check: true }, out)).toBe(0);
    expect(await fmtCommand({ paths: ['transforms/DeviceFileEvents.yaml'], check: true }, out)).toBe(1);
    expect(out.text()).toBe('transforms/DeviceFileEvents.yaml');
  });
});

describe('rules coverage', () => {
  const covered = async (...paths: string[]) => {
    const out = captured();
    expect(await coverageCommand({ paths, format: 'json' }, out)).toBe(0);
    const { rules, running, failures } = JSON.parse(out.text());
    return { rules, running, files: failures.map(({ file }: { file: string }) => file) };
  };

  it('of a folder of rule files counts its Sigma rules, and no other file', async () => {
    const sigma = await folderWith({ 'a.yml': SIGMA_RULE.replace('Image|', 'Imge|') });
    await inFolder({
      'transforms/DeviceProcessEvents.yaml': PROCESS_TABLE,
      'transforms/detections/whoami.yml': SIGMA_RULE,
      'transforms/detections/whoami.test.yaml': TEST,
      'transforms/detections/bad/x.yml': SIGMA_RULE.replace('Image|', 'Imge|').replace(/^id:.*$/m, ''),
    });
    const bad = 'transforms/detections/bad/x.yml';
    expect(await covered()).toEqual({ rules: 2, running: 1, files: [bad] });
    expect(await covered('transforms')).toEqual({ rules: 2, running: 1, files: [bad] });
    expect(await covered('transforms/detections/bad')).toEqual({ rules: 1, running: 0, files: [bad] });
    expect(await covered('transforms', sigma)).toMatchObject({ rules: 3, running: 1 });
  });

  it('says as the other commands do that the folder is missing', async () => {
    await inFolder({ 'README.md': '' });
    await expect(covered()).rejects.toMatchObject({ code: 'rules_folder_missing' });
  });
});
