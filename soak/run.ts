/** Runs one soak from its beginning to its verdict. */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { shiftWallClock } from '../lab/clock/wall-clock.ts';
import { createRandom } from '../lab/generator/random.ts';
import { freePort } from '../lab/process.ts';
import { dealBlows } from './blows.ts';
import { Consumer } from './consumers.ts';
import { createHerald } from './herald.ts';
import type { ProducerOptions } from './note-row.ts';
import type { SoakOptions } from './options.ts';
import { judge, type Verdict } from './oracle/judge.ts';
import type { EndState, SoakLog } from './oracle/log.ts';
import { makePlan } from './plan.ts';
import { produce, produceHeartbeat } from './producer.ts';
import { startReceivers, type Weather } from './receivers.ts';
import { Recorder } from './recorder.ts';
import {
  BATCH_ITEMS,
  BLOBS_AT_ONCE,
  LATENESS_MS,
  LIVE_WITHIN_MS,
  LONGEST_BACKOFF_MS,
  writeRelayConfig,
} from './relay-config.ts';
import { startStorageProxy } from './storage-proxy.ts';
import { type StorageWeather, storageFaults } from './storage-weather.ts';
import { World } from './world.ts';

export interface RunResult {
  readonly log: SoakLog;
  readonly verdict: Verdict;
  readonly recorder: Recorder;
  readonly hoursOff: number;
}

/** The part of the requests that go wrong while rows are written. */
const STORAGE_PART = 0.06;
const DESTINATION_PART = 0.3;
/** Resident memory one consumer may come to. */
const PEAK_BYTES = 400 * 1_048_576;

const HOUR_OFF_MS = 70 * 60_000;
const MOST_HOURS_OFF = 6;
/** While it drains: longer than a row that fails alone is bisected and a heartbeat arrives. */
const HEARTBEAT_MS = 8_000;
/** Its own, and one of each destination. */
const TASKS_OF_AN_ARCHIVED_BLOB = 5;
const KEY = 'a-key-for-the-endpoint';

/** One soak: sets everything up, hurts it, lets it drain, and judges. `folder` is empty and the run's own. */
export async function runSoak(
  options: SoakOptions,
  folder: string,
  signal: AbortSignal,
  say: (text: string) => void,
): Promise<RunResult> {
  const { seed, consumers: count, destinations, rate } = options;
  const durationMs = options.minutes * 60_000;
  const closing: (() => Promise<void>)[] = [];
  let worldOffset = 0;
  shiftWallClock(() => worldOffset);
  try {
    const worldClock = join(folder, 'world.clock');
    await writeFile(worldClock, '0');
    const world = await World.start(folder, worldClock);
    closing.push(() => world.close());

    const recorder = new Recorder();
    // However it ends.
    closing.push(() => writeFile(join(folder, 'diary.txt'), recorder.diary.join('\n')));
    const weather: Weather = { part: 0, outages: new Map(), refusedTables: new Map() };
    const storageWeather: StorageWeather = { part: 0, archived: new Set(), unlistable: new Map() };
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
      const started = await startStorageProxy({
        targetPort,
        fault: storageFaults(service, storageWeather, random, recorder),
      });
      closing.push(() => started.close());
      return started.port;
    };
    const blobPort = await proxy('blob', world.blobPort);
    const queuePort = await proxy('queue', world.queuePort);

    const configFile = await writeRelayConfig({
      folder,
      connectionString: world.connectionString(blobPort, queuePort),
      key: KEY,
      destinations: receivers.entries,
      secrets: receivers.secrets,
    });
    const ports = await Promise.all(Array.from({ length: Math.max(1, count - 1) }, freePort));
    const consumers = Array.from(
      { length: count },
      (_, n) =>
        new Consumer({ name: `consumer-${n + 1}`, folder, configFile, port: ports[n], recorder, signal }),
    );
    closing.push(async () => {
      await Promise.all(consumers.map((consumer) => consumer.close()));
    });
    for (const consumer of consumers) await consumer.setClock(0);
    await Promise.all(consumers.map((consumer) => consumer.start()));

    say(`Seed ${seed}: writing and hurting for ${options.minutes} min`);
    weather.part = DESTINATION_PART;
    storageWeather.part = STORAGE_PART;
    const herald = createHerald({
      blobEndpoint: `http://127.0.0.1:${blobPort}/${world.account}`,
      queue: world.taskQueue,
      endpoints: ports.map((port) => `http://127.0.0.1:${port}/events?code=${KEY}`),
      random: createRandom(seed * 41),
      recorder,
      signal,
    });
    const bulk = destinations.filter((name) => name !== 'slack');
    const startedAt = recorder.now();
    const plan = makePlan({ seed, durationMs, consumers: count, destinations }).map((blow) => ({
      ...blow,
      at: blow.at + startedAt,
    }));
    const producing: ProducerOptions = {
      service: world.blobs,
      account: world.account,
      seed,
      durationMs: durationMs + startedAt,
      rate,
      latenessMs: LATENESS_MS,
      bulk,
      alarms: destinations.includes('slack') ? 'slack' : undefined,
      herald,
      recorder,
      signal,
    };
    await Promise.all([
      produce(producing),
      dealBlows(plan, {
        world,
        consumers,
        weather,
        storageWeather,
        recorder,
        random: createRandom(seed * 43),
        signal,
      }),
    ]);
    await herald.settled();

    say('Draining');
    weather.part = 0;
    storageWeather.part = 0;
    recorder.note('draining');
    const errors = () => consumers.flatMap((consumer) => consumer.errors);
    const logNow = async (end: Omit<EndState, 'consumers' | 'errors'>): Promise<SoakLog> => ({
      destinations,
      rows: recorder.rows,
      arrivals: recorder.arrivals,
      troubles: recorder.troubles,
      failures: recorder.failures,
      letters: await world.letters(),
      injuries: recorder.injuries,
      disturbances: recorder.disturbances,
      overwrites: recorder.overwrites,
      archived: [...storageWeather.archived],
      end: { ...end, consumers: consumers.map((consumer) => consumer.record), errors: errors() },
      limits: {
        batchItems: BATCH_ITEMS,
        blobsAtOnce: BLOBS_AT_ONCE,
        peakBytes: PEAK_BYTES,
        liveWithinMs: LIVE_WITHIN_MS,
        longestBackoffMs: LONGEST_BACKOFF_MS,
      },
    });

    /** Rows still on their way, and whatever else is not done yet: but for what is archived. */
    const left = async (): Promise<Left> => {
      const log = await logNow(await world.endState());
      const verdict = judge(log);
      const sum = (of: 'missing' | 'due') => verdict.standings.reduce((all, each) => all + each[of], 0);
      const rows = sum('missing');
      const { queued } = log.end;
      const blobs = log.end.blobs.filter(({ blob }) => !log.archived.includes(blob));
      const open = blobs.filter(({ checkpoint }) => checkpoint?.closed !== true);
      const behind = blobs.flatMap(({ checkpoint }) => checkpoint?.behind ?? []);
      const isolating = log.letters.filter((letter) => letter.isolating);
      recorder.note(
        `left: ${rows} rows, ${queued} tasks, ${open.length} open blobs, ${behind.length} behind (${[...new Set(behind)].join()}), ${isolating.length} rows tried again`,
      );
      const tasks = queued - log.archived.length * TASKS_OF_AN_ARCHIVED_BLOB;
      const isDone = rows === 0 && tasks <= 0 && open.length + behind.length + isolating.length === 0;
      return { rows, due: sum('due'), isDone };
    };
    /** Clocks that are off come back; blobs of this very hour close only when it is over. */
    const hourOff = async (): Promise<void> => {
      say('The relay is switched off for an hour');
      await recorder.disturb({ kind: 'hour_off' }, async () => {
        await Promise.all(consumers.map((consumer) => consumer.terminate()));
        worldOffset += HOUR_OFF_MS;
        await writeFile(worldClock, String(worldOffset));
        for (const consumer of consumers) await consumer.setClock(worldOffset);
        await delay(200, undefined, { signal });
        await Promise.all(consumers.map((consumer) => consumer.start()));
      });
    };
    let heartbeats = 0;
    let lastBeat = 0;
    const beat = async (): Promise<void> => {
      if (recorder.now() - lastBeat < HEARTBEAT_MS) return;
      lastBeat = recorder.now();
      await produceHeartbeat(producing, heartbeats++);
    };
    /** False where nothing moved for so long. */
    const drain = async (patienceMs: number): Promise<boolean> => {
      let last = Number.POSITIVE_INFINITY;
      let lastChange = performance.now();
      for (;;) {
        const { rows, isDone } = await left();
        if (isDone) return true;
        if (rows !== last) lastChange = performance.now();
        else if (performance.now() - lastChange > patienceMs) return false;
        last = rows;
        await beat();
        await delay(1_000, undefined, { signal });
      }
    };
    let hoursOff = 0;
    const drainOverHours = async (): Promise<void> => {
      for (let n = 0; n < MOST_HOURS_OFF; n++) {
        await hourOff();
        hoursOff++;
        if (await drain(20_000)) return;
      }
    };

    for (const consumer of consumers) await consumer.setClock(worldOffset);
    // What lies whole in the storage arrives by itself, within its bound.
    const goneBy = recorder.now() + LIVE_WITHIN_MS + longestTail(recorder);
    while ((await left()).due > 0 && recorder.now() < goneBy) {
      await beat();
      await delay(1_000, undefined, { signal });
    }
    await drainOverHours();
    if (storageWeather.archived.size > 0) {
      say(`Rehydrated: ${storageWeather.archived.size} blobs`);
      for (const [blob, from] of recorder.archivedAt) {
        recorder.disturbances.push({ kind: 'blob_archived', blob, from, to: recorder.now() });
      }
      storageWeather.archived.clear();
      await drainOverHours();
    }
    await Promise.all(consumers.map((consumer) => consumer.terminate()));

    const log = await logNow(await world.endState());
    return { log, verdict: judge(log), recorder, hoursOff };
  } finally {
    for (const close of closing.reverse()) await close();
    worldOffset = 0;
  }
}

interface Left {
  readonly rows: number;
  /** Of those, the rows that lie whole in the storage. */
  readonly due: number;
  readonly isDone: boolean;
}

/** How long a backoff may still be on. Milliseconds. */
function longestTail({ disturbances }: Recorder): number {
  return Math.min(LONGEST_BACKOFF_MS, Math.max(0, ...disturbances.map(({ from, to }) => to - from)));
}
