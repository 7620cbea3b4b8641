/** The page Alerts, server side: groups of a real state, what rows show and hide, silences, suggested exceptions. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { RelayConfig } from '../../src/config/schema.ts';
import type { AlertGroup, AlertsPage, SilencesPage } from '../../src/console/model/alerts.ts';
import { compileProgram } from '../../src/rules/compile.ts';
import type { RuleRef } from '../../src/shared/event.ts';
import { batchOf, START, world } from '../relay/alerts/world.ts';
import { type ConsoleSetting, startConsole } from './setting.ts';

const RULE: RuleRef = {
  title: 'Shadow copies deleted',
  id: '11111111-1111-4111-8111-111111111111',
  tags: ['attack.impact', 'attack.t1490', 'cve.2026.1234', 'javascript:alert(1)'],
  titleTemplate: 'Copies gone on {DeviceName}',
  matched: [
    { column: 'FolderPath', value: 'C:\\x\\vssadmin.exe' },
    { column: 'ProcessCommandLine', value: 'vssadmin delete <b>"*" \u202e' },
  ],
};
const ROUTE: RuleRef = { title: 'Old system', matched: [{ column: 'OSPlatform', value: 'Old' }] };
const RULES = {
  'detections/a.yml': `title: Shadow copies deleted
id: 11111111-1111-4111-8111-111111111111
logsource: { category: process_creation, product: windows }
detection: { a: { Image|endswith: '\\vssadmin.exe' }, condition: a }
level: high
`,
  'DeviceInfo.yaml':
    'table: DeviceInfo\nroutes:\n  - { to: hook, severity: high, title: Old system, detection: { a: { OSPlatform: Old }, condition: a } }\n',
};

let setting: ConsoleSetting;

beforeAll(async () => {
  setting = await startConsole('alerts: [{ levels: [high], to: [soc] }]\n', {
    '  hook:': '  soc: { type: slack, webhook_url: "$' + '{SLACK}" }\n  hook:',
  });
  await setting.rules(RULES);
  const { consumer, clock, passes } = world();
  clock.advance(Date.now() - START);
  const people = consumer(setting.ports.documents);
  const signal = new AbortController().signal;
  const event = {
    FolderPath: 'C:\\x\\vssadmin.exe',
    ProcessCommandLine: 'vssadmin delete <b>"*" \u202e',
    DeviceId: 'd'.repeat(40),
    AccountUpn: 'ann@contoso.com',
    AccountObjectId: '9f0e6a4d-3e3c-4c57-9f0e-6a4d6a1f2b3c',
    AccountName: 'ann',
  };
  await people.destination.send(
    batchOf([1, 2], () => ({ rule: RULE, level: 'high', host: 'pc-1', table: 'DeviceProcessEvents', event })),
    signal,
  );
  await passes(people, 20_000);
  await people.destination.send(
    batchOf([3], () => ({
      rule: ROUTE,
      level: 'low',
      host: 'pc-2',
      table: 'DeviceInfo',
      event: { OSPlatform: 'Old' },
    })),
    signal,
  );
});
afterAll(() => setting?.stop());

/** What `console.rows` says from now on. */
function showRows(rows: Partial<NonNullable<RelayConfig['console']>['rows']>): void {
  const { relay } = setting;
  const entry = { host: '127.0.0.1', port: 0, rows: { show: false, mask: [], ...rows } };
  Object.assign(relay, { console: entry });
}

const alerts = async (query: Readonly<Record<string, string>> = {}) =>
  await setting.view<AlertsPage>('alerts', query);

async function copies(): Promise<AlertGroup> {
  const [group] = (await alerts({ rule: 'shadow' })).groups;
  if (group === undefined) throw new Error('no group');
  return group;
}

describe('the page Alerts', () => {
  it('shows groups as people were told of them, those that changed last in front', async () => {
    const page = await alerts();
    expect(page.destinations).toMatchObject([{ name: 'soc', type: 'slack', audience: 'people', pending: 1 }]);
    expect(page.groups.map(({ rule, state, count, said }) => [rule?.title, state, count, said])).toEqual([
      ['Old system', 'waiting', 1, 0],
      ['Shadow copies deleted', 'told', 2, expect.any(Number)],
    ]);
    expect(page.looked).toEqual({ from: 0, to: 2, of: 2 });
    expect(page).not.toHaveProperty('next');
    expect(page.unreadable).toBe(0);
  });

  it('shows nothing of rows where they are not allowed, not even in titles', async () => {
    showRows({ show: false });
    const text = JSON.stringify(await alerts());
    for (const part of ['pc-1', 'ann', 'vssadmin', 'dddd']) expect(text).not.toContain(part);
    expect((await alerts({ q: 'pc-1' })).groups).toEqual([]);
  });

  it('shows what matched, entities, and https pages of Defender where rows are allowed', async () => {
    showRows({ show: true });
    const group = await copies();
    expect(group.rows?.matched).toEqual(RULE.matched);
    expect(group.rows?.entities).toContainEqual({ kind: 'host', names: ['pc-1'], more: 0 });
    expect(group.rows?.pages.map(({ label }) => label)).toEqual(expect.arrayContaining(['Device', 'User']));
    const links = [...(group.rows?.pages ?? []), ...group.tags].flatMap(({ url }) => url ?? []);
    expect(links.length).toBeGreaterThan(3);
    for (const url of links) expect(url).toMatch(/^https:\/\//);
    expect(group.tags.at(-1)).toEqual({ label: 'javascript:alert(1)' });
    expect(group.rows?.conditions).toContainEqual({ column: 'DeviceName', value: 'pc-1' });
    expect((await alerts({ q: 'PC-1' })).groups).toHaveLength(1);
    expect((await alerts({ severity: 'low' })).groups.map(({ title }) => title)).toEqual(['Old system']);
    expect((await alerts({ destination: 'none' })).groups).toEqual([]);
  });

  it('masks columns wherever their values stand, and no search finds them', async () => {
    showRows({ show: true, mask: ['Account*', 'DeviceName', 'ProcessCommandLine', 'DeviceId'] });
    const group = await copies();
    const text = JSON.stringify(group);
    for (const part of ['ann', 'pc-1', 'vssadmin delete', 'dddd', '9f0e6a4d'])
      expect(text).not.toContain(part);
    expect(group.rows?.matched).toEqual([
      { column: 'FolderPath', value: 'C:\\x\\vssadmin.exe' },
      { column: 'ProcessCommandLine', value: '(masked)' },
    ]);
    expect(group.rows?.exception).toContain('FolderPath');
    expect((await alerts({ q: 'ann' })).groups).toEqual([]);
    showRows({ show: true, tables: ['DeviceInfo'] });
    expect(await copies()).not.toHaveProperty('rows');
  });

  it('suggests an exception that the checker takes beside the rules in force, and none for routes', async () => {
    showRows({ show: true });
    const { rows } = await copies();
    const files = Object.entries({ ...RULES, 'exceptions/suggested.yml': rows?.exception ?? '' });
    const { diagnostics, exceptions } = compileProgram(
      files.map(([path, text]) => ({ path, text })),
      {
        destinations: ['soc', 'hook'],
        defaultDestinations: [],
        alerts: [],
        variables: {},
        now: () => Date.now(),
      },
    );
    expect(diagnostics.filter(({ code }) => code !== 'exception-ends-soon')).toEqual([]);
    expect(exceptions).toMatchObject([{ rules: ['Shadow copies deleted'], owner: 'ada' }]);
    expect(rows?.exception).toContain('DeviceName: pc-1');
    const [route] = (await alerts({ rule: 'Old system' })).groups;
    expect(route?.rows).not.toHaveProperty('exception');
    expect(route?.rows?.noException).toContain('A route of the table file raised it');
  });

  it('silences by rule and host, says which groups it holds for, and ends it', async () => {
    const where = [{ column: 'DeviceName', value: 'pc-1' }];
    const body = { rule: RULE.id, where, minutes: 60, reason: 'a patch' };
    const { id } = await setting.act<{ id: string }>('alerts/silence', body);
    expect((await copies()).silencedBy).toBe(id);
    const { active } = await setting.view<SilencesPage>('alerts/silences');
    expect(active).toMatchObject([{ id, where, by: 'ada', reason: 'a patch', silenced: 0 }]);
    showRows({ show: false });
    const hidden = await setting.view<SilencesPage>('alerts/silences');
    expect(hidden.active[0]?.where).toEqual([{ column: 'DeviceName', value: '(hidden)' }]);
    await setting.act('alerts/end-silence', { id, reason: 'done' });
    const after = await setting.view<SilencesPage>('alerts/silences');
    expect(after.active).toEqual([]);
    expect(after.ended).toMatchObject([{ id, endedBy: 'ada', endReason: 'done' }]);
    expect(await copies()).not.toHaveProperty('silencedBy');
    await expect(setting.act('alerts/end-silence', { id })).rejects.toMatchObject({
      code: 'unknown_silence',
    });
  });

  it.each([
    [{ where: [], minutes: 60, reason: 'x' }, 'silence_too_wide'],
    [{ where: [{ column: 'DeviceName', value: '**' }], minutes: 60, reason: 'x' }, 'silence_too_wide'],
    [{ rule: 'a', where: [], minutes: 60, reason: ' ' }, undefined],
    [{ rule: 'a', where: [], minutes: 60 * 24 * 31, reason: 'x' }, undefined],
    [{ rule: 'a', where: [], minutes: 60, reason: 'x', by: 'somebody else' }, undefined],
  ])('refuses %j', async (body, code) => {
    const refused = setting.act('alerts/silence', body);
    if (code === undefined) await expect(refused).rejects.toThrow();
    else await expect(refused).rejects.toMatchObject({ code });
  });

  it('says in the audit log what was done, without values of rows', async () => {
    const { ACTS } = await import('../../src/console/pages.ts');
    const silence = ACTS.find(({ path }) => path === 'alerts/silence');
    const where = [{ column: 'AccountUpn', value: 'ann@contoso.com' }];
    expect(silence?.describe({ rule: 'a', where, minutes: 90, reason: 'x' })).toBe(
      'silences the rule a where AccountUpn fits for 90 minutes',
    );
  });
});
