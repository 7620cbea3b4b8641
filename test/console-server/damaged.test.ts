/** What pages show where something else has damaged documents of the state: which, and everything else. */
import { BlobServiceClient } from '@azure/storage-blob';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { AlertsPage, SilencesPage } from '../../src/console/model/alerts.ts';
import type { AttentionView } from '../../src/console/model/attention.ts';
import type { CaptureView } from '../../src/console/model/capture.ts';
import type { DestinationsView } from '../../src/console/model/destinations.ts';
import type { NowView } from '../../src/console/model/now.ts';
import type { RuleFiles, RulesPage } from '../../src/console/model/rules.ts';
import type { TablesView } from '../../src/console/model/tables.ts';
import { tellRules } from '../../src/relay/rule-sets/records.ts';
import { batchOf, START, world } from '../relay/alerts/world.ts';
import { destinationRecord, putActivity, tableRecord } from './activity-document.ts';
import { type ConsoleSetting, startConsole } from './setting.ts';

/** JSON that no document is, and bytes that are no JSON. A document may have 1 MiB. */
const DAMAGED = {
  'cut off': '{"v":1,"since":',
  'too long': 'x'.repeat(1_200_000),
};
const STRANGE = {
  'of another type': '["x",{"y":1}]',
  'with keys of prototypes': '{"__proto__":{"v":1,"at":1},"constructor":{"prototype":{"v":1}},"toString":7}',
  'of a later version': '{"v":99,"shards":7,"silences":"all","tables":[]}',
  nothing: 'null',
};
const NAMES = [
  'breakers/hook',
  'holds/hook',
  'alerts/soc/index',
  'silences/active',
  'silences/history',
  'rules/node-web-2-1',
  'activity/mdamaged0-x',
  'capture/deviceevents',
  'console/audit',
  'last-good-rules',
];
const BREAKER = {
  v: 1,
  since: 1,
  openUntil: 2,
  failures: 3,
  code: 'timeout',
  message: 'Splunk did not answer',
};

let setting: ConsoleSetting;

async function damage(name: string, text: string): Promise<void> {
  const service = BlobServiceClient.fromConnectionString(setting.azurite.connectionString);
  const container = service.getContainerClient('xdr-relay-state');
  await container.getBlockBlobClient(`documents/${name}.json`).upload(text, Buffer.byteLength(text));
}

beforeAll(async () => {
  setting = await startConsole('alerts: [{ levels: [high], to: [soc] }]\n', {
    '  hook:': '  soc: { type: slack, webhook_url: "$' + '{SLACK}" }\n  hook:',
  });
  const { documents, clock } = setting.ports;
  const now = clock.now();
  await documents.put('breakers/archive', BREAKER, undefined);
  await tellRules(documents, { kind: 'node', name: 'web-1:1' }, { seen: now, version: 'v1' });
  await putActivity(documents, now, {
    destinations: [destinationRecord('hook', {})],
    tables: [tableRecord('DeviceEvents', {})],
  });
  const alerts = world();
  alerts.clock.advance(Date.now() - START);
  await alerts.consumer(documents).destination.send(
    batchOf([1], () => ({
      rule: { title: 'A rule' },
      level: 'high',
      host: 'pc',
      table: 'DeviceEvents',
      event: {},
    })),
    new AbortController().signal,
  );
});
afterAll(() => setting?.stop());

describe.each(Object.entries({ ...DAMAGED, ...STRANGE }))('documents that are %s', (how, text) => {
  beforeAll(async () => {
    for (const name of NAMES) await damage(name, text);
  });
  const isUnreadable = Object.hasOwn(DAMAGED, how);
  const told = (sentences: readonly string[], name: string) =>
    expect(sentences.some((one) => one.includes(name))).toBe(isUnreadable);

  it('leave the rest of the pages as it is, and are named', async () => {
    const now = await setting.view<NowView>('now');
    const one = (name: string) => now.destinations.find((each) => each.name === name);
    expect(one('archive')?.breaker).toMatchObject({ code: BREAKER.code });
    expect(one('copy')?.breaker).toBeNull();
    // What no process can read is not known to be in service.
    if (isUnreadable) expect(one('hook')).not.toHaveProperty('breaker');
    else expect(one('hook')?.breaker).toBeNull();
    told(now.trouble, 'breakers/hook');
    expect(now.processes).toHaveLength(1);

    const page = await setting.view<DestinationsView>('destinations');
    const state = (name: string) => page.destinations.find((each) => each.name === name)?.state;
    expect(state('archive')).toMatchObject({ kind: 'out' });
    expect(state('copy')).toMatchObject({ kind: 'in_service' });
    expect(state('hook')?.kind).toBe(isUnreadable ? undefined : 'in_service');
    told(page.trouble, 'holds/hook');

    const rules = await setting.view<RulesPage>('rules');
    expect(rules.processes.map(({ process }) => process)).toEqual(['node web-1:1']);
    expect(rules.troubles.join()).toContain('last-good-rules');
    told(rules.troubles, 'rules/node-web-2-1');
    told((await setting.view<RuleFiles>('rules/files')).troubles, 'rules/node-web-2-1');

    const alerts = await setting.view<AlertsPage>('alerts');
    expect(alerts.destinations).toMatchObject([{ name: 'soc' }]);
    told(alerts.troubles, 'alerts/soc/index');
    told(alerts.troubles, 'silences/active');
    const silences = await setting.view<SilencesPage>('alerts/silences');
    expect([silences.active, silences.ended]).toEqual([[], []]);
    told(silences.troubles, 'silences/history');

    expect((await setting.view<TablesView>('tables')).tables).toHaveLength(1);
    expect((await setting.view<CaptureView>('capture', { table: 'deviceevents' })).running).toEqual([]);
    expect(await setting.view('audit')).toEqual({ entries: [] });
    const { items, unknown } = await setting.view<AttentionView>('attention');
    told(
      items.map((item) => item.text),
      'breakers/hook',
    );
    expect(unknown?.includes('breakers')).toBe(isUnreadable);
  });

  it('do not keep a destination from being reset', async () => {
    await setting.act('destinations/reset', { destination: 'hook' });
    expect(await setting.ports.documents.get('breakers/hook')).toBeUndefined();
    expect(await setting.ports.documents.get('holds/hook')).toBeUndefined();
  });
});
