/** Everything that runs during a soak: the storage and its proxies, the destinations, the relays. */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createRandom } from '../lab/generator/random.ts';
import { freePort } from '../lab/process.ts';
import { Consumer } from './consumers.ts';
import type { SoakOptions } from './options.ts';
import { type Receivers, startReceivers, type Weather } from './receivers.ts';
import { Recorder } from './recorder.ts';
import { BATCH_ITEMS, writeRelayConfig } from './relay-config.ts';
import { startStorageProxy } from './storage-proxy.ts';
import { type StorageWeather, storageFaults } from './storage-weather.ts';
import { World } from './world.ts';
import type { WorldClock } from './world-clock.ts';

export interface RunOptions {
  readonly options: SoakOptions;
  /** An empty folder for this run. */
  readonly folder: string;
  readonly signal: AbortSignal;
  readonly say: (text: string) => void;
}

export interface Stage extends RunOptions {
  readonly clock: WorldClock;
  readonly world: World;
  readonly recorder: Recorder;
  readonly weather: Weather;
  readonly storageWeather: StorageWeather;
  readonly consumers: readonly Consumer[];
  /** The address of the blob service, as the consumers know it. */
  readonly blobEndpoint: string;
  /** The consumers' endpoints, with their key. */
  readonly endpoints: readonly string[];
}

const KEY = 'a-key-for-the-endpoint';

/** Starts everything. `closing` receives what must be ended afterwards, however the run ends. */
export async function setStage(
  run: RunOptions,
  clock: WorldClock,
  closing: (() => Promise<void>)[],
): Promise<Stage> {
  const { folder, options } = run;
  const world = await World.start(folder, clock.file);
  closing.push(() => world.close());
  const recorder = new Recorder();
  closing.push(() => writeFile(join(folder, 'diary.txt'), recorder.diary.join('\n')));
  const weather: Weather = { part: 0, outages: new Map(), refusedTables: new Map() };
  const storageWeather: StorageWeather = { part: 0, archived: new Set(), unlistable: new Map() };
  const { seed, destinations } = options;
  const receivers = await startReceivers({
    names: destinations,
    batchItems: BATCH_ITEMS,
    recorder,
    weather,
    randomOf: (name) => createRandom(seed * 31 + destinations.indexOf(name) + 1),
  });
  closing.push(() => receivers.close());

  const proxy = async (service: 'blob' | 'queue', targetPort: number) => {
    const random = createRandom(seed * 37 + (service === 'blob' ? 1 : 2));
    const fault = storageFaults(service, storageWeather, random, recorder);
    const started = await startStorageProxy({ targetPort, fault });
    closing.push(() => started.close());
    return started.port;
  };
  const blobPort = await proxy('blob', world.blobPort);
  const queuePort = await proxy('queue', world.queuePort);
  const configFile = await writeConfigFile(folder, world.connectionString(blobPort, queuePort), receivers);

  // All consumers except the last have an endpoint.
  const ports = await Promise.all(Array.from({ length: Math.max(1, options.consumers - 1) }, freePort));
  const consumers = createConsumers({ run, configFile, ports, recorder });
  closing.push(async () => {
    await Promise.all(consumers.map((consumer) => consumer.close()));
  });
  for (const consumer of consumers) await consumer.setClock(0);
  await Promise.all(consumers.map((consumer) => consumer.start()));
  return {
    ...run,
    clock,
    world,
    recorder,
    weather,
    storageWeather,
    consumers,
    blobEndpoint: `http://127.0.0.1:${blobPort}/${world.account}`,
    endpoints: ports.map((port) => `http://127.0.0.1:${port}/events?code=${KEY}`),
  };
}

function writeConfigFile(folder: string, connectionString: string, receivers: Receivers): Promise<string> {
  return writeRelayConfig({
    folder,
    connectionString,
    key: KEY,
    destinations: receivers.entries,
    secrets: receivers.secrets,
  });
}

interface ConsumerParts {
  readonly run: RunOptions;
  readonly configFile: string;
  readonly ports: readonly number[];
  readonly recorder: Recorder;
}

function createConsumers({ run, configFile, ports, recorder }: ConsumerParts): readonly Consumer[] {
  const { folder, signal, options } = run;
  return Array.from(
    { length: options.consumers },
    (_, n) =>
      new Consumer({ name: `consumer-${n + 1}`, folder, configFile, port: ports[n], recorder, signal }),
  );
}
