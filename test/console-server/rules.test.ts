/** The page Rules, server side, over a real storage account: the set in force, refusals, hits, ATT&CK, exceptions, lists and files. */
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { RuleFiles, RuleList, RulesPage, RuleText } from '../../src/console/model/rules.ts';
import { type ConsoleSetting, startConsole } from './setting.ts';

const COPIES = `title: Shadow copies deleted
id: 11111111-1111-4111-8111-111111111111
logsource: { category: process_creation, product: windows }
detection: { a: { Image|endswith: '\\vssadmin.exe' }, condition: a }
tags: [attack.impact, attack.t1490]
level: high
`;
const WHOAMI = `title: '<img src=x onerror=alert(1)> \u202e'
logsource: { category: process_creation, product: windows }
detection: { a: { Image|endswith: '\\whoami.exe' }, condition: a }
tags: [attack.discovery, attack.t1033, attack.t1059.001]
level: low
`;
const MANY = `title: Many copies
id: 22222222-2222-4222-8222-222222222222
correlation:
  type: event_count
  rules: [11111111-1111-4111-8111-111111111111]
  group-by: [DeviceName]
  timespan: 5m
  condition: { gte: 5 }
  generate: true
level: critical
`;
const HOSTILE = '<img src=x onerror=alert(1)> \u202e';
const DAY = 86_400_000;
const soon = new Date(Date.now() + 5 * DAY).toISOString().slice(0, 10);
const FILES = {
  'detections/copies.yml': COPIES,
  'detections/whoami.yml': WHOAMI,
  'detections/many.yml': MANY,
  'DeviceInfo.yaml':
    'table: DeviceInfo\nroutes:\n  - { to: hook, severity: high, title: Old system, detection: { a: { OSPlatform: Old }, condition: a } }\n',
  'exceptions/known.yml': `exceptions:
  - title: Known
    rules: Shadow copies deleted
    detection: { host: { DeviceName: pc-1 }, condition: host }
    owner: soc
    expires: ${soon}
`,
  'lists/bad-hashes.txt': 'aa\nbb\n',
  'lists/lists.yaml': 'lists:\n  bad-hashes: { type: text, max_age: 1d, updated: 2020-01-01 }\n',
};

let setting: ConsoleSetting;

beforeAll(async () => {
  setting = await startConsole('alerts: [{ levels: [high, critical, low], to: [hook] }]\n');
});
afterAll(() => setting?.stop());

describe('the page Rules', () => {
  it('says that no set was ever in force, and that hits are not known', async () => {
    const page = await setting.view<RulesPage>('rules');
    expect(page).not.toHaveProperty('inForce');
    expect(page).not.toHaveProperty('rules');
    expect(page.processes).toEqual([]);
    expect(page.troubles).toEqual([expect.stringContaining('The hits of the rules are not known')]);
  });

  it('shows the set in force, its rules, tactics, exceptions and lists', async () => {
    await setting.rules(FILES);
    const page = await setting.view<RulesPage>('rules');
    expect(page.refused).toEqual([]);
    const { version } = setting.live.current();
    expect(page.inForce).toMatchObject({ version, files: 7 });
    expect(page.processes).toMatchObject([{ process: 'node web-1:4711', version, refuses: false }]);
    expect(page.rules).toMatchObject({ total: 4, raising: 4, hit: 0, neverHit: 0 });
    expect(page.attack.filter(({ techniques }) => techniques.length > 0)).toEqual([
      {
        id: 'TA0007',
        name: 'Discovery',
        techniques: [
          { id: 'T1033', name: 'System Owner/User Discovery', rules: 1 },
          { id: 'T1059.001', name: 'Command and Scripting Interpreter: PowerShell', rules: 1 },
        ],
      },
      {
        id: 'TA0040',
        name: 'Impact',
        techniques: [{ id: 'T1490', name: 'Inhibit System Recovery', rules: 1 }],
      },
    ]);
    expect(page.exceptions).toMatchObject([
      { title: 'Known', rules: ['Shadow copies deleted'], owner: 'soc', state: 'ends-soon', line: 2 },
    ]);
    expect(page.lists).toMatchObject([{ name: 'bad-hashes', entries: 2, isOld: true }]);
  });

  it('counts hits, and names those that were never hit', async () => {
    await setting.hit({ '11111111-1111-4111-8111-111111111111': 7, [HOSTILE]: 2 });
    const page = await setting.view<RulesPage>('rules');
    expect(page.rules).toEqual({ total: 4, raising: 4, hit: 2, neverHit: 2 });
    expect(page.noisiest.map(({ title, hits }) => [title, hits])).toEqual([
      ['Shadow copies deleted', 7],
      [HOSTILE, 2],
    ]);
    expect(page.noisiest[0]?.hours).toHaveLength(24);
    expect(page.attack.flatMap(({ techniques }) => techniques).map(({ id, hits }) => [id, hits])).toEqual([
      ['T1033', 2],
      ['T1059.001', 2],
      ['T1490', 7],
    ]);
    const list = (query: Readonly<Record<string, string>>) => setting.view<RuleList>('rules/list', query);
    expect((await list({ show: 'never' })).rules.map(({ title }) => title)).toEqual([
      'Many copies',
      'Old system',
    ]);
    expect((await list({ technique: 'T1490' })).rules).toMatchObject([
      {
        rule: '11111111-1111-4111-8111-111111111111',
        file: 'detections/copies.yml',
        line: 1,
        kind: 'sigma',
        level: 'high',
        tables: ['DeviceProcessEvents'],
        to: ['hook'],
        state: 'raises',
        hits: 7,
      },
    ]);
    expect((await list({ q: 'ONERROR' })).total).toBe(1);
    expect(await list({ page: '2' })).toMatchObject({ rules: [], total: 4, pages: 1 });
    await expect(list({ unknown: '1' })).rejects.toThrow();
  });

  it('says that a killed process is stale, and that hits are missing since', async () => {
    await setting.hit({ [HOSTILE]: 3 }, { host: 'web-1:4711', agoMs: 300_000 });
    const page = await setting.view<RulesPage>('rules');
    expect(page.processes).toMatchObject([{ process: 'node web-1:4711', isStale: true }]);
    expect(page.noisiest.map(({ hits }) => hits)).toEqual([7, 5]);
    const sentence = /^Stale hits: the process on web-1:4711 has not written for 5m/;
    expect(page.troubles).toEqual([expect.stringMatching(sentence)]);
    expect((await setting.view<RuleList>('rules/list')).trouble).toMatch(sentence);

    await setting.hit({}, { host: 'web-1:4711', agoMs: 0 });
    const again = await setting.view<RulesPage>('rules');
    expect(again.processes).toMatchObject([{ isStale: false }]);
  });

  it('shows a refused set at line and caret, its files, and no longer once it is mended', async () => {
    const before = setting.live.current().version;
    await setting.rules({ 'detections/copies.yml': COPIES.replace('Image|endswith', 'Immage|endswith') });
    const page = await setting.view<RulesPage>('rules');
    expect(page.inForce?.version).toBe(before);
    expect(page.processes).toMatchObject([{ version: before, refuses: true, withoutRules: false }]);
    expect(page.refused).toHaveLength(1);
    const [mistake] = page.refused[0]?.mistakes ?? [];
    expect(mistake).toMatchObject({ file: 'detections/copies.yml', line: 4, code: 'unknown-column' });
    expect(mistake?.hint).toContain('Image');
    const { before: left = '', wrong, after = '' } = mistake?.excerpt ?? {};
    expect(wrong).toBe('Immage');
    expect(left + wrong + after).toBe(
      "detection: { a: { Immage|endswith: '\\vssadmin.exe' }, condition: a }",
    );

    const files = await setting.view<RuleFiles>('rules/files');
    expect(files.files[0]).toMatchObject({ path: 'detections/copies.yml', found: 'changed', mistakes: 1 });
    expect(files.files.slice(1).every(({ found }) => found === 'same')).toBe(true);
    const path = 'detections/copies.yml';
    expect((await setting.view<RuleText>('rules/file', { path })).text).toBe(COPIES);
    expect((await setting.view<RuleText>('rules/file', { path, of: 'found' })).text).toContain('Immage');

    await setting.rules({ 'detections/copies.yml': COPIES.replace('vssadmin', 'wmic') });
    const mended = await setting.view<RulesPage>('rules');
    expect(mended.refused).toEqual([]);
    expect(mended.inForce?.version).not.toBe(before);
    expect(mended.inForce?.version).toBe(setting.live.current().version);
  });

  it.each(['../relay.yaml', '/etc/passwd', 'detections/none.yml', 'constructor'])(
    'reads no %s',
    async (path) => {
      for (const where of ['force', 'found']) {
        await expect(setting.view('rules/file', { path, of: where })).rejects.toMatchObject({
          code: 'rule_file_unknown',
        });
      }
    },
  );

  it('lists the rules at the next request, where what compiles them could not begin', async () => {
    await setting.rules({ 'detections/copies.yml': `${COPIES}# Another version\n` });
    setting.host.listRules = () => Promise.reject(new Error('no thread'));
    const first = await setting.view<RuleList>('rules/list');
    expect([first.rules, first.trouble]).toEqual([[], expect.stringContaining('no thread')]);
    delete setting.host.listRules;
    expect((await setting.view<RuleList>('rules/list')).rules).not.toEqual([]);
  });

  it('says why rules are not listed where compiling them is too dear, or the files cannot be read', async () => {
    setting.host.mostRuleBytes = 100;
    await setting.rules({ 'detections/copies.yml': COPIES });
    const page = await setting.view<RulesPage>('rules');
    expect(page).not.toHaveProperty('rules');
    expect(page.troubles[0]).toMatch(/The rules are not listed: .* more than 100 bytes/);
    expect(page.lists).toHaveLength(1);
    expect((await setting.view<RuleList>('rules/list')).trouble).toContain('not listed');
    delete setting.host.mostRuleBytes;

    await setting.rules({ 'detections/copies.yml': 'title: [' });
    await rm(join(setting.folder, 'transforms'), { recursive: true });
    const gone = await setting.view<RulesPage>('rules');
    expect(gone.troubles.join()).toContain('The rule files cannot be read here');
    expect(gone.refused[0]?.mistakes[0]).not.toHaveProperty('excerpt');
  });
});
