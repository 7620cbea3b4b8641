/** The pages Now and Tables and the line on top, server side, over a real storage account: what is unknown is not zero. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startAzurite } from '../../lab/azurite.ts';
import type { AttentionView } from '../../src/console/model/attention.ts';
import type { DestinationsView } from '../../src/console/model/destinations.ts';
import type { NowView } from '../../src/console/model/now.ts';
import type { RulesPage } from '../../src/console/model/rules.ts';
import type { ColumnsView, TablesView } from '../../src/console/model/tables.ts';
import { ACTIVITY_FOLDER } from '../../src/relay/activity/document.ts';
import { HOUR_MS } from '../../src/shared/duration.ts';
import { destinationRecord, hours, putActivity, tableRecord } from './activity-document.ts';
import { type ConsoleSetting, startConsole } from './setting.ts';

const MINUTE = 60_000;
const TOKEN = 'Bearer 0123456789abcdef0123456789abcdef';
const RULE = `title: Shadow copies deleted
id: 11111111-1111-4111-8111-111111111111
logsource: { category: process_creation, product: windows }
detection: { a: { Image|endswith: '\\vssadmin.exe' }, condition: a }
level: high
`;

let setting: ConsoleSetting;

beforeAll(async () => {
  // Of its own: the last test ends it.
  setting = await startConsole('', {}, await startAzurite());
});
afterAll(() => setting?.stop());

const hookOf = ({ destinations }: NowView) => destinations.find(({ name }) => name === 'hook');
const texts = ({ items }: AttentionView) => items.map(({ text }) => text);

describe('before any process has written', () => {
  it('knows of no process and no row, and not what waits in memory', async () => {
    const now = await setting.view<NowView>('now');
    expect(now.processes).toEqual([]);
    expect(now.flow?.tables).toEqual([]);
    expect(now.destinations.map(({ name }) => name)).toEqual(Object.keys(setting.relay.destinations));
    for (const one of now.destinations) {
      expect(one.breaker).toBeNull();
      expect(one).not.toHaveProperty('oldestSeconds');
      expect(one).not.toHaveProperty('delivered');
    }
    // Nobody counted: the time in which a 0 says something is empty.
    expect(now.totals?.knownTo).toBeLessThan(now.totals?.knownFrom ?? 0);
    expect((await setting.view<TablesView>('tables')).tables).toEqual([]);
  });
});

describe('with two processes, one of them killed', () => {
  beforeAll(async () => {
    const { ports } = setting;
    const now = ports.clock.now();
    await putActivity(ports.documents, now, {
      destinations: [destinationRecord('hook', { oldestSeconds: 7 })],
      tables: [
        tableRecord('DeviceProcessEvents', {
          columns: [
            { name: 'ProcessCommandLine', bytes: 900 },
            { name: 'FolderPath', bytes: 80 },
            { name: 'other', bytes: 20 },
          ],
          unreadBytes: 300,
        }),
        tableRecord('DeviceInfo', { bytes: hours(5) }),
      ],
    });
    await putActivity(ports.documents, now, {
      host: 'relay-2',
      writtenOn: now - 10 * MINUTE,
      destinations: [destinationRecord('hook', { oldestSeconds: 90_000 })],
    });
    await ports.documents.put(
      'breakers/hook',
      {
        since: now - 20 * MINUTE,
        failures: 7,
        openUntil: now + MINUTE,
        code: 'not_authorized',
        message: `The receiver answered 503: authorization: ${TOKEN}`,
      },
      undefined,
    );
  });

  it('adds up both, and trusts the age of what waits only of the living one', async () => {
    const now = await setting.view<NowView>('now');
    expect(now.processes?.map(({ host, state }) => [host, state])).toEqual([
      ['relay-1', 'alive'],
      ['relay-2', 'stale'],
    ]);
    const hook = hookOf(now);
    expect(hook?.oldestSeconds).toBe(7);
    expect(hook?.delivered?.counts.at(-20)).toBe(1_200);
    expect(hook?.delivered?.counts.at(-2)).toBe(600);
    expect((now.totals?.knownTo ?? 0) - (now.totals?.knownFrom ?? 0)).toBeGreaterThan(1.9 * HOUR_MS);
  });

  it('tells the flow of tables and destinations since the same hour', async () => {
    const { flow, at } = await setting.view<NowView>('now');
    expect(flow?.since).toBe(Math.floor(at / HOUR_MS) * HOUR_MS - HOUR_MS);
    expect(flow?.tables.map(({ name }) => name)).toEqual(['DeviceProcessEvents', 'DeviceInfo']);
    expect(flow?.tables[1]).toMatchObject({ rows: 2_000, filtered: 500, alerts: 2 });
    const minutesSince = Math.floor((at - (flow?.since ?? 0)) / MINUTE);
    expect(flow?.destinations[0]?.rows).toBeGreaterThan(minutesSince * 600);
  });

  it('says why a destination is out of service, without its secrets', async () => {
    const now = await setting.view<NowView>('now');
    expect(hookOf(now)?.breaker).toMatchObject({ code: 'not_authorized' });
    expect(JSON.stringify(now)).not.toContain(TOKEN);
    const attention = await setting.view<AttentionView>('attention');
    expect(attention.items[0]).toMatchObject({ tone: 'bad', page: 'destinations' });
    expect(texts(attention)[0]).toMatch(/^Hook has been out of service for 20m.* \(not_authorized\)\.$/);
    expect(texts(attention)).toContainEqual(
      expect.stringMatching(/^The process on relay-2 has not written for 10m/),
    );
  });

  it('tells what waits in the queue and the dead letters', async () => {
    const attention = await setting.view<AttentionView>('attention');
    expect(attention.queue).toEqual({ ready: 0, poison: 0 });
    expect(attention.deadLetters).toEqual({ total: 0, more: false });
    expect(attention.waiting).toEqual([]);
    expect(attention.unknown).toEqual([]);
  });

  it('tells of tables, and of what reads their columns', async () => {
    const { tables, silent } = await setting.view<TablesView>('tables');
    expect(silent).toMatchObject({ count: 1, host: 'relay-2', isReplaced: true });
    expect(tables?.map(({ name, columnBytes }) => [name, columnBytes])).toEqual([
      ['DeviceProcessEvents', 1_000],
      ['DeviceInfo', 0],
    ]);
    expect(tables?.[0]?.latency.p50).toBeLessThanOrEqual(30);
    const without = await setting.view<ColumnsView>('tables/columns', { table: 'DeviceProcessEvents' });
    expect(without.columns.map(({ use }) => use)).toEqual(['unknown', 'unknown', 'unknown']);

    await setting.rules({ 'detections/copies.yml': RULE });
    const { columns } = await setting.view<ColumnsView>('tables/columns', { table: 'DeviceProcessEvents' });
    expect(columns.map(({ name, use }) => [name, use])).toEqual([
      ['ProcessCommandLine', expect.any(String)],
      ['FolderPath', 'read'],
      ['other', 'unknown'],
    ]);
    expect(columns[1]?.readers.join()).toContain('Shadow copies deleted');
    await expect(setting.view('tables/columns', { table: 'Nothing' })).rejects.toMatchObject({
      code: 'unknown_table',
    });
    await expect(setting.view('tables', { from: '1' })).rejects.toThrow();
  });

  it('names a process that was killed hours ago nowhere, while a consumer is alive', async () => {
    const { documents, clock } = setting.ports;
    const old = clock.now() - 2 * HOUR_MS;
    await putActivity(documents, clock.now(), { host: 'relay-0', writtenOn: old });
    const shown = async () => [
      (await setting.view<TablesView>('tables')).silent,
      (await setting.view<AttentionView>('attention')).silent,
      (await setting.view<DestinationsView>('destinations')).processes?.silent,
    ];
    for (const silent of await shown()) expect(silent).toMatchObject({ count: 1, host: 'relay-2' });

    // An endpoint or a console alone has no rows: it does not stand in for a consumer.
    for await (const name of documents.list(ACTIVITY_FOLDER)) await documents.remove(name);
    await putActivity(documents, clock.now(), { host: 'relay-0', writtenOn: old });
    await putActivity(documents, clock.now(), { host: 'endpoint', consumes: false });
    for (const silent of await shown()) {
      expect(silent).toMatchObject({ count: 1, host: 'relay-0', isReplaced: false });
    }
    const now = await setting.view<NowView>('now');
    expect(hookOf(now)).not.toHaveProperty('oldestSeconds');
    expect(now.totals?.knownTo).toBe(old);
    expect(texts(await setting.view<AttentionView>('attention'))).toContainEqual(
      expect.stringMatching(
        /^No consumer of the relay is alive: the process on relay-0 has not written for 2h/,
      ),
    );
  });

  it('says how many processes it did not look at, and claims nothing of them', async () => {
    const { documents, clock } = setting.ports;
    for await (const name of documents.list(ACTIVITY_FOLDER)) await documents.remove(name);
    const now = clock.now();
    await putActivity(documents, now, { host: 'long-lived', startedOn: now - 9 * HOUR_MS });
    const crashed = { writtenOn: now - 5 * MINUTE, startedOn: now - 6 * MINUTE, hits: [] };
    await Promise.all(Array.from({ length: 100 }, () => putActivity(documents, now, crashed)));
    const sentence =
      'Only the 100 processes, or isolates of a Worker, that started last are looked at: the figures lack one that started before them.';
    expect((await setting.view<NowView>('now')).trouble).toEqual([sentence]);
    expect((await setting.view<TablesView>('tables')).trouble).toEqual([sentence]);
    expect((await setting.view<DestinationsView>('destinations')).trouble).toEqual([sentence]);
    expect((await setting.view<RulesPage>('rules')).troubles.join()).toContain(sentence);
    const attention = await setting.view<AttentionView>('attention');
    expect(texts(attention)).toContain(sentence);
    expect(attention.silent).toMatchObject({ count: 100 });
    expect(attention.silent).not.toHaveProperty('isReplaced');
    expect(texts(attention).join()).not.toContain('No consumer');
  });

  it('says so where the state does not answer', async () => {
    await setting.stop();
    const now = await setting.view<NowView>('now');
    expect(now).not.toHaveProperty('processes');
    expect(now).not.toHaveProperty('totals');
    expect(hookOf(now)).toEqual({ name: 'hook' });
    expect(now.trouble).toHaveLength(2);
    const attention = await setting.view<AttentionView>('attention');
    expect(attention).not.toHaveProperty('queue');
    expect(attention).not.toHaveProperty('deadLetters');
    expect(attention.items.length).toBeGreaterThan(0);
  }, 120_000);
});
