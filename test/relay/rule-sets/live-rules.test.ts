import { describe, expect, it } from 'vitest';
import { FakeClock } from '../../../lab/clock/fake-clock.ts';
import { createMemoryBlobStore } from '../../../lab/memory/blob-store.ts';
import { createMemoryStateDocuments } from '../../../lab/memory/state-documents.ts';
import { recordingMetrics } from '../../../lab/recording-metrics.ts';
import { silentLogger } from '../../../lab/silent.ts';
import { followContainer } from '../../../src/hosts/node/rules.ts';
import { LiveRules } from '../../../src/relay/rule-sets/live-rules.ts';
import { liveRulesRecords, TELL_RULES_MS } from '../../../src/relay/rule-sets/records.ts';
import { readRuleContainer } from '../../../src/relay/rule-sets/rule-container.ts';

const file = (text: string) => [{ path: 'DeviceEvents.yaml', text }];
const GOOD = 'table: DeviceEvents\ntransform:\n  - remove: [ReportId]\n';
const BETTER = 'table: DeviceEvents\ntransform:\n  - remove: [DeviceId]\n';
const BAD = 'table: DeviceEvents\ntransform:\n  - remove: [NoSuchColumn]\n';

function live() {
  const clock = new FakeClock(1_000_000);
  const documents = createMemoryStateDocuments();
  const metrics = recordingMetrics();
  const context = { destinations: ['splunk'], defaultDestinations: ['splunk'], alerts: [], variables: {} };
  const host = { kind: 'node', name: 'web-1:4711' } as const;
  const deps = { context, documents, clock, logger: silentLogger, metrics };
  const rules = new LiveRules({ host, ...deps });
  return { clock, deps, documents, metrics, rules, told: () => liveRulesRecords(documents, clock.now()) };
}

describe('LiveRules', () => {
  it('replaces a good set by a good set', async () => {
    const { rules, clock } = live();
    await rules.offer(file(GOOD));
    const first = rules.current().version;
    clock.advance(5_000);
    await rules.offer(file(BETTER));
    expect(rules.current().version).not.toBe(first);
    expect(rules.status).toEqual({ version: rules.current().version, since: 1_005_000 });
  });

  it('keeps a good set when a bad one comes, and says why, until a good one comes', async () => {
    const { clock, rules, told } = live();
    await rules.offer(file(GOOD));
    const { version } = rules.current();
    clock.advance(1_000);
    await rules.offer(file(BAD));
    expect(rules.current().version).toBe(version);
    const error = {
      file: 'DeviceEvents.yaml',
      line: 3,
      column: 14,
      code: 'unknown-column',
      message: expect.stringContaining('"NoSuchColumn"'),
    };
    const refused = { at: 1_001_000, total: 1, errors: [error] };
    expect(rules.status.refused).toEqual(refused);
    expect(await told()).toEqual([
      { host: 'node', name: 'web-1:4711', version, since: 1_000_000, seen: 1_001_000, refused },
    ]);

    await rules.offer(file(GOOD));
    expect(rules.status).not.toHaveProperty('refused');
    expect((await told())[0]).not.toHaveProperty('refused');
  });

  it('does not begin with a bad set', async () => {
    const { rules } = live();
    await expect(rules.offer(file(BAD))).rejects.toMatchObject({ code: 'rules_invalid' });
    expect(rules.current).toThrow('No rules were loaded yet');
  });

  it('tells of a bad set that it cannot begin with', async () => {
    const { rules, told } = live();
    await expect(rules.offer(file(BAD))).rejects.toThrow();
    const [record] = await told();
    expect(record).toMatchObject({ host: 'node', refused: { total: 1 } });
    expect(record).not.toHaveProperty('version');
  });

  it('tells a few mistakes of many', async () => {
    const { rules, told } = live();
    const columns = Array.from({ length: 50 }, (_, n) => `No${n}`).join(', ');
    await expect(
      rules.offer(file(`table: DeviceEvents\ntransform:\n  - remove: [${columns}]\n`)),
    ).rejects.toThrow();
    const [record] = await told();
    expect(record?.refused?.total).toBe(50);
    expect(record?.refused?.errors).toHaveLength(20);
  });

  it('tells of itself while it runs, and no longer afterwards', async () => {
    const { clock, documents, rules, told } = live();
    await documents.put('rules/node-old-1', { host: 'node', name: 'old:1', seen: -100_000_000 }, undefined);
    await documents.put('rules/not-ours', { some: 'thing' }, undefined);
    const stop = new AbortController();
    await rules.offer(file(GOOD));
    const ended = rules.tellRegularly(stop.signal);
    await expect.poll(() => clock.sleeps.length).toBe(1);
    expect(await documents.get('rules/node-old-1')).toBeUndefined();
    expect(await documents.get('rules/not-ours')).toBeDefined();
    for (let n = 0; n < 4; n++) {
      clock.advance(TELL_RULES_MS);
      await expect.poll(() => clock.sleeps.length).toBe(n + 2);
      expect((await told())[0]?.seen).toBe(clock.now());
    }
    expect(await told()).toHaveLength(1);
    stop.abort();
    await ended;
    expect(await told()).toEqual([]);
  });

  it('is no longer shown when it was silent for a while', async () => {
    const { clock, rules, told } = live();
    await rules.offer(file(GOOD));
    clock.advance(15 * 60_000);
    expect(await told()).toHaveLength(1);
    clock.advance(1);
    expect(await told()).toEqual([]);
  });

  it('of a Worker is one record of all isolates, in force since the first of them had it', async () => {
    const { clock, deps, told } = live();
    const isolate = () => new LiveRules({ host: { kind: 'worker' }, ...deps });
    const [first, second, third] = [isolate(), isolate(), isolate()];
    await first.offer(file(GOOD));
    clock.advance(60_000);
    await second.offer(file(GOOD));
    const { version } = second.current();
    expect(await told()).toEqual([{ host: 'worker', version, since: 1_000_000, seen: 1_060_000 }]);
    // A new isolate finds rules with a mistake, while others go on with the good ones.
    await expect(third.offer(file(BAD))).rejects.toThrow();
    expect(await told()).toMatchObject([{ version, since: 1_000_000, refused: { total: 1 } }]);
    await second.offer(file(BETTER));
    expect(await told()).toEqual([
      { host: 'worker', version: second.current().version, since: 1_060_000, seen: 1_060_000 },
    ]);
  });
});

describe('a container of rule files', () => {
  it('is read again only when a name or an ETag changed', async () => {
    const blobs = createMemoryBlobStore();
    blobs.createContainer('rules');
    expect(await readRuleContainer(blobs, 'rules', undefined)).toMatchObject({ files: [] });
    blobs.put('rules', 'DeviceEvents.yaml', Buffer.from(GOOD));
    blobs.put('rules', 'detections/a.yml', Buffer.from('title: a'));
    blobs.put('rules', 'README.md', Buffer.from('no rule'));
    const first = await readRuleContainer(blobs, 'rules', undefined);
    expect(first?.files).toEqual([
      { path: 'DeviceEvents.yaml', text: GOOD },
      { path: 'detections/a.yml', text: 'title: a' },
    ]);
    expect(await readRuleContainer(blobs, 'rules', first?.signature)).toBeUndefined();
    blobs.put('rules', 'DeviceEvents.yaml', Buffer.from(BETTER));
    expect((await readRuleContainer(blobs, 'rules', first?.signature))?.files[0]?.text).toBe(BETTER);
  });

  it('is followed', async () => {
    const { rules, clock } = live();
    const blobs = createMemoryBlobStore();
    blobs.put('rules', 'DeviceEvents.yaml', Buffer.from(GOOD));
    const stop = new AbortController();
    const source = { blobs, container: 'rules', pollMs: 30_000, clock, logger: silentLogger };
    await followContainer(rules, source, stop.signal);
    const first = rules.current().version;
    blobs.put('rules', 'DeviceEvents.yaml', Buffer.from(BETTER));
    clock.advance(30_000);
    await expect.poll(() => rules.current().version).not.toBe(first);
    stop.abort();
  });
});
