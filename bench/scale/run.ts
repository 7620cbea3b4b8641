/** Real consumers on one queue: how fast several processes of the built command deliver a backlog of blobs. */
import { setTimeout as delay } from 'node:timers/promises';
import { startAzurite } from '../../lab/azurite.ts';
import type { RowFile } from '../input/row-file.ts';
import type { BenchContext } from '../part.ts';
import { cpuSecondsOf } from '../process-cost.ts';
import type { BenchReceiver } from '../receiver.ts';
import { type RelayProcess, startBenchRelay } from '../relay-process.ts';
import { writeBlob } from '../serve-run.ts';

export interface Backlog {
  readonly consumers: number;
  readonly blobs: number;
  /** What each blob holds. */
  readonly file: RowFile;
}

/** What delivering the backlog took, from the first notification until the last event came. Seconds. */
export interface BacklogCost {
  readonly rows: number;
  readonly wall: number;
  /** Processor time of all consumers, of the storage and of the receiver. */
  readonly consumers: number;
  readonly storage: number;
  readonly receiver: number;
}

/** The start's own work, and the first heartbeats, are over by then. */
const SETTLED_MS = 8_000;

/** Writes the blobs, starts the consumers, announces the blobs, and waits for all events. */
export async function deliverBacklog(
  context: BenchContext,
  receiver: BenchReceiver,
  { consumers, blobs, file }: Backlog,
): Promise<BacklogCost> {
  const { signal, say } = context;
  const command = await context.command();
  const azurite = await startAzurite();
  const relays: RelayProcess[] = [];
  try {
    await receiver.reset();
    for (let n = 0; n < consumers; n++) {
      say(`starting consumer ${n + 1} of ${consumers}`);
      relays.push(
        await startBenchRelay({
          command,
          storage: azurite,
          folder: context.folder,
          signal,
          transforms: context.input.workRules,
          receiver: receiver.url,
          destinations: ['splunk'],
        }),
      );
    }
    const [first] = relays;
    if (!first) throw new RangeError('at least one consumer');
    say(`writing ${blobs} blobs of ${Math.round(file.bytes / 1e6)} MB`);
    const written: (readonly [string, string])[] = [];
    for (let n = 0; n < blobs; n++)
      written.push(await writeBlob(first.service, { n, file, times: 1, signal }));
    await delay(SETTLED_MS, undefined, { signal });
    const used = async () => ({
      consumers: (await Promise.all(relays.map((relay) => relay.cpuSeconds()))).reduce((a, b) => a + b, 0),
      storage: await cpuSecondsOf(azurite.pid),
      receiver: await cpuSecondsOf(receiver.pid),
    });
    const before = await used();
    const began = performance.now();
    for (const [container, name] of written) await first.announce(container, name);
    say(`waiting for ${(file.processRows * blobs).toLocaleString('en')} events`);
    await receiver.until(file.processRows * blobs, signal, first.log);
    const wall = (performance.now() - began) / 1000;
    const after = await used();
    return {
      rows: file.rows * blobs,
      wall,
      consumers: after.consumers - before.consumers,
      storage: after.storage - before.storage,
      receiver: after.receiver - before.receiver,
    };
  } finally {
    await Promise.all(relays.map((relay) => relay.stop()));
    await azurite.stop('SIGKILL');
  }
}
