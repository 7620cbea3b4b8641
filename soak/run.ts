/** Runs one soak from its beginning to its verdict. */
import { shiftWallClock } from '../lab/clock/wall-clock.ts';
import { createRandom } from '../lab/generator/random.ts';
import { dealBlows } from './blows.ts';
import { drain } from './drain.ts';
import { createHerald } from './herald.ts';
import { logNow } from './log-now.ts';
import { PEOPLE } from './marks.ts';
import type { ProducerOptions } from './note-row.ts';
import { judge, type Verdict } from './oracle/judge.ts';
import type { SoakLog } from './oracle/log.ts';
import { makePlan } from './plan.ts';
import { produce } from './producer.ts';
import type { Recorder } from './recorder.ts';
import { LATENESS_MS } from './relay-config.ts';
import { type RunOptions, type Stage, setStage } from './stage.ts';
import { WorldClock } from './world-clock.ts';

export interface RunResult {
  readonly log: SoakLog;
  readonly verdict: Verdict;
  readonly recorder: Recorder;
  readonly hoursOff: number;
}

/** The part of the storage requests that fails while rows are written. */
const STORAGE_PART = 0.06;
const DESTINATION_PART = 0.3;

/** Runs a soak: sets everything up, injects faults while rows are written, lets the relay drain, and judges the result. */
export async function runSoak(run: RunOptions): Promise<RunResult> {
  const closing: (() => Promise<void>)[] = [];
  const clock = new WorldClock(run.folder);
  await clock.set(0);
  shiftWallClock(() => clock.offset);
  try {
    const stage = await setStage(run, clock, closing);
    const producing = await writeUnderFaults(stage);
    run.say('Draining');
    stage.recorder.note('draining');
    const hoursOff = await drain(stage, producing);
    const log = await logNow(stage);
    return { log, verdict: judge(log), recorder: stage.recorder, hoursOff };
  } finally {
    for (const close of closing.reverse()) await close();
    clock.reset();
  }
}

/** Writes rows while the plan is carried out. No faults are injected afterwards. */
async function writeUnderFaults(stage: Stage): Promise<ProducerOptions> {
  const { options, signal, recorder, world, weather, storageWeather, consumers } = stage;
  const { seed, destinations } = options;
  const durationMs = options.minutes * 60_000;
  stage.say(`Seed ${seed}: writing under faults for ${options.minutes} min`);
  weather.part = DESTINATION_PART;
  storageWeather.part = STORAGE_PART;
  const startedAt = recorder.now();
  const producing: ProducerOptions = {
    service: world.blobs,
    account: world.account,
    seed,
    durationMs: durationMs + startedAt,
    rate: options.rate,
    latenessMs: LATENESS_MS,
    bulk: destinations.filter((name) => !PEOPLE.includes(name)),
    alarms: destinations.filter((name) => PEOPLE.includes(name)),
    herald: createHerald({
      blobEndpoint: stage.blobEndpoint,
      queue: world.taskQueue,
      endpoints: stage.endpoints,
      random: createRandom(seed * 41),
      recorder,
      signal,
    }),
    recorder,
    signal,
  };
  const plan = makePlan({ seed, durationMs, consumers: options.consumers, destinations });
  const random = createRandom(seed * 43);
  await Promise.all([
    produce(producing),
    dealBlows(
      plan.map((blow) => ({ ...blow, at: blow.at + startedAt })),
      { world, consumers, weather, storageWeather, recorder, random, signal },
    ),
  ]);
  await producing.herald.settled();
  weather.part = 0;
  storageWeather.part = 0;
  return producing;
}
