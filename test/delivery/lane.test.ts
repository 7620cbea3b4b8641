/** A lane's batches by their age, on a clock that the test steps. */

import { setImmediate as turn } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { FakeClock } from '../../lab/clock/fake-clock.ts';
import { deliveryWith } from '../../lab/delivery.ts';
import { createMemoryDeadLetters } from '../../lab/memory/dead-letters.ts';
import { Sink } from '../../lab/memory/sink.ts';
import { createMemoryStateDocuments } from '../../lab/memory/state-documents.ts';
import { recordingMetrics } from '../../lab/recording-metrics.ts';
import { silentLogger } from '../../lab/silent.ts';
import { Encoder } from '../../src/delivery/encoder.ts';
import { Lane } from '../../src/delivery/lane.ts';
import { manageDestination } from '../../src/delivery/managed-destination.ts';
import { MemoryBudget } from '../../src/delivery/memory-budget.ts';
import { RetryableError } from '../../src/destinations/errors.ts';

const AGE_MS = 60_000;

function setUp() {
  const clock = new FakeClock();
  const services = { clock, logger: silentLogger, metrics: recordingMetrics() };
  const sink = new Sink('hook', { items: 10, ageMs: AGE_MS });
  const target = manageDestination(sink, { ...services, documents: createMemoryStateDocuments() });
  const memory = new MemoryBudget(1 << 20);
  const lane = new Lane(target, 0, {
    ...services,
    id: 'lane',
    policy: { retryForMs: 1_000, retryMinMs: 1, retryMaxMs: 2 },
    bufferBytes: 1 << 20,
    memory,
    encoder: new Encoder(sink.encoding, sink.batch, memory),
    deadLetters: createMemoryDeadLetters({ clock }),
    isolateAfterMs: AGE_MS,
    signal: new AbortController().signal,
    guard() {},
    commit: async () => {},
  });
  return { clock, sink, lane, memory, metrics: services.metrics };
}

/** Hands over the row `n`, ten bytes long. */
function pass(lane: Lane, n: number): void {
  const raw = { offset: n * 10, end: n * 10 + 10, bytes: Buffer.from('row'), truncated: false };
  const source = { blob: 'b', offset: n * 10 };
  const envelope = { id: String(n), time: '', table: 'T', event: { n }, source };
  lane.pass(raw, [deliveryWith(envelope, JSON.stringify({ properties: { n } }))]);
}

describe('a batch that is not full', () => {
  it('is sent when its first row has waited for as long as the destination allows', async () => {
    const { clock, sink, lane } = setUp();
    pass(lane, 0);
    await clock.run(AGE_MS - 1_000);
    pass(lane, 1);
    expect(sink.rows).toEqual([]);
    await clock.run(1_000);
    expect(sink.rows).toEqual([0, 1]);
    await lane.finish();
  });

  it('is sent at once at the end, and leaves no timer behind', async () => {
    const { clock, sink, lane, memory } = setUp();
    pass(lane, 0);
    await lane.finish();
    expect(sink.rows).toEqual([0]);
    await clock.run(10 * AGE_MS);
    expect([sink.batches.length, memory.used]).toEqual([1, 0]);
  });

  it('is dropped by a stop, and not sent when its time would have come', async () => {
    const { clock, sink, lane, memory } = setUp();
    pass(lane, 0);
    lane.stop();
    expect(await lane.finish()).toEqual({ kind: 'stopped' });
    await clock.run(10 * AGE_MS);
    await turn();
    expect([sink.batches, memory.used, lane.offset]).toEqual([[], 0, 0]);
  });

  it('begins a new wait for the rows behind a batch that was full', async () => {
    const { clock, sink, lane } = setUp();
    for (let n = 0; n < 12; n++) pass(lane, n);
    await clock.run(AGE_MS - 1);
    expect(sink.rows).toHaveLength(10);
    await clock.run(1);
    expect(sink.rows).toHaveLength(12);
    await lane.finish();
  });
});

describe('the figures of a lane', () => {
  it('have the rows of each accepted batch, and the reason of each request that failed', async () => {
    const { clock, sink, lane, metrics } = setUp();
    let failures = 2;
    sink.behave = () => {
      if (failures-- > 0) throw new RetryableError('throttled', 'slow down');
    };
    for (let n = 0; n < 12; n++) pass(lane, n);
    const finished = lane.finish();
    await clock.run(1_000);
    expect(await finished).toEqual({ kind: 'done' });
    const labels = { destination: 'hook' };
    expect(metrics.histogram('xdr_relay_batch_rows', labels)).toEqual({ count: 2, sum: 12 });
    const failed = metrics.series('xdr_relay_requests_failed_total', labels);
    expect(failed).toMatchObject([{ labels: { reason: 'throttled' }, value: 2 }]);
  });
});
