/** The search for the row that makes its destination fail. */

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { FakeClock } from '../../lab/clock/fake-clock.ts';
import { deliveryWith } from '../../lab/delivery.ts';
import { numberOf, Sink } from '../../lab/memory/sink.ts';
import { createMemoryStateDocuments } from '../../lab/memory/state-documents.ts';
import { recordingMetrics } from '../../lab/recording-metrics.ts';
import { silentLogger } from '../../lab/silent.ts';
import { Encoder } from '../../src/delivery/encoder.ts';
import { DestinationDownError, type LaneApartError } from '../../src/delivery/errors.ts';
import { manageDestination } from '../../src/delivery/managed-destination.ts';
import { MemoryBudget } from '../../src/delivery/memory-budget.ts';
import type { Encoded } from '../../src/delivery/segment.ts';
import { LaneSender } from '../../src/delivery/sender.ts';
import type { SenderContext } from '../../src/delivery/sender-context.ts';
import type { FailedItem } from '../../src/delivery/suspects.ts';
import { DestinationRefusedError, RetryableError, RowsRefusedError } from '../../src/destinations/errors.ts';
import type { Batch, EncodedDelivery } from '../../src/destinations/port.ts';

const policy = { retryForMs: 20, retryMinMs: 1, retryMaxMs: 2 };

function item(n: number, table = 'T'): Encoded {
  const envelope = { id: String(n), time: '', table, event: { n }, source: { blob: 'b', offset: n * 10 } };
  const { encoding, batch } = new Sink('s');
  return new Encoder(encoding, batch, new MemoryBudget(0)).encode(
    { offset: n * 10, end: n * 10 + 10, bytes: Buffer.from('row') },
    deliveryWith(envelope, JSON.stringify({ properties: { n } })),
  );
}

const numbersOf = (items: readonly EncodedDelivery[]) => items.map((one) => Number(numberOf(one)));

function setUp(context: Partial<SenderContext> = {}, reaches?: Sink['reaches']) {
  const clock = new FakeClock(undefined, { sleepPasses: true });
  const sink = new Sink('s');
  if (reaches) sink.reaches = reaches;
  const metrics = recordingMetrics();
  const documents = createMemoryStateDocuments();
  const target = manageDestination(sink, { documents, clock, logger: silentLogger, metrics });
  const accepted: number[] = [];
  const isolated: FailedItem[] = [];
  const requests: number[][] = [];
  let failing: (batch: Batch) => void = () => {};
  sink.behave = (batch) => {
    requests.push(numbersOf(batch.items));
    failing(batch);
  };
  const base: SenderContext = {
    lane: 'lane',
    policy,
    clock,
    signal: new AbortController().signal,
    stop: new AbortController().signal,
    guard() {},
    isProvenAlive: false,
    attempts: 0,
    scanned: 0,
    suspectBytes: 1 << 20,
    sealed: () => [],
    onHandedOver() {},
    onAccepted: (items) => accepted.push(...numbersOf(items)),
    onIsolated: async (failed) => {
      isolated.push(...failed);
    },
    ...context,
  };
  const sender = new LaneSender(target, base);
  return {
    clock,
    sink,
    target,
    sender,
    requests,
    accepted,
    documents,
    isolatedRows: () => numbersOf(isolated.map((one) => one.item)),
    isolated,
    behave(behaviour: (batch: Batch) => void) {
      failing = behaviour;
    },
    /** Sends batches as a lane does, and says how it ended. */
    send: (...batches: readonly (readonly Encoded[])[]) => sent(sender, batches),
    /** Sends rows as the visits of one cursor do, each from the first row that is not settled, and says how the last ended. */
    async visits(most: number, all: readonly Encoded[], size: number): Promise<unknown> {
      let current = sender;
      let from = 0;
      for (let visit = 1; ; visit++) {
        const rest = all.slice(from);
        const batches = Array.from({ length: Math.ceil(rest.length / size) }, (_, at) =>
          rest.slice(at * size, (at + 1) * size),
        );
        const end = await sent(current, batches);
        if (!(end instanceof DestinationDownError) || visit === most) return end;
        const { oldest, scannedTo = 0 } = current;
        if (oldest) from = all.indexOf(oldest);
        current = new LaneSender(target, { ...base, attempts: visit, scanned: scannedTo });
      }
    },
  };
}

async function sent(sender: LaneSender, batches: readonly (readonly Encoded[])[]): Promise<unknown> {
  try {
    for (const items of batches) {
      sender.take(items);
      await sender.send();
    }
    await sender.end();
    return undefined;
  } catch (error) {
    return error;
  }
}

type Made = () => Error;
const failures: Readonly<Record<string, Made>> = {
  'HTTP 500': () => new RetryableError('server_error', 'answered 500'),
  reset: () => new RetryableError('connection_lost', 'reset'),
  'time-out': () => new RetryableError('timeout', 'no answer'),
  'HTTP 403': () => new DestinationRefusedError('not_authorized', 'answered 403'),
  'HTTP 409': () => new DestinationRefusedError('refused', 'answered 409'),
  'HTTP 400': () => new RowsRefusedError('rows_refused', 'answered 400'),
};

const items = (count: number, table?: string) => Array.from({ length: count }, (_, n) => item(n, table));
const numbers = (count: number) => Array.from({ length: count }, (_, n) => n);

/** Fails each request that has one of these rows in it. */
const failingFor = (rows: ReadonlySet<number>, make: Made) => (batch: Batch) => {
  if (numbersOf(batch.items).some((n) => rows.has(n))) throw make();
};

describe('A row that makes its destination fail', () => {
  it.each(Object.keys(failures))(
    'by %s is isolated, and all others arrive in order',
    async (kind) => {
      await fc.assert(
        fc.asyncProperty(
          fc.integer({ min: 2, max: 60 }),
          fc.uniqueArray(fc.nat(59), { maxLength: kind === 'time-out' ? 2 : 4 }),
          fc.integer({ min: 1, max: 60 }),
          async (count, poison, size) => {
            const bad = new Set(poison.filter((n) => n < count));
            // A destination that answers nobody is down at first; a later visit looks for the row.
            const { behave, visits, sink, isolatedRows } = setUp({ attempts: kind === 'time-out' ? 1 : 0 });
            behave(failingFor(bad, failures[kind] ?? failures['HTTP 500'] ?? (() => new Error(kind))));
            // A search without a sign of life ends after 16 requests, and the next visit continues it.
            const end = await visits(3, items(count), size);
            if (bad.size === count) {
              expect(end).toMatchObject({ name: 'DestinationDownError' });
              expect(isolatedRows()).toEqual([]);
              return;
            }
            // Without other rows behind them, the last ones wait for proof.
            const good = numbers(count).filter((n) => !bad.has(n));
            const last = good.at(-1) ?? -1;
            expect(sink.rows).toEqual(good);
            expect(isolatedRows()).toEqual(
              expect.arrayContaining([...bad].filter((n) => n < last).sort((a, b) => a - b)),
            );
            expect(isolatedRows().every((n) => bad.has(n))).toBe(true);
          },
        ),
        // Three bad rows in succession take more requests than one visit makes without a sign of life.
        { numRuns: 40, examples: [[17, [3, 2, 1], 17]] },
      );
    },
    60_000,
  );

  it('is never isolated while the destination accepts nothing from anybody', async () => {
    for (const make of Object.values(failures)) {
      const { behave, send, isolatedRows, requests } = setUp();
      behave(() => {
        throw make();
      });
      expect(await send(items(100), items(100))).toMatchObject({ name: 'DestinationDownError' });
      expect(isolatedRows()).toEqual([]);
      expect(requests.length).toBeLessThan(40);
    }
  });

  it('is isolated by the acceptance of another lane', async () => {
    const { behave, send, target, isolatedRows } = setUp();
    behave(() => {
      target.evidence.accepted(['Other']);
      throw new RetryableError('server_error', 'answered 500');
    });
    expect(await send([item(0)])).toBeUndefined();
    expect(isolatedRows()).toEqual([0]);
  });

  it('is isolated where an earlier visit failed and somebody was accepted since, with every answer it got', async () => {
    const { behave, send, isolated } = setUp({ attempts: 1, isProvenAlive: true });
    let tries = 0;
    behave(() => {
      tries++;
      throw tries === 1
        ? new RetryableError('server_error', 'answered 500')
        : new RetryableError('connection_lost', 'reset');
    });
    expect(await send([item(0)])).toBeUndefined();
    expect(isolated[0]?.answers).toEqual([
      { code: 'server_error', message: 'answered 500' },
      { code: 'connection_lost', message: 'reset' },
    ]);
  });

  it('is found beyond rows that failed alone in earlier visits, which are not sent again', async () => {
    const { behave, send, requests, sink, isolatedRows } = setUp({ attempts: 3, scanned: 80 });
    behave(failingFor(new Set([0, 1, 2, 3, 4, 5, 6, 7, 8]), () => new RetryableError('server_error', 'no')));
    expect(await send(items(5), items(20).slice(5))).toBeUndefined();
    expect(isolatedRows()).toEqual(numbers(9));
    expect(sink.rows).toEqual(numbers(20).slice(9));
    expect(requests.filter(([first]) => first !== undefined && first > 0 && first < 8)).toEqual([]);
  });
});

describe('A destination', () => {
  it('that has passing trouble gets the same batch again', async () => {
    const { behave, send, requests, isolatedRows } = setUp();
    behave(() => {
      if (requests.length < 3) throw new RetryableError('server_error', 'busy');
    });
    expect(await send(items(3))).toBeUndefined();
    expect(requests).toEqual([numbers(3), numbers(3), numbers(3)]);
    expect(isolatedRows()).toEqual([]);
  });

  it('that does not answer anybody is down after one time-out', async () => {
    const { behave, send, requests } = setUp({ policy: { ...policy, retryForMs: 0 } });
    behave(() => {
      throw new RetryableError('timeout', 'no answer');
    });
    expect(await send(items(50))).toMatchObject({ name: 'DestinationDownError', code: 'timeout' });
    expect(requests).toHaveLength(1);
  });

  it('that cannot be reached is down without a search for a row', async () => {
    const { behave, send, requests } = setUp();
    behave(() => {
      throw new RetryableError('unreachable', 'nobody there');
    });
    expect(await send(items(50))).toMatchObject({ name: 'DestinationDownError', code: 'unreachable' });
    expect(requests.every(({ length }) => length === 50)).toBe(true);
  });

  it('that asks everybody to wait is down for as long, and no row is looked for', async () => {
    const { behave, send, requests } = setUp();
    behave(() => {
      throw new RetryableError('throttled', 'slow down', { retryAfterMs: 60_000 });
    });
    expect(await send(items(50))).toMatchObject({ name: 'DestinationDownError', retryAfterMs: 60_000 });
    expect(requests).toEqual([numbers(50)]);
  });

  it('that asks these rows alone to wait keeps nobody else waiting, and is taken to refuse them in the end', async () => {
    const throttled = () => new RetryableError('throttled', 'slow down', { retryAfterMs: 60_000 });
    const first = setUp();
    let tries = 0;
    first.behave(() => {
      // It waits a little at first, and another lane is accepted meanwhile.
      if (++tries === 1) throw new RetryableError('throttled', 'slow down', { retryAfterMs: 2 });
      first.target.evidence.accepted(['Other']);
      throw throttled();
    });
    const until = first.clock.now() + 60_000;
    const end = await first.send([item(0)]);
    expect(end).toMatchObject({ name: 'LaneApartError' });
    expect((end as LaneApartError).until).toBeGreaterThanOrEqual(until);
    expect(first.target.breaker.record).toBeUndefined();

    const later = setUp({ attempts: 2, isProvenAlive: true });
    later.behave(failingFor(new Set([0]), throttled));
    expect(await later.send(items(3))).toBeUndefined();
    expect(later.isolatedRows()).toEqual([0]);
    expect(later.sink.rows).toEqual([1, 2]);
  });

  it('that refuses a whole table and accepts others gets the table held, and none of its rows isolated', async () => {
    const { clock, behave, send, target, requests, isolatedRows } = setUp();
    behave(() => {
      if (requests.length % 5 === 0) target.evidence.accepted(['Other']);
      throw new RowsRefusedError('rows_refused', 'answered 422');
    });
    const end = await send(items(500, 'DeviceEvents'));
    expect(end).toMatchObject({ name: 'LaneApartError', code: 'rows_refused' });
    expect(isolatedRows()).toEqual([]);
    expect(target.holds.isHeld('deviceevents')).toBe(true);
    expect(target.holds.heldUntil('DeviceEvents')).toBeGreaterThan(clock.now());
    expect(target.breaker.record).toBeUndefined();
    expect(requests.length).toBeLessThan(80);
  });

  it('sends nothing once the guard says no, and ends when it is aborted', async () => {
    const guarded = setUp({
      guard() {
        throw new Error('claim lost');
      },
    });
    expect(await guarded.send(items(1))).toMatchObject({ message: 'claim lost' });
    expect(guarded.requests).toEqual([]);

    const controller = new AbortController();
    const aborted = setUp({ signal: controller.signal });
    aborted.behave(() => {
      controller.abort(new Error('shutting down'));
      throw new RetryableError('server_error', 'busy');
    });
    expect(await aborted.send(items(1))).toMatchObject({ message: 'shutting down' });
  });
});

describe('A delivery that is only put into the state', () => {
  const isStored = (batch: readonly EncodedDelivery[]) => numbersOf(batch).every((n) => n % 2 === 1);
  const reaches = (batch: readonly EncodedDelivery[]) => !isStored(batch);

  it('proves nothing: what fails beside it because nobody answers is not taken for the row at fault', async () => {
    const made = setUp({ attempts: 1 }, reaches);
    // Whatever is stored is taken, and the destination itself answers everything else with 500.
    made.behave(({ items: sent }) => {
      if (!isStored(sent)) throw new RetryableError('server_error', 'answered 500');
    });
    expect(await made.send(items(12))).toMatchObject({ name: 'DestinationDownError' });
    expect(made.isolatedRows()).toEqual([]);
    expect(made.accepted.every((n) => n % 2 === 1)).toBe(true);
    expect(made.target.evidence.acceptedSince(0)).toBe(false);
  });

  it('asks nobody for permission, and closes no breaker', async () => {
    let asked = 0;
    const made = setUp(
      {
        async admit() {
          asked += 1;
          return 1;
        },
      },
      reaches,
    );
    await made.target.breaker.failed(new DestinationDownError('server_error', 'answered 500'));
    expect(await made.send([item(1), item(3)])).toBeUndefined();
    expect(made.accepted).toEqual([1, 3]);
    expect(asked).toBe(0);
    expect(made.target.breaker.isOpen).toBe(true);
    expect(await made.send([item(4)])).toMatchObject({ name: 'LaneWaitsError' });
  });
});
