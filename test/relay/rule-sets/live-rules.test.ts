import { mkdir, mkdtemp, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, vi } from 'vitest';
import { FakeClock } from '../../../lab/clock/fake-clock.ts';
import { createMemoryBlobStore } from '../../../lab/memory/blob-store.ts';
import { createMemoryStateDocuments } from '../../../lab/memory/state-documents.ts';
import { recordingMetrics } from '../../../lab/recording-metrics.ts';
import { silentLogger } from '../../../lab/silent.ts';
import { BlobError } from '../../../src/blobs/errors.ts';
import type { BlobStore } from '../../../src/blobs/port.ts';
import type { StateDocuments } from '../../../src/checkpoints/documents.ts';
import { CheckpointError } from '../../../src/checkpoints/errors.ts';
import { followContainer, followFolders } from '../../../src/hosts/node/rules.ts';
import { Start } from '../../../src/hosts/node/start.ts';
import { loadLastGood } from '../../../src/relay/rule-sets/last-good.ts';
import { LiveRules, type LiveRulesDeps } from '../../../src/relay/rule-sets/live-rules.ts';
import { liveRulesRecords, TELL_RULES_MS } from '../../../src/relay/rule-sets/records.ts';
import { RuleContainerError, readRuleContainer } from '../../../src/relay/rule-sets/rule-container.ts';

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
  const deps = { context, strict: false, documents, clock, logger: silentLogger, metrics };
  const rules = new LiveRules({ host, ...deps });
  /** Another consumer with the same state. */
  const another = (over: Partial<LiveRulesDeps> = {}) =>
    new LiveRules({ host: { kind: 'node', name: 'web-2:8' }, ...deps, ...over });
  return {
    another,
    clock,
    deps,
    documents,
    metrics,
    rules,
    told: () => liveRulesRecords(documents, clock.now()),
  };
}

const RULE = `title: Whoami
logsource: { category: process_creation }
detection: { selection: { Image: x }, condition: selection }
level: low
`;
const EXCEPTION = `exceptions:
  - { title: Known, rules: Whoami, detection: { a: { DeviceName: b }, condition: a }, owner: soc, expires: "1970-01-01T00:20:00Z" }
`;

describe('the lists of a new set', () => {
  it('are not compiled again where their files are the same', async () => {
    const { rules } = live();
    const list = { path: 'lists/tools.txt', text: 'mimikatz.exe\n' };
    await rules.offer([...file(GOOD), list]);
    const [before] = rules.current().lists ?? expect.fail('no lists');
    await rules.offer([...file(BETTER), { ...list }]);
    expect(rules.current().lists?.[0]).toBe(before);
    rules.prepare({
      destinations: ['splunk', 'chat'],
      defaultDestinations: ['splunk'],
      alerts: [],
      variables: {},
    })();
    expect(rules.current().lists?.[0]).toBe(before);
  });
});

describe('exceptions that end', () => {
  it('are counted and logged when they do, once and without a new set', async () => {
    const { clock, deps, metrics } = live();
    const logged: string[] = [];
    const logger = {
      ...silentLogger,
      warn: (text: string, fields?: object) => logged.push(`${text} ${JSON.stringify(fields)}`),
    };
    const host = { kind: 'node', name: 'web-1:4711' } as const;
    const context = { ...deps.context, now: () => clock.now() };
    const rules = new LiveRules({ host, ...deps, context, logger });
    await rules.offer([
      { path: 'detections/whoami.yml', text: RULE },
      { path: 'exceptions/known.yml', text: EXCEPTION },
    ]);
    const gauges = () =>
      (['expired', 'ending'] as const).map((name) => metrics.gaugeValue(`xdr_relay_exceptions_${name}`));
    expect(gauges()).toEqual([0, 1]);
    expect(logged).toEqual([]);
    for (let look = 0; look < 3; look++) {
      clock.advance(TELL_RULES_MS);
      await rules.tell();
    }
    expect(gauges()).toEqual([1, 0]);
    expect(logged).toEqual([
      'An exception has expired: the alerts that it suppressed are raised again {"exception":"Known","file":"exceptions/known.yml","expires":"1970-01-01T00:20:00Z","owner":"soc"}',
    ]);
  });
});

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
      length: 12,
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

  it('takes a changed mapping of a shape, and none that has a mistake', async () => {
    const { rules } = live();
    const mapped = (field: string) => [
      ...file(GOOD),
      { path: 'shapes/ecs/DeviceEvents.yaml', text: `table: DeviceEvents\ncolumns:\n  DeviceId: ${field}\n` },
    ];
    const event = () => {
      const { shapes } = rules.current();
      const head = {
        id: 'i',
        time: '2026-11-25T10:00:00Z',
        table: 'DeviceEvents',
        source: { blob: 'c/b', offset: 0 },
      };
      return JSON.parse(shapes?.text('ecs', { DeviceId: 'd1' }, head) ?? '') as unknown;
    };
    await rules.offer(mapped('host.name'));
    expect(event()).toMatchObject({ host: { name: 'd1' } });
    await rules.offer(mapped('host.nam'));
    expect(event()).toMatchObject({ host: { name: 'd1' } });
    expect(rules.status.refused?.errors).toMatchObject([
      { file: 'shapes/ecs/DeviceEvents.yaml', line: 3, column: 13 },
    ]);
    await rules.offer(mapped('host.type'));
    expect(event()).toMatchObject({ host: { type: 'd1' } });
    expect(rules.status).not.toHaveProperty('refused');
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
    await third.offer(file(BAD));
    expect(await told()).toMatchObject([
      { version, since: 1_000_000, kept: 1_000_000, refused: { total: 1 } },
    ]);
    await second.offer(file(BETTER));
    expect(await told()).toEqual([
      { host: 'worker', version: second.current().version, since: 1_060_000, seen: 1_060_000 },
    ]);
  });
});

describe('the last good set', () => {
  it('stands in for a set with errors at the start, until that is mended', async () => {
    const { another, clock, metrics, rules, told } = live();
    await rules.offer(file(GOOD));
    const { version } = rules.current();
    clock.advance(60_000);
    const next = another();
    await next.offer(file(BAD));
    expect(next.current().version).toBe(version);
    expect(next.status).toMatchObject({ version, kept: 1_000_000, since: 1_060_000, refused: { total: 1 } });
    expect((await told()).find(({ name }) => name === 'web-2:8')).toMatchObject({ version, kept: 1_000_000 });
    expect(metrics.gaugeValue('xdr_relay_rules_refused')).toBe(1);

    await next.offer(file(BETTER));
    expect(next.status).toEqual({ version: next.current().version, since: 1_060_000 });
    expect(metrics.gaugeValue('xdr_relay_rules_refused')).toBe(0);
  });

  it('is the one that came into force last, whichever consumer had it', async () => {
    const { another, documents, rules } = live();
    await rules.offer(file(GOOD));
    await another().offer(file(BETTER));
    // What this one has had all along is not the news.
    await rules.offer(file(BAD));
    await rules.offer(file(GOOD));
    expect((await loadLastGood(documents))?.files).toEqual(file(BETTER));
  });

  it('does not stand in where rules are strict', async () => {
    const { another, rules, told } = live();
    await rules.offer(file(GOOD));
    const strict = another({ strict: true });
    await expect(strict.offer(file(BAD))).rejects.toMatchObject({ code: 'rules_invalid' });
    expect((await told()).find(({ name }) => name === 'web-2:8')).not.toHaveProperty('version');
    // Nor does it keep a set that is in force from staying there.
    await strict.offer(file(BETTER));
    await strict.offer(file(BAD));
    expect(strict.current().version).toBeDefined();
  });

  it('that does not load either holds the start, and says why of both', async () => {
    const { another, metrics, rules, told } = live();
    const routed = 'table: DeviceEvents\nroutes:\n  - to: splunk\n';
    await rules.offer(file(routed));
    const context = { destinations: ['hook'], defaultDestinations: ['hook'], alerts: [], variables: {} };
    const next = another({ context });
    await expect(next.offer(file(BAD))).rejects.toMatchObject({
      code: 'rules_held',
      message: expect.stringMatching(/no column "NoSuchColumn".*names no destination/),
    });
    expect(next.hasRules).toBe(false);
    expect(next.current).toThrow();
    const record = (await told()).find(({ name }) => name === 'web-2:8');
    expect(record).toMatchObject({
      refused: { total: 1, lastGood: expect.stringContaining('names no destination') },
    });
    expect(record).not.toHaveProperty('version');
    expect(metrics.gaugeValue('xdr_relay_rules_refused')).toBe(1);

    await next.offer(file(GOOD));
    expect(next.status).not.toHaveProperty('refused');
  });

  it('stands in for rules that cannot be read', async () => {
    const { another, rules } = live();
    const trouble = new RuleContainerError('rules_too_large', 'rules has more than 20000 rule files');
    await expect(another().refuse(trouble)).rejects.toBe(trouble);
    await rules.offer(file(GOOD));
    const next = another();
    await next.refuse(trouble);
    expect(next.status).toMatchObject({
      version: rules.current().version,
      refused: {
        total: 1,
        errors: [{ code: 'rules_too_large', message: 'rules has more than 20000 rule files' }],
      },
    });
  });

  it('is waited for no longer than a minute; then the state counts as out of reach', async () => {
    const { another, clock, documents, rules } = live();
    await rules.offer(file(GOOD));
    const get = () => new Promise<never>(() => {});
    const offered = another({ documents: { ...documents, get } }).offer(file(BAD));
    const failed = expect(offered).rejects.toMatchObject({ code: 'storage_unavailable' });
    await clock.run(60_000);
    await failed;
  });

  it('is kept later where it cannot be kept at once, and rules are in force meanwhile', async () => {
    const { another, clock, documents } = live();
    let isDown = true;
    const put: StateDocuments['put'] = async (name, value, etag) => {
      if (isDown) throw new CheckpointError('storage_unavailable', 'down');
      return documents.put(name, value, etag);
    };
    const next = another({ documents: { ...documents, put } });
    await next.offer(file(GOOD));
    expect(next.hasRules).toBe(true);
    expect(await loadLastGood(documents)).toBeUndefined();
    isDown = false;
    clock.advance(TELL_RULES_MS);
    await next.tell();
    expect((await loadLastGood(documents))?.version).toBe(next.current().version);
  });
});

describe('a set without a single file', () => {
  const emptied = { total: 1, errors: [{ code: 'rules_emptied', message: expect.any(String) }] };

  it('does not replace rules that are in force, and is told like one with errors', async () => {
    const { documents, metrics, rules, told } = live();
    await rules.offer(file(GOOD));
    const { version } = rules.current();
    await rules.offer([]);
    expect(rules.current().version).toBe(version);
    expect(rules.status).toMatchObject({ version, refused: emptied });
    expect(await told()).toMatchObject([{ version, refused: emptied }]);
    expect(metrics.gaugeValue('xdr_relay_rules_refused')).toBe(1);
    expect((await loadLastGood(documents))?.files).toEqual(file(GOOD));

    await rules.offer(file(GOOD));
    expect(rules.status).not.toHaveProperty('refused');
    expect(metrics.gaugeValue('xdr_relay_rules_refused')).toBe(0);
  });

  it('does not replace the last good ones at a start', async () => {
    const { another, documents, rules } = live();
    await rules.offer(file(GOOD));
    const { version } = rules.current();
    const next = another();
    await next.offer([]);
    expect(next.status).toMatchObject({ version, kept: 1_000_000, refused: emptied });
    expect((await loadLastGood(documents))?.version).toBe(version);
    const strict = another({ strict: true });
    await expect(strict.offer([])).rejects.toMatchObject({ code: 'rules_emptied' });
    expect(strict.hasRules).toBe(false);
  });

  it('holds the start where the last good ones cannot be read: they may have been rules', async () => {
    const { documents, metrics, rules } = live();
    await documents.put('last-good-rules', { v: 1, other: true }, undefined);
    await expect(rules.offer([])).rejects.toMatchObject({ code: 'rules_held' });
    expect(rules.hasRules).toBe(false);
    expect(metrics.gaugeValue('xdr_relay_rules_refused')).toBe(1);
  });

  it('is in force at a first start, with a warning, and at the starts after it', async () => {
    const warnings: string[] = [];
    const logger = { ...silentLogger, warn: (message: string) => void warnings.push(message) };
    const { another } = live();
    const first = another({ logger });
    await first.offer([]);
    expect(first.status).not.toHaveProperty('refused');
    expect(warnings).toEqual([expect.stringMatching(/no rule files.*default destinations/)]);
    await first.offer([]);
    expect(warnings).toHaveLength(1);
    const second = another({ logger });
    await second.offer([]);
    expect(second.hasRules).toBe(true);
    expect(warnings).toHaveLength(2);
    // Rules that come are taken, and count from then on.
    await second.offer(file(GOOD));
    await second.offer([]);
    expect(second.status.refused).toMatchObject(emptied);
  });
});

describe('one of several folders that has become empty', () => {
  const OTHER = { path: 'detections/whoami.yml', text: RULE };
  const whole = [...file(GOOD), OTHER];
  const folders = (own: number, others: number) => [
    { name: '/rules/own', files: own },
    { name: '/rules/others', files: others },
  ];
  const emptied = {
    total: 1,
    errors: [{ code: 'rules_emptied', message: expect.stringContaining('/rules/others') }],
  };

  it('keeps all rules in force, and is told by name, until it has files or is not used any more', async () => {
    const { documents, rules } = live();
    await rules.offer(whole, undefined, folders(1, 1));
    const { version } = rules.current();
    await rules.offer(file(GOOD), undefined, folders(1, 0));
    expect(rules.status).toMatchObject({ version, refused: emptied });
    expect(rules.status.refused?.errors[0]?.message).not.toContain('/rules/own');
    // A change of relay.yaml compiles the files that were found last only if they are whole.
    rules.prepare({ destinations: ['splunk'], defaultDestinations: [], alerts: [], variables: {} })();
    expect(rules.status).toMatchObject({ refused: emptied });
    expect(rules.current().lists).toBeDefined();
    expect((await loadLastGood(documents))?.files).toEqual(whole);

    await rules.offer(whole, undefined, folders(1, 1));
    expect(rules.status).not.toHaveProperty('refused');
    await rules.offer(file(GOOD));
    expect(rules.status).not.toHaveProperty('refused');
    expect(rules.current().version).not.toBe(version);
  });

  it('leads to the last good rules at a start', async () => {
    const { another, rules } = live();
    await rules.offer(whole, undefined, folders(1, 1));
    const next = another();
    await next.offer(file(GOOD), undefined, folders(1, 0));
    expect(next.status).toMatchObject({
      version: rules.current().version,
      kept: 1_000_000,
      refused: emptied,
    });
    // It stays so while the folder is empty.
    await next.offer(file(BETTER), undefined, folders(1, 0));
    expect(next.status).toMatchObject({ version: rules.current().version, refused: emptied });
    const elsewhere = another();
    await elsewhere.offer(file(GOOD), undefined, [{ name: '/rules/own', files: 1 }]);
    expect(elsewhere.status).not.toHaveProperty('refused');
  });

  it('is no mistake of a folder that never had files', async () => {
    const { another, rules } = live();
    for (const one of [rules, another()]) {
      await one.offer(file(GOOD), undefined, folders(1, 0));
      await one.offer(file(BETTER), undefined, folders(1, 0));
      expect(one.status).not.toHaveProperty('refused');
    }
  });

  it('is noticed on the disk, and that it is back', async () => {
    const root = await mkdtemp(join(tmpdir(), 'xdr-relay-layers-'));
    const [own, others] = [join(root, 'own'), join(root, 'others')];
    const stop = new AbortController();
    try {
      for (const folder of [own, others]) await mkdir(folder);
      await writeFile(join(own, 'DeviceEvents.yaml'), GOOD);
      await writeFile(join(others, 'whoami.yml'), RULE);
      const { deps, rules } = live();
      const services = { clock: deps.clock, logger: silentLogger };
      const lookAgain = await followFolders(rules, [own, others], services, stop.signal);
      const { version } = rules.current();
      for (const [gone, code] of [
        [join(others, 'whoami.yml'), 'rules_emptied'],
        [others, 'rules_folder_missing'],
      ] as const) {
        await rename(gone, join(root, 'away'));
        lookAgain();
        await vi.waitFor(() => expect(rules.status.refused?.errors[0]).toMatchObject({ code }), 30_000);
        expect(rules.status.refused?.errors[0]?.message).toContain(others);
        expect(rules.current().version).toBe(version);
        await rename(join(root, 'away'), gone);
        await vi.waitFor(async () => {
          await deps.clock.advance(61_000);
          expect(rules.status).not.toHaveProperty('refused');
        }, 30_000);
      }
    } finally {
      stop.abort();
      await rm(root, { recursive: true, force: true });
    }
  });
});

describe('a folder of rule files', () => {
  it('is not watched by a process that is told to end while it reads the folder, which would run on for the watch', async () => {
    const root = await mkdtemp(join(tmpdir(), 'xdr-relay-ending-'));
    const watches = () => process.getActiveResourcesInfo().filter((name) => name === 'FSEventWrap').length;
    const stop = new AbortController();
    try {
      await writeFile(join(root, 'DeviceEvents.yaml'), GOOD);
      const { deps, rules } = live();
      const before = watches();
      const following = followFolders(
        rules,
        [root],
        { clock: deps.clock, logger: silentLogger },
        stop.signal,
      );
      stop.abort(new Error('the process ends'));
      await expect(following).rejects.toThrow('the process ends');
      expect(watches()).toBe(before);
    } finally {
      await rm(root, { recursive: true, force: true });
    }
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
      { path: 'DeviceEvents.yaml', text: GOOD, modified: expect.any(Number) },
      { path: 'detections/a.yml', text: 'title: a', modified: expect.any(Number) },
    ]);
    expect(await readRuleContainer(blobs, 'rules', first?.signature)).toBeUndefined();
    blobs.put('rules', 'DeviceEvents.yaml', Buffer.from(BETTER));
    expect((await readRuleContainer(blobs, 'rules', first?.signature))?.files[0]?.text).toBe(BETTER);
  });

  it('of lists that a Worker cannot hold is refused before it is read', async () => {
    const blobs = createMemoryBlobStore();
    blobs.put('rules', 'DeviceEvents.yaml', Buffer.from(GOOD));
    blobs.put('rules', 'lists/tools.txt', Buffer.from('a.exe\n'.repeat(100)));
    blobs.put('rules', 'lists/.feeds/tools.json', Buffer.from('{}'));
    const read = (mostListBytes: number) => readRuleContainer(blobs, 'rules', undefined, { mostListBytes });
    expect((await read(600))?.files.map(({ path }) => path)).toEqual([
      'DeviceEvents.yaml',
      'lists/tools.txt',
    ]);
    await expect(read(599)).rejects.toMatchObject({
      code: 'rules_too_large',
      message: expect.stringContaining('a Worker holds at most'),
    });
  });

  /** What holds after a look at the container: the one before may not have ended yet, and then the time that passes is lost. */
  function nextLook<T>(clock: FakeClock, of: () => T): T {
    clock.advance(30_000);
    return of();
  }

  it('is followed', async () => {
    const { rules, clock } = live();
    const blobs = createMemoryBlobStore();
    blobs.put('rules', 'DeviceEvents.yaml', Buffer.from(GOOD));
    const stop = new AbortController();
    const source = { blobs, container: 'rules', pollMs: 30_000, clock, logger: silentLogger };
    await followContainer(rules, source, stop.signal);
    const first = rules.current().version;
    blobs.put('rules', 'DeviceEvents.yaml', Buffer.from(BETTER));
    await expect.poll(() => nextLook(clock, () => rules.current()).version).not.toBe(first);
    stop.abort();
  });

  /** A store of which the container of rules answers as one without the role, or as one that is not there. */
  function failing(code: 'blob_gone' | 'blob_forbidden') {
    const blobs = createMemoryBlobStore();
    let isFailing = true;
    const list: BlobStore['list'] = async function* (...args) {
      if (isFailing) throw new BlobError(code, 'no');
      yield* blobs.list(...args);
    };
    return {
      blobs,
      store: { ...blobs, list },
      fails: (yes: boolean) => {
        isFailing = yes;
      },
    };
  }

  it.each(['blob_gone', 'blob_forbidden'] as const)(
    '%s at a start: the last good set stands in for it, until it can be read',
    async (code) => {
      const { another, clock, metrics, rules } = live();
      await rules.offer(file(GOOD));
      const { version } = rules.current();
      const { blobs, store, fails } = failing(code);
      blobs.put('rules', 'DeviceEvents.yaml', Buffer.from(BETTER));
      const next = another();
      const stop = new AbortController();
      const source = { blobs: store, container: 'rules', pollMs: 30_000, clock, logger: silentLogger };
      await followContainer(next, source, stop.signal);
      expect(next.status).toMatchObject({
        version,
        kept: 1_000_000,
        refused: { errors: [{ code: 'rules_container_unreadable' }] },
      });
      fails(false);
      await expect.poll(() => nextLook(clock, () => next.current()).version).not.toBe(version);
      expect(metrics.gaugeValue('xdr_relay_rules_refused')).toBe(0);

      // While it runs it is told too, and mended when the same files can be read again.
      fails(true);
      await expect.poll(() => nextLook(clock, () => next.status.refused)).toMatchObject({ total: 1 });
      fails(false);
      await expect.poll(() => nextLook(clock, () => next.status)).not.toHaveProperty('refused');
      stop.abort();
    },
  );

  it('that cannot be read is waited for where no set was ever kept', async () => {
    const { clock, rules } = live();
    const { store } = failing('blob_gone');
    const source = { blobs: store, container: 'rules', pollMs: 30_000, clock, logger: silentLogger };
    const stop = new AbortController();
    await expect(followContainer(rules, source, stop.signal)).rejects.toMatchObject({
      code: 'rules_container_unreadable',
    });
    const start = new Start({ clock, logger: silentLogger });
    const waiting = start.until(() => followContainer(rules, source, stop.signal), stop.signal);
    const ended = expect(waiting).rejects.toThrow('stopped');
    await expect.poll(() => clock.sleeps.length).toBe(1);
    stop.abort(new Error('stopped'));
    await ended;
  });
});
