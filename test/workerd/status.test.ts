import { gzipSync } from 'node:zlib';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { createAzureBlobStore } from '../../src/blobs/azure.ts';
import { createAzureCheckpointStore } from '../../src/checkpoints/azure.ts';
import { createAzureStateDocuments } from '../../src/checkpoints/documents-azure.ts';
import { liveRulesRecords } from '../../src/relay/rule-sets/records.ts';
import { rememberedStart } from '../../src/relay/source/start.ts';
import { audit } from '../../src/relay/status/audit.ts';
import { listLosses } from '../../src/relay/visit/losses.ts';
import { systemClock } from '../../src/shared/clock.ts';
import { KEY, type RelayOptions, rows, startRelay } from './relay.ts';

type Relay = Awaited<ReturnType<typeof startRelay>>;
const open: Relay[] = [];
/** `sweep.interval` where relay.yaml does not set it: the sweeps are due at its multiples. */
const INTERVAL_MS = 10 * 60_000;
const OTHER = 'tenantId=t/y=2026/m=11/d=23/h=08/m=00/PT1H.json.gz';

/** A Worker, and the state that it keeps. */
async function start(options?: RelayOptions) {
  const relay = await startRelay(options);
  open.push(relay);
  const { service, account, stateContainer } = relay;
  return {
    relay,
    blobs: createAzureBlobStore(service, account),
    checkpoints: createAzureCheckpointStore(service, stateContainer),
    documents: createAzureStateDocuments(service, stateContainer),
    /** The figure of the one table, as `/metrics` has it. */
    async gauge(name: string): Promise<string | undefined> {
      const text = await (await relay.fetch(`/metrics?code=${KEY}`)).text();
      return new RegExp(`^${name}\\{table="DeviceEvents"\\} (\\S+)$`, 'm').exec(text)?.[1];
    },
    /** The cron trigger, at a minute when sweeps are due. */
    sweep: (round: number) => relay.scheduled((Math.floor(Date.now() / INTERVAL_MS) + round) * INTERVAL_MS),
  };
}

afterEach(async () => {
  vi.restoreAllMocks();
  for (const relay of open.splice(0)) await relay.close();
});

describe('in a Worker', () => {
  it('a day is proven, compressed blobs included', async () => {
    const { relay, blobs, checkpoints } = await start();
    await relay.append(rows(0, 300) + rows(300, 310, { ActionType: 'Noise' }));
    const zipped = gzipSync(rows(400, 450));
    await relay.service.getContainerClient(relay.container).getBlockBlobClient(OTHER).uploadData(zipped);
    await relay.notify();
    await relay.notify(OTHER);
    await relay.work();
    const report = await audit(
      { blobs, checkpoints, clock: systemClock },
      {
        containerPrefix: relay.container.replace('deviceevents', ''),
        destinations: ['splunk', 'hook'],
        day: Date.UTC(2026, 10, 23),
        latenessMs: 15 * 60_000,
        signal: new AbortController().signal,
      },
    );
    expect(report.problems).toEqual([]);
    const counts = report.lines.map(({ hour, destination, rows: all, delivered, filtered }) => [
      new Date(hour).getUTCHours(),
      destination,
      all,
      delivered,
      filtered,
    ]);
    expect(counts).toEqual([
      [7, 'hook', 310, 300, 10],
      [7, 'splunk', 310, 300, 10],
      [8, 'hook', 50, 50, 0],
      [8, 'splunk', 50, 50, 0],
    ]);
  });

  it('the cron trigger watches what is deleted, and reports what was', async () => {
    vi.spyOn(console, 'error').mockReturnValue();
    const { relay, documents, gauge, sweep } = await start({
      storage: '  retention: 30d',
      script: { kind: 'first', faults: Array.from({ length: 40 }, () => ({ status: 503 })) },
    });
    await relay.append(rows(0, 10));
    await relay.notify();
    await relay.queue(relay.tasks.deliver(1));
    await sweep(0);
    const seconds = Number(await gauge('xdr_relay_source_deleted_in_seconds'));
    expect(seconds).toBeGreaterThan(29 * 86_400);
    expect(seconds).toBeLessThanOrEqual(30 * 86_400);

    await relay.service
      .getContainerClient(relay.container)
      .deleteBlob('tenantId=t/y=2026/m=11/d=23/h=07/m=00/PT1H.json');
    await relay.notify();
    await relay.queue(relay.tasks.deliver(1));
    const losses = [];
    for await (const { loss } of listLosses(documents)) losses.push(loss);
    expect(losses).toMatchObject([
      { reason: 'deleted', ranges: [{ destination: 'splunk', from: 0, to: rows(0, 10).length }] },
    ]);
  });

  it('a Worker tells which rules it runs: those of its bundle', async () => {
    const { relay, documents } = await start();
    await relay.append(rows(0, 1));
    await relay.notify();
    await relay.work();
    const records = await liveRulesRecords(documents, Date.now());
    expect(records).toMatchObject([{ host: 'worker', version: expect.stringMatching(/^[0-9a-f]{12}$/) }]);
    expect(records[0]).not.toHaveProperty('refused');
  });

  it('a Worker tells why it refused newer rules of a container, and goes on with the old ones', async () => {
    vi.spyOn(console, 'error').mockReturnValue();
    const name = `rules-${crypto.randomUUID().slice(0, 8)}`;
    const { relay, documents } = await start({
      yaml: `transforms_container: ${name}\ntransforms_poll: 1s\n`,
    });
    const container = relay.service.getContainerClient(name);
    await container.createIfNotExists();
    const put = (column: string) => {
      const text = `table: DeviceEvents\ntransform:\n  - remove: [${column}]\n`;
      return container.getBlockBlobClient('DeviceEvents.yaml').upload(text, text.length);
    };
    const told = async () => (await liveRulesRecords(documents, Date.now()))[0];
    /** A visit, once it is time to look at the rules again. */
    const visit = async (n: number) => {
      await relay.append(rows(n, n + 1));
      await new Promise((resolve) => setTimeout(resolve, 1_100));
      relay.clock.advance(1_500);
      await relay.notify();
      await relay.work();
    };
    await put('NoSuchColumn');
    await visit(0);
    const none = await told();
    expect(none).toMatchObject({ host: 'worker', refused: { total: 1, errors: [{ line: 3, column: 14 }] } });
    expect(none).not.toHaveProperty('version');

    await put('ReportId');
    await visit(1);
    const good = await told();
    expect(good).toMatchObject({ host: 'worker', version: expect.any(String) });
    expect(good).not.toHaveProperty('refused');

    await put('NoSuchColumn');
    await visit(2);
    expect(await told()).toMatchObject({
      version: good?.version,
      refused: {
        errors: [{ file: 'DeviceEvents.yaml', message: expect.stringContaining('"NoSuchColumn"') }],
      },
    });
  });

  it('start_at is decided once and remembered', async () => {
    const { relay, documents, sweep } = await start({ storage: '  start_at: now' });
    await relay.append(rows(0, 1));
    await sweep(0);
    const mark = await rememberedStart(documents);
    expect(mark?.from).toBe(Math.floor(Date.now() / 3_600_000) * 3_600_000);
    await sweep(1);
    expect(await rememberedStart(documents)).toEqual(mark);
  });
});
