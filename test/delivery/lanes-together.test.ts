/** Lanes of one visit whose destinations encode alike: what is done once for all of them, and what is held. */
import { setImmediate as turn } from 'node:timers/promises';
import fc from 'fast-check';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { FakeClock } from '../../lab/clock/fake-clock.ts';
import { deliveryWith, payloadOf, textOf } from '../../lab/delivery.ts';
import { createMemoryDeadLetters } from '../../lab/memory/dead-letters.ts';
import { PoisonedBuffers } from '../../lab/memory/poisoned-buffers.ts';
import { Sink } from '../../lab/memory/sink.ts';
import { createMemoryStateDocuments } from '../../lab/memory/state-documents.ts';
import { recordingMetrics } from '../../lab/recording-metrics.ts';
import { silentLogger } from '../../lab/silent.ts';
import type { DeadLetterArchive } from '../../src/delivery/dead-letters.ts';
import { createEncoders } from '../../src/delivery/encoder.ts';
import { Lane } from '../../src/delivery/lane.ts';
import { manageDestination } from '../../src/delivery/managed-destination.ts';
import { MemoryBudget } from '../../src/delivery/memory-budget.ts';
import { Encoded } from '../../src/delivery/segment.ts';
import { encodingBy } from '../../src/destinations/encoding.ts';
import { RetryableError, RowsRefusedError } from '../../src/destinations/errors.ts';
import type { Batch, BatchLimits, EncodedDelivery } from '../../src/destinations/port.ts';
import { ByteWriter } from '../../src/shared/byte-writer.ts';
import type { Logger } from '../../src/shared/logger.ts';

const ROW = Buffer.alloc(400, 'r');
/** How many deliveries a row has, of which each lane takes some. */
const PER_ROW = 3;
const payload = (n: number) => `{"properties":{"n":${n}},"text":"${'x'.repeat(500)}"}`;

/** Lanes over sinks that encode alike. */
function lanesOf(limits: readonly Partial<BatchLimits>[], bufferBytes = 1 << 24) {
  const clock = new FakeClock(undefined, { sleepPasses: true });
  const metrics = recordingMetrics();
  const warnings: (readonly [string, Readonly<Record<string, unknown>> | undefined])[] = [];
  const logger: Logger = {
    ...silentLogger,
    warn: (message, fields) => void warnings.push([message, fields]),
  };
  const services = { clock, logger, metrics };
  const buffers = new PoisonedBuffers();
  const memory = new MemoryBudget(1 << 30, buffers);
  const counts = { writes: 0, compressions: 0 };
  const encoding = encodingBy({ kind: 'counted' }, () => (delivery, writer, report) => {
    counts.writes += 1;
    if (delivery.head.table === 'Long') report?.({ kind: 'cut', field: 'Column' });
    delivery.writeRaw(writer);
  });
  const sinks = limits.map((limit, at) => Object.assign(new Sink(`sink-${at}`, limit), { encoding }));
  const encoder = createEncoders(sinks, memory).get(encoding.key);
  if (!encoder) throw new Error('no encoder');
  const deadLetters = createMemoryDeadLetters({ clock });
  const lanes = sinks.map((sink) => {
    const target = manageDestination(sink, { ...services, documents: createMemoryStateDocuments() });
    return new Lane(target, 0, {
      ...services,
      id: sink.name,
      policy: { retryForMs: 20, retryMinMs: 1, retryMaxMs: 2 },
      bufferBytes,
      memory,
      encoder,
      deadLetters,
      isolateAfterMs: 60_000,
      signal: new AbortController().signal,
      guard() {},
      commit: async () => {},
    });
  });
  const compress = async (bytes: Uint8Array<ArrayBuffer>) => {
    counts.compressions += 1;
    return bytes.slice(0, 1);
  };
  /** Hands row `n` to the lanes that want it. */
  const pass = (n: number, wants: (lane: number) => boolean = () => true, table = 'T') => {
    const source = { blob: 'b', offset: n };
    const delivery = deliveryWith({ id: String(n), time: '', table, event: {}, source }, payload(n));
    const raw = { offset: n, end: n + 1, bytes: ROW, truncated: false };
    for (const [at, lane] of lanes.entries()) lane.pass(raw, wants(at) ? [delivery] : []);
  };
  /** Hands row `n` to the lanes, and to each those of its deliveries that it wants, by their numbers. */
  const passSeveral = (n: number, wants: (lane: number) => readonly number[]) => {
    const source = { blob: 'b', offset: n };
    const deliveries = Array.from({ length: PER_ROW }, (_, nth) => {
      const head = { id: String(n), time: '', table: 'T', event: {}, source, rule: { title: `rule ${nth}` } };
      return deliveryWith(head, payload(n * PER_ROW + nth));
    });
    const raw = { offset: n, end: n + 1, bytes: ROW, truncated: false };
    for (const [at, lane] of lanes.entries()) {
      const wanted = wants(at);
      lane.pass(
        raw,
        deliveries.filter((_, nth) => wanted.includes(nth)),
      );
    }
  };
  const passing = { pass, passSeveral };
  return {
    lanes,
    sinks,
    memory,
    buffers,
    counts,
    compress,
    ...passing,
    deadLetters,
    metrics,
    warnings,
    clock,
  };
}

const text = (bytes: Uint8Array) => Buffer.from(bytes).toString();
const textOfBody = ({ body }: Batch) => text(body.bytes());

/** The payload, without asking for a view of it: its buffer is used again once its lane lets go of it. */
function copyOf(item: EncodedDelivery): string {
  if (!(item instanceof Encoded)) throw new Error('not from a segment');
  return textOf((writer) => item.copyPayload(writer));
}

interface Came {
  readonly accepted: readonly number[];
  readonly isolated: readonly number[];
  readonly wanted: readonly number[];
  readonly isDone: boolean;
}

/** Expects the wanted rows, in order. Rows behind the offset of a lane that was stopped may have been sent already; none before it is missing. */
function expectRows({ accepted, isolated, wanted, isDone }: Came): void {
  const seen = [...accepted, ...isolated].toSorted((a, b) => a - b);
  expect(accepted).toEqual(accepted.toSorted((a, b) => a - b));
  expect(seen).toEqual(isDone ? wanted : expect.arrayContaining([...wanted]));
}

/** Has a sink look at what it is sent, and keep what it must not keep: views, which a socket may read when the reply has come already. */
function receiving(
  sink: Sink,
  {
    isLent,
    isRefused,
  }: { readonly isLent: (offset: number) => boolean; readonly isRefused: (n: number) => boolean },
) {
  const accepted: number[] = [];
  const faults: string[] = [];
  const views: (readonly [view: Uint8Array, text: string])[] = [];
  const behave = async (batch: Batch) => {
    const lent = isLent(batch.items[0]?.head.source.offset ?? 0);
    const sent = await sentOf(batch, lent);
    faults.push(...sent.faults);
    if (lent) views.push([batch.body.bytes(), sent.body]);
    if (sent.numbers.some(isRefused)) throw new RowsRefusedError('rows_refused', 'no');
    accepted.push(...sent.numbers);
  };
  Object.assign(sink, { keepsPayloads: false, behave });
  return { accepted, faults, views };
}

/** Expects that each batch was what it should be, and that what was lent of it still is. */
function expectWhole({ faults, views }: Pick<ReturnType<typeof receiving>, 'faults' | 'views'>): void {
  expect(faults).toEqual([]);
  for (const [view, was] of views) expect(text(view)).toBe(was);
}

/** The offsets of isolated rows, by destination. */
async function isolatedOf(
  deadLetters: DeadLetterArchive,
): Promise<ReadonlyMap<string | undefined, number[]>> {
  const isolated = new Map<string | undefined, number[]>();
  for await (const { destination, offset } of deadLetters.list({ isolating: true }))
    isolated.set(destination, [...(isolated.get(destination) ?? []), offset]);
  return isolated;
}

/** What a destination gets of a batch: the numbers of its rows, and what is wrong with it. */
async function sentOf(batch: Batch, isLent: boolean) {
  const faults: string[] = [];
  const texts = batch.items.map(isLent ? payloadOf : copyOf);
  const body = isLent ? textOfBody(batch) : text(await batch.body.compressed(slowly));
  if (body !== texts.join('\n')) faults.push(body);
  // What grows while it is sent takes more than is counted.
  if (batch.items.some((item) => !(item instanceof Encoded && item.segment.isClosed))) faults.push('open');
  return { body, faults, numbers: texts.map((each) => Number(JSON.parse(each).properties.n)) };
}

/** A compression that goes on after it was asked for, as in zlib's threads. */
async function slowly(bytes: Uint8Array<ArrayBuffer>): Promise<Uint8Array<ArrayBuffer>> {
  await turn();
  return bytes.slice();
}

describe('what an encoding alters', () => {
  it('is counted for each destination that has accepted it, though it is encoded once, and logged once a minute', async () => {
    const { lanes, pass, counts, metrics, warnings, clock } = lanesOf([{ items: 1 }, { items: 2 }, {}]);
    for (let n = 0; n < 6; n++) pass(n, (lane) => lane !== 2 || n === 0, n % 2 === 0 ? 'Long' : 'T');
    await Promise.all(lanes.map((lane) => lane.finish()));
    expect(counts.writes).toBe(6);
    const altered = (destination: string) =>
      metrics.counter('xdr_relay_altered_total', { destination, type: 'cut' });
    expect(['sink-0', 'sink-1', 'sink-2'].map(altered)).toEqual([3, 3, 1]);
    expect(warnings).toHaveLength(3);
    expect(warnings).toEqual(
      expect.arrayContaining(
        ['sink-0', 'sink-1', 'sink-2'].map((destination) => [
          'Values of accepted events do not arrive whole',
          expect.objectContaining({ destination, table: 'Long', field: 'Column' }),
        ]),
      ),
    );
    expect(clock.monotonic()).toBeLessThan(60_000);
  });
});

describe('three destinations that encode alike', () => {
  afterEach(() => vi.restoreAllMocks());

  it('cost the encoding and the compression of one, and copy no row more often', async () => {
    const limits = { items: 20, bytes: 8_000 };
    const { lanes, sinks, counts, compress, pass, memory } = lanesOf([limits, limits, limits]);
    for (const sink of sinks) {
      sink.behave = async ({ body }) => {
        await body.compressed(compress);
      };
    }
    let copied = 0;
    for (const method of ['text', 'bytes'] as const) {
      const real = ByteWriter.prototype[method];
      vi.spyOn(ByteWriter.prototype, method).mockImplementation(function (
        this: ByteWriter,
        ...args: Parameters<typeof real>
      ) {
        const before = this.length;
        real.apply(this, args as [never, never, never]);
        copied += this.length - before;
      });
    }
    for (let n = 0; n < 200; n++) pass(n);
    await Promise.all(lanes.map((lane) => lane.finish()));
    expect(sinks.map(({ rows }) => rows.length)).toEqual([200, 200, 200]);
    expect(counts.writes).toBe(200);
    expect(counts.compressions).toBe(sinks[0]?.batches.length);
    // The payload, the row, what stands between; and of each batch the delivery that did not fit into the one before.
    const least = 200 * (payload(100).length + ROW.length);
    expect(copied).toBeGreaterThanOrEqual(least * 0.99);
    expect(copied).toBeLessThan(least * 1.1);
    expect(memory.used).toBe(0);
  });

  it('cut their batches at the same rows again after one was cut short or began elsewhere', async () => {
    const limits = { items: 20, bytes: 20_000 };
    const rowsOf = (sink?: Sink) => sink?.batches.map(({ items }) => items.map(({ head }) => head.id).join());
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.tuple(fc.nat(2), fc.nat(300)), { maxLength: 6 }),
        fc.array(fc.nat(60), { minLength: 3, maxLength: 3 }),
        async (cuts, starts) => {
          const { lanes, sinks, counts, compress, pass, memory } = lanesOf([limits, limits, limits], 1);
          for (const sink of sinks) {
            sink.behave = async ({ body }) => {
              await body.compressed(compress);
            };
          }
          for (let n = 0; n < 300; n++) {
            pass(n, (lane) => n >= (starts[lane] ?? 0));
            // The reader waits for a lane that is full: what it has is sent as it is.
            for (const [lane, at] of cuts) if (at === n) void lanes[lane]?.room();
            if (n % 7 === 0) await turn();
          }
          await Promise.all(lanes.map((lane) => lane.finish()));
          const all = sinks.map((sink) => new Set(rowsOf(sink)));
          const distinct = new Set(all.flatMap((batches) => [...batches]));
          // Where lanes begin within a segment, their ranges of it may be asked for in turn.
          expect(counts.compressions - distinct.size).toBeLessThanOrEqual(lanes.length);
          // Each lane that begins within a segment, or is cut short, has one batch of its own at most.
          for (const batches of all)
            expect(distinct.size - batches.size).toBeLessThanOrEqual(2 + cuts.length + 60 / 20);
          expect(memory.used).toBe(0);
        },
      ),
      { numRuns: 40 },
    );
  });

  it('keep their own limits where these differ', async () => {
    const { lanes, sinks, pass } = lanesOf([{ items: 100 }, { items: 10 }, { items: 100, ageMs: 1_000 }]);
    for (let n = 0; n < 200; n++) pass(n);
    await Promise.all(lanes.map((lane) => lane.finish()));
    const sizes = sinks.map(({ batches }) => batches.map(({ items }) => items.length));
    expect(sizes).toEqual([[100, 100], Array.from({ length: 20 }, () => 10), [100, 100]]);
  });

  it('hold what one holds', async () => {
    const used = [1, 3].map((count) => {
      const { pass, memory } = lanesOf(Array.from({ length: count }, () => ({ items: 1_000 })));
      for (let n = 0; n < 100; n++) pass(n);
      return memory.used;
    });
    expect(used[1]).toBe(used[0]);
  });

  it('retry without compressing again', async () => {
    const { lanes, sinks, counts, compress, pass } = lanesOf([{ items: 5 }, { items: 5 }]);
    let refusals = 3;
    for (const sink of sinks) {
      sink.behave = async ({ body }) => {
        await body.compressed(compress);
        if (sink === sinks[1] && refusals-- > 0) throw new RetryableError('connection_lost', 'lost');
      };
    }
    for (let n = 0; n < 5; n++) pass(n);
    await lanes[0]?.finish();
    expect(await lanes[1]?.finish()).toEqual({ kind: 'done' });
    expect(sinks[1]?.batches.length).toBe(1);
    expect(counts).toEqual({ writes: 5, compressions: 1 });
  });
});

describe('a lane that takes few of the rows of all', () => {
  it('does not keep the others’ bytes while it waits', async () => {
    const { lanes, sinks, pass, memory } = lanesOf([{ items: 50 }, { items: 50 }]);
    const { promise, resolve } = Promise.withResolvers<void>();
    const [, few] = sinks;
    if (few) few.behave = () => promise;
    for (let n = 0; n < 5_000; n++) {
      pass(n, (lane) => lane === 0 || n % 100 === 0);
      if (n % 50 === 49) await turn();
    }
    await lanes[0]?.finish();
    const own = 50 * (payload(1).length + ROW.length);
    expect(memory.used).toBeGreaterThan(own);
    expect(memory.used).toBeLessThan(3 * own);
    resolve();
    await lanes[1]?.finish();
    expect(few?.rows).toEqual(Array.from({ length: 50 }, (_, at) => at * 100));
    expect(memory.used).toBe(0);
  });
});

describe('whatever lanes take, refuse and stop', () => {
  it('each is sent the encoding of its rows in order, and all memory comes back', async () => {
    const limit = fc.record({
      items: fc.integer({ min: 1, max: 6 }),
      bytes: fc.integer({ min: 600, max: 3_000 }),
    });
    const row = fc.record({
      wanted: fc.tuple(fc.boolean(), fc.boolean(), fc.boolean()),
      refused: fc.tuple(fc.boolean(), fc.boolean(), fc.boolean()),
      stops: fc.option(fc.nat(2), { freq: 20 }),
      waits: fc.boolean(),
      // Whether the batch that begins with the row is sent as views of the buffers, or compressed.
      isLent: fc.boolean(),
    });
    let reused = 0;
    await fc.assert(
      fc.asyncProperty(
        fc.array(limit, { minLength: 3, maxLength: 3 }),
        fc.array(row, { maxLength: 25 }),
        async (limits, rows) => {
          const { lanes, sinks, pass, memory, buffers, deadLetters } = lanesOf(limits, 4_000);
          const received = sinks.map((sink, at) =>
            receiving(sink, {
              isLent: (offset) => rows[offset]?.isLent ?? false,
              isRefused: (n) => rows[n]?.refused[at] ?? false,
            }),
          );
          const stopped = new Set<number>();
          for (const [n, { wanted, stops, waits }] of rows.entries()) {
            pass(n, (lane) => wanted[lane] ?? false);
            if (stops !== null) {
              lanes[stops]?.stop();
              stopped.add(stops);
            }
            if (waits) await turn();
          }
          const ends = await Promise.all(lanes.map((lane) => lane.finish()));
          expect(memory.used).toBe(0);
          for (const each of received) expectWhole(each);
          reused += buffers.reused;
          const isolated = await isolatedOf(deadLetters);
          for (const [at, sink] of sinks.entries()) {
            const isDone = ends[at]?.kind === 'done';
            const before = isDone ? rows.length : (lanes[at]?.offset ?? 0);
            const wanted = [...rows.keys()].filter((n) => rows[n]?.wanted[at] && n < before);
            expectRows({
              accepted: received[at]?.accepted ?? [],
              isolated: isolated.get(sink.name) ?? [],
              wanted,
              isDone,
            });
          }
        },
      ),
      { numRuns: 150 },
    );
    expect(reused).toBeGreaterThan(20);
  });
});

describe('rows with several deliveries', () => {
  it('reach each lane with those that it wants, in order, and each row counts once', async () => {
    const limit = fc.record({
      items: fc.integer({ min: 1, max: 6 }),
      bytes: fc.integer({ min: 600, max: 3_000 }),
    });
    const some = fc.subarray([...Array(PER_ROW).keys()]);
    const row = fc.record({
      wanted: fc.tuple(some, some, some),
      stops: fc.option(fc.nat(2), { freq: 20 }),
      waits: fc.boolean(),
      isLent: fc.boolean(),
    });
    await fc.assert(
      fc.asyncProperty(
        fc.array(limit, { minLength: 3, maxLength: 3 }),
        fc.array(row, { maxLength: 25 }),
        async (limits, rows) => {
          const { lanes, sinks, passSeveral, memory } = lanesOf(limits, 4_000);
          const isLent = (offset: number) => rows[offset]?.isLent ?? false;
          const received = sinks.map((sink) => receiving(sink, { isLent, isRefused: () => false }));
          for (const [n, { wanted, stops, waits }] of rows.entries()) {
            passSeveral(n, (lane) => wanted[lane] ?? []);
            if (stops !== null) lanes[stops]?.stop();
            if (waits) await turn();
          }
          const ends = await Promise.all(lanes.map((lane) => lane.finish()));
          expect(memory.used).toBe(0);
          for (const [at, lane] of lanes.entries()) {
            const { accepted, faults, views } = received[at] ?? { accepted: [], faults: [], views: [] };
            // Where a lane takes what others do not, a segment may be open still in which a part of its batch lies.
            expectWhole({ faults: faults.filter((fault) => fault !== 'open'), views });
            const reached = ends[at]?.kind === 'done' ? rows.length : lane.offset;
            const wantedOf = (n: number) => rows[n]?.wanted[at] ?? [];
            const before = [...rows.keys()].filter((n) => n < reached && wantedOf(n).length > 0);
            const wanted = before.flatMap((n) => wantedOf(n).map((nth) => n * PER_ROW + nth));
            expect(accepted.slice(0, wanted.length)).toEqual(wanted);
            expect(new Set(accepted).size).toBe(accepted.length);
            expect(lane.countsBefore(reached)).toMatchObject({ rows: reached, delivered: before.length });
          }
        },
      ),
      { numRuns: 150 },
    );
  });
});
