/** Carries out a plan: deals its blows (kills, outages, faults) to the relay at their times. */
import { setTimeout as delay } from 'node:timers/promises';
import type { Random } from '../lab/generator/random.ts';
import type { Consumer } from './consumers.ts';
import { containerOf } from './marks.ts';
import type { Injury } from './oracle/log.ts';
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

/** How many of the last written rows count as recent. */
const RECENT_ROWS = 400;

/** The victims of blows that are in effect. A further blow to the same victim is left out, because it would change nothing. */
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
        await recorder.disturb({ kind: 'storage_restarted' }, async () => {
          await world.stop();
          await pause(blow.downMs);
          await world.restart();
        });
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
      await recorder.disturb({ kind: 'brown_out' }, () => pause(blow.forMs));
      storageWeather.part = before;
      return;
    }
    case 'outage': {
      const { destination, how, forMs } = blow;
      if (weather.outages.has(destination)) return;
      weather.outages.set(destination, how);
      await recorder.disturb({ kind: 'outage', destination }, () => pause(forMs));
      weather.outages.delete(destination);
      return;
    }
    case 'refuse_table': {
      const { destination, table, how, forMs } = blow;
      if (weather.refusedTables.has(destination)) return;
      const container = containerOf(table);
      weather.refusedTables.set(destination, { container, how });
      await recorder.disturb({ kind: 'table_refused', destination, container }, () => pause(forMs));
      weather.refusedTables.delete(destination);
      return;
    }
    case 'archive': {
      const { archived } = storageWeather;
      // A blob of recent rows is chosen, so that it has unread rows.
      const blobs = [...new Set(recorder.rows.slice(-RECENT_ROWS).map((row) => row.blob))].filter(
        (blob) => !archived.has(blob),
      );
      const blob = blobs[victims.random.int(0, Math.max(0, blobs.length - 1))];
      if (blob === undefined) return;
      archived.add(blob);
      recorder.fault('blob archived');
      recorder.note(`archived: ${blob}`);
      if (blow.forMs === 'for_good') {
        recorder.archivedAt.set(blob, recorder.now());
        return;
      }
      const { forMs } = blow;
      await recorder.disturb({ kind: 'blob_archived', blob }, () => pause(forMs));
      archived.delete(blob);
      return;
    }
    case 'unlistable': {
      const container = containerOf(blow.table);
      if (storageWeather.unlistable.has(container)) return;
      storageWeather.unlistable.set(container, blow.how);
      await recorder.disturb({ kind: 'container_unlistable', container }, () => pause(blow.forMs));
      storageWeather.unlistable.delete(container);
    }
  }
}
