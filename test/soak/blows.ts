import { setTimeout as delay } from 'node:timers/promises';
import type { Random } from '../../demo/generator/random.ts';
import type { Consumer } from './consumers.ts';
import type { Injury } from './log.ts';
import type { Blow } from './plan.ts';
import type { Weather } from './receivers.ts';
import type { Recorder } from './recorder.ts';
import type { StorageWeather } from './storage-weather.ts';
import type { World } from './world.ts';

export interface Victims {
  readonly world: World;
  readonly consumers: readonly Consumer[];
  readonly weather: Weather;
  readonly storageWeather: StorageWeather;
  readonly recorder: Recorder;
  readonly random: Random;
  readonly signal: AbortSignal;
}

/** Deals the blows of a plan at their times; resolves when the last one's effect is over. */
export async function dealBlows(plan: readonly Blow[], victims: Victims): Promise<void> {
  const { recorder, signal } = victims;
  await Promise.all(
    plan.map(async (blow) => {
      await delay(Math.max(0, blow.at - recorder.now()), undefined, { signal });
      const { kind, at: _, ...details } = blow;
      recorder.note(`${kind} ${JSON.stringify(details)}`);
      await deal(blow, victims);
    }),
  );
}

/** Blows that would meet on one victim: the later one is left out, it changes nothing. */
const busy = new WeakSet<object>();

async function alone(victim: object, work: () => Promise<void>): Promise<void> {
  if (busy.has(victim)) return;
  busy.add(victim);
  try {
    await work();
  } finally {
    busy.delete(victim);
  }
}

async function deal(blow: Blow, victims: Victims): Promise<void> {
  const { world, consumers, weather, storageWeather, recorder, signal } = victims;
  const pause = (ms: number) => delay(ms, undefined, { signal });
  const injure = (kind: Injury['kind'], from: number) =>
    recorder.injuries.push({ kind, from, to: recorder.now() });
  const consumer = 'consumer' in blow ? consumers[blow.consumer] : undefined;

  switch (blow.kind) {
    case 'kill':
    case 'terminate':
      if (!consumer) return;
      return alone(consumer, async () => {
        recorder.fault(blow.kind === 'kill' ? 'consumer killed' : 'consumer terminated');
        const from = recorder.now();
        if (blow.kind === 'kill') {
          await consumer.kill();
          injure('killed', from);
        } else await consumer.terminate();
        await pause(blow.downMs);
        await consumer.start();
      });
    case 'suspend':
      if (!consumer) return;
      return alone(consumer, async () => {
        recorder.fault('consumer suspended');
        const from = recorder.now();
        consumer.suspend();
        try {
          await pause(blow.forMs);
        } finally {
          consumer.resume();
          injure('suspended', from);
        }
      });
    case 'restart_storage':
      return alone(world, async () => {
        recorder.fault('storage restarted');
        const from = recorder.now();
        await world.stop();
        await pause(blow.downMs);
        await world.restart();
        injure('storage_restarted', from);
      });
    case 'step_clock':
      if (!consumer) return;
      recorder.fault('clock stepped');
      return consumer.setClock(blow.byMs);
    case 'break_claims': {
      const blobs = await world.breakClaims(victims.random, blow.part).catch(() => []);
      recorder.fault('claim broken', blobs.length);
      const now = recorder.now();
      for (const blob of blobs) recorder.injuries.push({ kind: 'claim_broken', from: now, to: now, blob });
      return;
    }
    case 'brown_out': {
      const before = storageWeather.part;
      storageWeather.part = blow.part;
      await pause(blow.forMs);
      storageWeather.part = before;
      return;
    }
    case 'outage':
      if (weather.outages.has(blow.destination)) return;
      weather.outages.set(blow.destination, blow.how);
      await pause(blow.forMs);
      weather.outages.delete(blow.destination);
  }
}
