/** Loops that run for months: what each turn leaves at something that lasts as long adds up. */
import { setTimeout as delay } from 'node:timers/promises';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { expect, it } from 'vitest';
import { FakeClock } from '../../lab/clock/fake-clock.ts';
import { createMemoryStateDocuments } from '../../lab/memory/state-documents.ts';
import { recordingMetrics } from '../../lab/recording-metrics.ts';
import { silentLogger } from '../../lab/silent.ts';
import type { QueueMessage } from '../../src/queue/port.ts';
import { writeActivityRegularly } from '../../src/relay/activity/write.ts';
import { type ConsumerDeps, consume } from '../../src/relay/visit/consumer.ts';
import { FACTS, VITALS } from './activity/samples.ts';

const TURNS = 200;

/** How many of the races that begin while `work` is done are in memory behind it. */
async function racesLeft(
  work: () => Promise<void>,
): Promise<{ readonly begun: number; readonly left: number }> {
  setFlagsFromString('--expose-gc');
  const collect: () => void = runInNewContext('gc');
  const races: WeakRef<Promise<unknown>>[] = [];
  const { race } = Promise;
  const noted = (values: readonly unknown[]) => {
    const begun = race.call(Promise, values);
    races.push(new WeakRef(begun));
    return begun;
  };
  Promise.race = noted as typeof Promise.race;
  try {
    await work();
  } finally {
    Promise.race = race;
  }
  await delay(0);
  collect();
  await delay(0);
  collect();
  return { begun: races.length, left: races.filter((one) => one.deref() !== undefined).length };
}

it('a process that writes what it does leaves nothing behind with each write', async () => {
  const clock = new FakeClock();
  const ports = { documents: createMemoryStateDocuments(), clock, logger: silentLogger };
  const source = { sample: async () => [], vitals: () => VITALS };
  const stop = new AbortController();
  const running = writeActivityRegularly(ports, FACTS, source, stop.signal);
  const { begun, left } = await racesLeft(() => clock.run(TURNS * FACTS.everyMs));
  expect(begun).toBeGreaterThan(TURNS / 2);
  expect(left).toBeLessThan(10);
  stop.abort();
  await running;
});

it('a consumer whose places are taken leaves nothing behind each time it looks for a free one', async () => {
  const clock = new FakeClock();
  const hanging = Promise.withResolvers<void>();
  const message = {
    id: '1',
    body: '',
    dequeueCount: 9,
    poison: () => hanging.promise,
  } as unknown as QueueMessage;
  const messages = [message];
  const deps = {
    queue: { receive: async () => messages.splice(0) },
    stragglers: new Set<Promise<void>>(),
    clock,
    logger: silentLogger,
    metrics: recordingMetrics(),
  } as unknown as ConsumerDeps;
  const stop = new AbortController();
  const options = { concurrency: 1, visibilitySeconds: 60, dequeueLimit: 5, sources: [] };
  const running = consume(deps, options as never, { stop: stop.signal, abort: stop.signal });
  const { begun, left } = await racesLeft(() => clock.run(TURNS * 1_000));
  expect(begun).toBeGreaterThan(TURNS / 2);
  expect(left).toBeLessThan(10);
  hanging.resolve();
  stop.abort();
  await running;
});
