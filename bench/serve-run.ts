/** Carries blobs of rows through the built command, out of Azurite. */
import { createReadStream } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import type { AppendBlobClient, BlobServiceClient } from '@azure/storage-blob';
import { startAzurite } from '../lab/azurite.ts';
import { blobName } from '../lab/writer.ts';
import type { RowFile } from './input/row-file.ts';
import type { Cost } from './measure.ts';
import type { BenchContext } from './part.ts';
import type { BenchReceiver } from './receiver.ts';
import { type RelayProcess, startBenchRelay } from './relay-process.ts';

export interface ServeWork {
  readonly file: RowFile;
  /** So many blobs with the rows of the file, all announced at once. */
  readonly blobs?: number;
  /** How often the file's rows are in each of them. */
  readonly times?: number;
  /** A folder of rule files. */
  readonly transforms: string;
  /** What has to come of one file. */
  readonly events: number;
  /** Azurite keeps the blobs in a folder and not in memory. */
  readonly onDisk?: boolean;
}

/** One append takes at most 4 MiB in the older service versions, which Azurite speaks too. */
const PIECE = 4 << 20;
/** The start's own work is over by then, and is not that of the rows. */
const SETTLED_MS = 5_000;
/** After the last row: the checkpoint is written. */
const WRITTEN_MS = 500;

/** The cost of the rows in a new process, from before they are written until the last one came and the checkpoints are written. */
export async function runServe(
  context: BenchContext,
  receiver: BenchReceiver,
  work: ServeWork,
): Promise<Cost> {
  return inServe({ context, receiver, work }, (relay) => carry({ context, receiver, relay }, work, 0));
}

/**
 * The same, and what as many further rows cost the same process behind them. The first rows of a process have V8 compile the code that carries
 * them, which takes nearly a second of processor time, however many rows follow.
 */
export async function runServeTwice(
  context: BenchContext,
  receiver: BenchReceiver,
  work: ServeWork,
): Promise<{ readonly first: Cost; readonly next: Cost }> {
  return inServe({ context, receiver, work }, async (relay) => {
    const scene = { context, receiver, relay };
    const first = await carry(scene, work, 0);
    return { first, next: await carry(scene, work, work.blobs ?? 1) };
  });
}

interface Plan {
  readonly context: BenchContext;
  readonly receiver: BenchReceiver;
  readonly work: ServeWork;
}

/** Starts the relay over an Azurite of its own, and ends both when the work is done. */
async function inServe<T>(
  { context, receiver, work: { transforms, onDisk = false } }: Plan,
  work: (relay: RelayProcess) => Promise<T>,
): Promise<T> {
  const command = await context.command();
  const azurite = await startAzurite(onDisk ? { location: `${context.folder}/azurite` } : {});
  try {
    const relay = await startBenchRelay({
      command,
      storage: azurite,
      folder: context.folder,
      signal: context.signal,
      transforms,
      receiver: receiver.url,
      destinations: ['splunk'],
      profile: context.options.profile,
    });
    try {
      return await work(relay);
    } finally {
      await relay.stop();
    }
  } finally {
    await azurite.stop('SIGKILL');
  }
}

interface Scene {
  readonly context: BenchContext;
  readonly receiver: BenchReceiver;
  readonly relay: RelayProcess;
}

/** Writes blobs, announces them, and waits for their rows. @param firstBlob the number of the first of them; each number is used once. */
async function carry(
  { context: { options, signal, say }, receiver, relay }: Scene,
  { file, blobs = 1, times = 1, events }: ServeWork,
  firstBlob: number,
): Promise<Cost> {
  await receiver.reset();
  // The first sweep is over by then: one that came upon a blob that is being written would have its rows read before they are announced.
  await delay(options.quick ? 1_000 : SETTLED_MS, undefined, { signal });
  // From here on, so that no row's cost is left out even then.
  const before = await relay.cpuSeconds();
  const written: (readonly [string, string])[] = [];
  for (let n = 0; n < blobs; n++) {
    say(`writing ${Math.round((file.bytes * times) / 1e6)} MB into Azurite`);
    written.push(await writeBlob(relay.service, { n: firstBlob + n, file, times, signal }));
  }
  const began = performance.now();
  for (const [container, name] of written) await relay.announce(container, name);
  const all = events * times * blobs;
  say(`waiting for ${all.toLocaleString('en')} events`);
  await receiver.until(all, signal, relay.log);
  const wallSeconds = (performance.now() - began) / 1000;
  await delay(WRITTEN_MS, undefined, { signal });
  const cpuSeconds = (await relay.cpuSeconds()) - before;
  return { rows: file.rows * times * blobs, cpuSeconds, wallSeconds, peakBytes: await relay.peakBytes() };
}

interface BlobPlan {
  readonly n: number;
  readonly file: RowFile;
  readonly times: number;
  readonly signal: AbortSignal;
}

/** Writes the rows into an append blob of this hour, as Defender does; its container and name. */
export async function writeBlob(
  service: BlobServiceClient,
  { n, file, times, signal }: BlobPlan,
): Promise<readonly [string, string]> {
  const container = service.getContainerClient(`insights-logs-advancedhunting-bench${n}`);
  await container.createIfNotExists();
  const name = blobName('72f988bf-86f1-41af-91ab-2d7cd011db47', Date.now());
  const blob = container.getAppendBlobClient(name);
  await blob.create();
  for (let time = 0; time < times; time++) await appendFile(blob, file.path, signal);
  return [container.containerName, name];
}

async function appendFile(blob: AppendBlobClient, path: string, signal: AbortSignal): Promise<void> {
  for await (const piece of createReadStream(path, { highWaterMark: PIECE }) as AsyncIterable<Buffer>)
    await blob.appendBlock(piece, piece.length, { abortSignal: signal });
}
