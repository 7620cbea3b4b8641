/** Feeds that have an interval are pulled when they are due, by one consumer. */
import { mkdtemp, readFile, rm, stat } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { FakeClock } from '../../../lab/clock/fake-clock.ts';
import { createMemoryCheckpointStore } from '../../../lab/memory/checkpoint-store.ts';
import { createMemoryStateDocuments } from '../../../lab/memory/state-documents.ts';
import { recordingMetrics } from '../../../lab/recording-metrics.ts';
import { silentLogger } from '../../../lab/silent.ts';
import { listFeedConfig } from '../../../src/config/list-feeds.ts';
import { nodeHttpClient } from '../../../src/hosts/node/http.ts';
import { folderListStore } from '../../../src/hosts/node/list-folder.ts';
import { FeedSchedule, pauseAfter } from '../../../src/relay/list-feeds/scheduled.ts';
import { folderTurns, type PullTurns, sharedTurns } from '../../../src/relay/list-feeds/turns.ts';
import { feedRecords } from '../../../src/relay/rule-sets/feed-records.ts';
import { writeFiles } from './write-files.ts';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const NEVER = new AbortController().signal;

let origin = '';
let status = 200;
let asked: string[] = [];
const server = createServer((request, response) => {
  asked.push(request.url ?? '');
  response.writeHead(status).end(`192.0.2.${asked.length}\n`);
});
beforeAll(async () => {
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterAll(() => server.close());

async function setting() {
  asked = [];
  status = 200;
  const directory = await mkdtemp(join(tmpdir(), 'xdr-relay-due-'));
  onTestFinished(() => rm(directory, { recursive: true, force: true }));
  await writeFiles(directory, { 'lists/lists.yaml': 'lists: { c2: { type: network } }' });
  const clock = new FakeClock(Date.now());
  const documents = createMemoryStateDocuments();
  const checkpoints = createMemoryCheckpointStore({ clock });
  const metrics = recordingMetrics();
  const feed = (every: string | undefined, path = 'c2') =>
    listFeedConfig.parse({
      url: `${origin}/${path}`,
      format: 'text',
      allow_networks: ['127.0.0.0/8'],
      ...(every !== undefined && { every }),
    });
  const deps = (turns: PullTurns) => ({
    store: folderListStore([directory]),
    http: nodeHttpClient,
    clock,
    logger: silentLogger,
    metrics,
    turns,
    hide: (text: string) => text,
  });
  const shared = () => deps(sharedTurns({ account: 'a', documents, checkpoints, clock }));
  const written = async () => (await stat(join(directory, 'lists/c2.csv')).catch(() => undefined))?.mtimeMs;
  const folder = () => deps(folderTurns({ documents, clock, written }));
  return { clock, directory, documents, feed, folder, metrics, shared };
}

describe('a feed with an interval', () => {
  it('is pulled once by several consumers, and again when it is due', async () => {
    const { clock, directory, documents, feed, metrics, shared } = await setting();
    const feeds = { c2: feed('1h'), byHand: feed(undefined, 'other') };
    const consumers = [new FeedSchedule(0), new FeedSchedule(0), new FeedSchedule(0)];
    const look = () => Promise.all(consumers.map((one) => one.pullDue(feeds, shared(), NEVER)));
    await look();
    await look();
    expect(asked).toEqual(['/c2']);
    expect(await readFile(join(directory, 'lists/c2.csv'), 'utf8')).toBe('value\n192.0.2.1\n');
    expect(await feedRecords(documents)).toEqual(new Map([['c2', { at: clock.now(), failures: 0 }]]));
    clock.advance(59 * MINUTE);
    await look();
    expect(asked).toHaveLength(1);
    clock.advance(8 * MINUTE);
    await look();
    await look();
    expect(asked).toHaveLength(2);
    expect(metrics.counter('xdr_relay_list_pulls_total', { list: 'c2', result: 'written' })).toBe(2);
  });

  it('is left longer alone after each failure', async () => {
    const { clock, documents, feed, metrics, shared } = await setting();
    status = 503;
    const one = new FeedSchedule(0);
    const look = () => one.pullDue({ c2: feed('1h') }, shared(), NEVER);
    await look();
    for (const [n, pause] of [5, 10, 20].entries()) {
      clock.advance((pause - 1) * MINUTE);
      await look();
      expect(asked).toHaveLength(n + 1);
      clock.advance(pause * MINUTE);
      await look();
      expect(asked).toHaveLength(n + 2);
    }
    expect((await feedRecords(documents)).get('c2')).toMatchObject({
      failures: 4,
      message: expect.stringContaining('503'),
    });
    expect(metrics.counter('xdr_relay_list_pulls_total', { list: 'c2', result: 'failed' })).toBe(4);
    expect([
      pauseAfter(1, HOUR),
      pauseAfter(99, HOUR),
      pauseAfter(99, 24 * HOUR),
      pauseAfter(0, HOUR),
    ]).toEqual([5 * MINUTE, 6 * HOUR, 24 * HOUR, HOUR]);
  });

  it('is pulled by each process for its own folder, whose files say when, also after a restart', async () => {
    const { clock, documents, feed, folder, shared } = await setting();
    const feeds = { c2: feed('1h') };
    // What another process has pulled into its folder says nothing about this one.
    await shared().turns.record({ list: 'c2', failure: undefined }, ['c2']);
    await new FeedSchedule(0).pullDue(feeds, folder(), NEVER);
    expect(asked).toHaveLength(1);
    clock.advance(MINUTE);
    await new FeedSchedule(0).pullDue(feeds, folder(), NEVER);
    expect(asked).toHaveLength(1);
    clock.advance(2 * HOUR);
    await new FeedSchedule(0).pullDue(feeds, folder(), NEVER);
    expect(asked).toHaveLength(2);
    expect((await feedRecords(documents)).get('c2')).toMatchObject({ failures: 0 });
  });

  it('waits for the next invocation beyond the number that one may pull, and where the state is out of reach', async () => {
    const { clock, feed, shared } = await setting();
    const feeds = { c2: feed('1h'), d3: feed('1h', 'd3') };
    const one = new FeedSchedule(0);
    const failing = shared();
    const record = async () => {
      throw new Error('out of reach');
    };
    await one.pullDue(feeds, { ...failing, turns: { ...failing.turns, record } }, NEVER, 1);
    expect(asked).toEqual(['/c2']);
    // Its record is missing, and it is not asked for again at once.
    await one.pullDue(feeds, shared(), NEVER, 1);
    await one.pullDue(feeds, shared(), NEVER, 1);
    expect(asked).toEqual(['/c2', '/d3']);
    clock.advance(2 * HOUR);
    const stopped = AbortSignal.abort();
    await one.pullDue(feeds, shared(), stopped);
    expect(asked).toHaveLength(2);
  });
});
