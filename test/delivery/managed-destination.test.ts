import { setImmediate as turn } from 'node:timers/promises';
import { expect, it } from 'vitest';
import { FakeClock } from '../../lab/clock/fake-clock.ts';
import { AcknowledgingSink } from '../../lab/memory/acknowledging-sink.ts';
import { Sink } from '../../lab/memory/sink.ts';
import { createMemoryStateDocuments } from '../../lab/memory/state-documents.ts';
import { recordingMetrics } from '../../lab/recording-metrics.ts';
import { silentLogger } from '../../lab/silent.ts';
import { followBreakers, manageDestination } from '../../src/delivery/managed-destination.ts';
import { batchOf, envelope } from '../destinations/samples.ts';

const refusal = { code: 'not_authorized', message: 'wrong token' } as const;

it('looks at what is closed once a minute, and at what is open each ten seconds', async () => {
  const clock = new FakeClock(1_000_000);
  const memory = createMemoryStateDocuments();
  const reads: string[] = [];
  const documents = {
    ...memory,
    get(name: string, signal?: AbortSignal) {
      reads.push(name);
      return memory.get(name, signal);
    },
  };
  const deps = { documents, clock, logger: silentLogger, metrics: recordingMetrics() };
  const destination = manageDestination(new Sink('splunk'), deps);
  const stop = new AbortController();
  const following = followBreakers(() => [destination], deps, stop.signal);
  const in10Minutes = async () => {
    reads.length = 0;
    await clock.run(600_000);
    const of = (folder: string) => reads.filter((name) => name.startsWith(folder)).length;
    return [of('breakers/'), of('holds/')];
  };
  await in10Minutes();
  expect(await in10Minutes()).toEqual([10, 10]);

  await destination.breaker.failed({ ...refusal, retryAfterMs: 900_000 });
  await destination.holds.failed('DeviceEvents', refusal);
  const [breaker = 0, holds = 0] = await in10Minutes();
  expect(breaker).toBeGreaterThanOrEqual(60);
  expect(holds).toBeGreaterThanOrEqual(60);

  // Another consumer is told of a reset, and this one learns it.
  await memory.remove('breakers/splunk');
  await clock.run(10_000);
  expect(destination.breaker.isOpen).toBe(false);
  stop.abort();
  await following;
});

it('is retired when what it received is acknowledged, and takes no more', async () => {
  const clock = new FakeClock();
  const deps = {
    documents: createMemoryStateDocuments(),
    clock,
    logger: silentLogger,
    metrics: recordingMetrics(),
  };
  const sink = new AcknowledgingSink(clock, 60_000, () => ({ replyMs: 0, reply: 'taken', ackMs: 5_000 }));
  const managed = manageDestination(sink, deps);
  const pipeline = managed.destination.openPipeline?.() ?? expect.fail('no pipeline');
  const batch = batchOf(managed.destination, [envelope(1)]);
  const signal = new AbortController().signal;
  const handing = pipeline.handOver(batch, signal);
  await clock.run(1);
  await handing;
  let isRetired = false;
  const retiring = managed.retire().then(() => {
    isRetired = true;
  });
  await expect(pipeline.handOver(batch, signal)).rejects.toMatchObject({ code: 'lane_stopped' });
  await clock.run(4_000);
  await turn();
  expect(isRetired).toBe(false);
  await clock.run(2_000);
  await retiring;
  expect(sink.acknowledged).toHaveLength(1);
});
