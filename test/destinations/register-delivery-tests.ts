import { afterEach, describe, expect, it } from 'vitest';
import { FakeClock } from '../../lab/clock/fake-clock.ts';
import { payloadOf } from '../../lab/delivery.ts';
import { createMemoryStateDocuments } from '../../lab/memory/state-documents.ts';
import type { ReceiverReply } from '../../lab/receivers/server.ts';
import { recordingMetrics } from '../../lab/recording-metrics.ts';
import { silentLogger } from '../../lab/silent.ts';
import { Encoder } from '../../src/delivery/encoder.ts';
import { manageDestination } from '../../src/delivery/managed-destination.ts';
import { MemoryBudget } from '../../src/delivery/memory-budget.ts';
import type { Encoded } from '../../src/delivery/segment.ts';
import { LaneSender } from '../../src/delivery/sender.ts';
import type { BatchLimits, Destination } from '../../src/destinations/port.ts';
import { type FaultScript, faultHook } from './fault-script.ts';
import type { Bench, BenchOptions, Protocol } from './register-destination-tests.ts';
import { deliveryOf, envelope } from './samples.ts';

const SIGNAL = new AbortController().signal;
const POISON = 'the-poisoned-row';
/** Characters of a payload by which a filter recognises it. */
const MARK = 24;

/** What delivery makes of each destination for machines where one row fails, against a real server. */
export function registerDeliveryTests(
  name: string,
  makeBench: (options: BenchOptions) => Promise<Bench>,
  { rowRefusal }: Pick<Protocol, 'rowRefusal'>,
): void {
  describe(`${name}: a poisoned row`, () => {
    const benches: Bench[] = [];
    afterEach(async () => {
      for (const bench of benches.splice(0)) {
        await bench.destination.close();
        await bench.receiver.close();
      }
    });

    async function open(script?: FaultScript) {
      const bench = await makeBench(script === undefined ? {} : { script, fault: faultHook(script) });
      benches.push(bench);
      return bench;
    }

    /** Sends `count` rows of which one makes every request fail that has it. */
    async function deliver(count: number, poisoned: number, fault: ReceiverReply | 'reset') {
      // How a row looks in a request is the encoding's matter.
      const plain = await open();
      const text = markOf(itemsFor(plain.destination, count, poisoned), poisoned);
      const bench = await open({ kind: 'containing', text, fault });
      const items = itemsFor(bench.destination, count, poisoned);
      const { sender, isolated } = senderTo(bench.destination);
      for (const batch of inBatches(items, bench.destination.batch)) {
        sender.take(batch);
        await sender.send();
      }
      await sender.end();
      const arrived = new Set(bench.arrived());
      const missing = items.map(({ head }) => head.id).filter((id) => !arrived.has(id));
      return { missing, isolated, requests: bench.receiver.counts.requests };
    }

    it('among 1,000 is isolated, and the others arrive', async () => {
      const { missing, isolated, requests } = await deliver(1_000, 700, rowRefusal);
      expect(missing).toEqual([envelope(700).id]);
      expect(isolated).toEqual([envelope(700).id]);
      expect(requests).toBeLessThan(80);
    });

    it.each<[string, ReceiverReply | 'reset']>([
      ['403', { status: 403, body: 'blocked' }],
      ['503', { status: 503 }],
      ['413', { status: 413 }],
      ['a reset', 'reset'],
    ])('that fails by %s is isolated, and the others arrive', async (_, fault) => {
      const { missing, isolated } = await deliver(12, 5, fault);
      expect(missing).toEqual([envelope(5).id]);
      expect(isolated).toEqual([envelope(5).id]);
    });
  });
}

/** Rows, of which one has a text that no other has. @param poisoned which one; -1: none. */
export function itemsFor(
  { encoding, batch }: Destination,
  count: number,
  poisoned: number,
): readonly Encoded[] {
  return Array.from({ length: count }, (_, at) => {
    const plain = envelope(at);
    const event = { ...plain.event, FileName: at === poisoned ? POISON : 'certutil.exe' };
    const row = { offset: at * 10, end: at * 10 + 10, bytes: Buffer.from('row') };
    // Each in a segment of its own.
    return new Encoder(encoding, batch, new MemoryBudget(0)).encode(row, deliveryOf({ ...plain, event }));
  });
}

/** What stands in the one payload and in no other. Some encodings hide the text. */
function markOf(items: readonly Encoded[], poisoned: number): string {
  const own = items[poisoned];
  if (!own) throw new RangeError(`no item ${poisoned}`);
  const payload = payloadOf(own);
  if (payload.includes(POISON)) return POISON;
  const others = items.filter((item) => item !== own).map(payloadOf);
  for (let at = 0; at + MARK <= payload.length; at += MARK / 3) {
    const mark = payload.slice(at, at + MARK);
    if (!others.some((other) => other.includes(mark))) return mark;
  }
  throw new Error('nothing tells the poisoned payload from the others');
}

function inBatches(items: readonly Encoded[], limits: BatchLimits): readonly (readonly Encoded[])[] {
  const batches: Encoded[][] = [];
  let bytes = Number.POSITIVE_INFINITY;
  for (const item of items) {
    const isFull = bytes + item.bytes > limits.bytes || batches.at(-1)?.length === limits.items;
    if (isFull) batches.push([]);
    bytes = isFull ? item.bytes : bytes + item.bytes + 1;
    batches.at(-1)?.push(item);
  }
  return batches;
}

/** Sends as a lane does, and keeps the ids of the rows that it isolates. */
export function senderTo(destination: Destination) {
  const clock = new FakeClock(undefined, { sleepPasses: true });
  const services = { clock, logger: silentLogger, metrics: recordingMetrics() };
  const isolated: string[] = [];
  const sender = new LaneSender(
    manageDestination(destination, { ...services, documents: createMemoryStateDocuments() }),
    {
      lane: 'lane',
      policy: { retryForMs: 20, retryMinMs: 1, retryMaxMs: 2 },
      clock,
      signal: SIGNAL,
      stop: SIGNAL,
      guard() {},
      isProvenAlive: false,
      attempts: 0,
      scanned: 0,
      suspectBytes: 1 << 20,
      sealed: () => [],
      onHandedOver() {},
      onAccepted() {},
      onIsolated: async (failed) => {
        isolated.push(...failed.map(({ item }) => item.head.id));
      },
    },
  );
  return { sender, isolated };
}
