import { describe, expect, it } from 'vitest';
import { FakeClock } from '../../../lab/clock/fake-clock.ts';
import { createMemoryBlobStore } from '../../../lab/memory/blob-store.ts';
import { createMemoryStateDocuments } from '../../../lab/memory/state-documents.ts';
import { recordingMetrics } from '../../../lab/recording-metrics.ts';
import { silentLogger } from '../../../lab/silent.ts';
import { followContainer } from '../../../src/hosts/node/rules.ts';
import { LiveRules, RULES_DOCUMENT } from '../../../src/relay/rule-sets/live-rules.ts';
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
  const rules = new LiveRules({ context, documents, clock, logger: silentLogger, metrics });
  return { clock, documents, metrics, rules };
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
    const { rules, documents } = live();
    await rules.offer(file(GOOD));
    const { version } = rules.current();
    await rules.offer(file(BAD));
    expect(rules.current().version).toBe(version);
    expect(rules.status.refused?.message).toContain('NoSuchColumn');
    expect(rules.status.refused?.message).toContain('DeviceEvents.yaml:3');
    expect((await documents.get(RULES_DOCUMENT))?.value).toMatchObject({ version, refused: {} });

    await rules.offer(file(GOOD));
    expect(rules.status).not.toHaveProperty('refused');
    expect((await documents.get(RULES_DOCUMENT))?.value).not.toHaveProperty('refused');
  });

  it('does not begin with a bad set', async () => {
    const { rules } = live();
    await expect(rules.offer(file(BAD))).rejects.toMatchObject({ code: 'rules_invalid' });
    expect(rules.current).toThrow('No rules were loaded yet');
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
