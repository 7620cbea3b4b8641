/** Lanes to a destination that acknowledges batches some time after it has received them. */
import fc from 'fast-check';
import { describe, expect, it, vi } from 'vitest';
import { FakeClock } from '../../lab/clock/fake-clock.ts';
import { deliveryWith } from '../../lab/delivery.ts';
import { AcknowledgingSink, type Fate } from '../../lab/memory/acknowledging-sink.ts';
import { createMemoryDeadLetters } from '../../lab/memory/dead-letters.ts';
import { PoisonedBuffers } from '../../lab/memory/poisoned-buffers.ts';
import { numberOf } from '../../lab/memory/sink.ts';
import { createMemoryStateDocuments } from '../../lab/memory/state-documents.ts';
import { recordingMetrics } from '../../lab/recording-metrics.ts';
import { silentLogger } from '../../lab/silent.ts';
import { Encoder } from '../../src/delivery/encoder.ts';
import { Lane, type LaneEnd } from '../../src/delivery/lane.ts';
import { manageDestination } from '../../src/delivery/managed-destination.ts';
import { MemoryBudget } from '../../src/delivery/memory-budget.ts';

const TIMEOUT_MS = 10_000;
const GOOD: Fate = { replyMs: 5, reply: 'taken', ackMs: 1_000 };

function setUp(fate: (request: number) => Fate, reaches?: AcknowledgingSink['reaches']) {
  const clock = new FakeClock();
  const services = { clock, logger: silentLogger, metrics: recordingMetrics() };
  let requests = 0;
  const sink = new AcknowledgingSink(clock, TIMEOUT_MS, () => fate(requests++));
  if (reaches) sink.reaches = reaches;
  const target = manageDestination(sink, { ...services, documents: createMemoryStateDocuments() });
  const memory = new MemoryBudget(1 << 30, new PoisonedBuffers());
  const isolated = new Set<number>();
  const archive = createMemoryDeadLetters({ clock });
  const deadLetters: typeof archive = {
    ...archive,
    async put(letter) {
      await archive.put(letter);
      isolated.add(letter.source.offset);
    },
  };
  let attempts = 0;
  /** A visit's lane from `start`. @param onCommit called with its offset whenever it has moved. */
  function visit(start: number, onCommit: (offset: number) => void = () => {}, bufferBytes = 1 << 20) {
    const killed = new AbortController();
    const lane: Lane = new Lane(target, start, {
      ...services,
      id: 'lane',
      policy: { retryForMs: 1_000, retryMinMs: 1, retryMaxMs: 2 },
      bufferBytes,
      memory,
      encoder: new Encoder(sink.encoding, sink.batch, memory),
      deadLetters,
      isolateAfterMs: 60_000,
      signal: killed.signal,
      guard() {},
      commit: async () => onCommit(lane.offset),
      attempts: attempts++,
    });
    return { lane, kill: () => killed.abort(new Error('killed')) };
  }
  const ended = (end: LaneEnd) => {
    if (end.kind === 'done') attempts = 0;
  };
  return { clock, sink, target, memory, isolated, visit, ended };
}

/** Hands over the row `n`, one byte long. */
function pass(lane: Lane, n: number): void {
  const raw = { offset: n, end: n + 1, bytes: Buffer.from('row'), truncated: false };
  const source = { blob: 'b', offset: n };
  lane.pass(raw, [
    deliveryWith({ id: String(n), time: '', table: 'T', event: { n }, source }, `{"properties":{"n":${n}}}`),
  ]);
}

const numbers = (count: number) => Array.from({ length: count }, (_, n) => n);

describe('A lane to a destination that acknowledges later', () => {
  it('has many batches wait at once, in order, and its offset follows the acknowledgements', async () => {
    const { clock, sink, visit } = setUp(() => GOOD);
    const { lane } = visit(0);
    for (const n of numbers(60)) pass(lane, n);
    const finished = lane.finish();
    await clock.run(900);
    expect([sink.waiting, sink.sending, lane.offset]).toEqual([20, 0, 0]);
    expect(sink.requests.flat()).toEqual(numbers(60));
    await clock.run(200);
    expect(await finished).toEqual({ kind: 'done' });
    expect(lane.offset).toBe(60);
  });

  it('stops at the first batch that is not acknowledged, whatever is behind it, and sends only that again', async () => {
    const { clock, sink, visit } = setUp((request) => (request === 1 ? { ...GOOD, ackMs: undefined } : GOOD));
    const { lane } = visit(0);
    for (const n of numbers(12)) pass(lane, n);
    const finished = lane.finish();
    await clock.run(TIMEOUT_MS);
    expect(sink.acknowledged).toEqual([0, 1, 2, 6, 7, 8, 9, 10, 11]);
    expect(lane.offset).toBe(3);
    await clock.run(2_000);
    expect(await finished).toEqual({ kind: 'done' });
    expect(sink.requests.slice(4)).toEqual([[3, 4, 5]]);
    expect(lane.offset).toBe(12);
  });

  it('hands nothing over behind a batch that was not received, until that is accepted', async () => {
    const { clock, sink, visit } = setUp((request) => (request === 1 ? { ...GOOD, reply: 'busy' } : GOOD));
    const { lane } = visit(0);
    for (const n of numbers(12)) pass(lane, n);
    const finished = lane.finish();
    await clock.run(10_000);
    expect(await finished).toEqual({ kind: 'done' });
    expect(sink.requests).toEqual([
      [0, 1, 2],
      [3, 4, 5],
      [3, 4, 5],
      [6, 7, 8],
      [9, 10, 11],
    ]);
  });

  it('waits for the acknowledgements when it is stopped, and sends nothing more', async () => {
    const { clock, sink, visit, memory } = setUp(() => GOOD);
    const { lane } = visit(0);
    for (const n of numbers(12)) pass(lane, n);
    await clock.run(7);
    expect(sink.requests).toHaveLength(2);
    lane.stop();
    const finished = lane.finish();
    await clock.run(2_000);
    expect(await finished).toEqual({ kind: 'stopped' });
    expect([sink.requests.length, lane.offset, memory.used]).toEqual([2, 6, 0]);
  });

  it('ends at once when it is aborted, with its offset before what was not acknowledged', async () => {
    const { clock, sink, visit, memory } = setUp(() => GOOD);
    const { lane, kill } = visit(0);
    for (const n of numbers(12)) pass(lane, n);
    const finished = lane.finish();
    finished.catch(() => {});
    await clock.run(500);
    kill();
    await expect(finished).rejects.toThrow('killed');
    expect([sink.waiting, lane.offset, memory.used]).toEqual([0, 0, 0]);
  });

  it('bounds what waits for acknowledgements by batches and by memory', async () => {
    const { clock, sink, visit } = setUp(() => ({ ...GOOD, ackMs: 9_000 }));
    const { lane } = visit(0);
    for (const n of numbers(2_000)) pass(lane, n);
    await clock.run(5_000);
    expect(sink.waiting).toBe(256);
    lane.stop();
    await clock.run(10_000);

    const small = setUp(() => ({ ...GOOD, ackMs: 9_000 }));
    const { lane: narrow } = small.visit(0, undefined, 60);
    let rows = 0;
    for (let round = 0; round < 100; round++) {
      while (narrow.hasRoom && rows < 2_000) pass(narrow, rows++);
      if (!narrow.hasRoom) narrow.room();
      await small.clock.run(50);
    }
    expect(rows).toBeLessThan(400);
    expect(small.sink.waiting).toBeGreaterThan(1);
    narrow.stop();
    await small.clock.run(10_000);
    expect(await narrow.finish()).toEqual({ kind: 'stopped' });
  });

  it('takes nothing for proof of life that the destination itself was not asked', async () => {
    const { clock, target, visit } = setUp(
      () => GOOD,
      (items) => items.some((item) => Number(numberOf(item)) < 3),
    );
    const { lane } = visit(0);
    const { evidence } = target;
    const accepted = vi.spyOn(evidence, 'accepted');
    for (const n of numbers(12)) pass(lane, n);
    const finished = lane.finish();
    await clock.run(5_000);
    expect(await finished).toEqual({ kind: 'done' });
    expect(accepted).toHaveBeenCalledOnce();
  });

  it('takes no acknowledgement of what was received before for proof that the destination still accepts rows', async () => {
    const { clock, target, visit, isolated } = setUp((request) =>
      request < 10 ? { ...GOOD, ackMs: 40 + 20 * request } : { ...GOOD, reply: 'refused' },
    );
    const { lane: before } = visit(0);
    for (const n of numbers(30)) pass(before, n);
    const finished = before.finish();
    await clock.run(50);
    // From now on, the destination refuses everything, while it acknowledges one after the other what it had received.
    const { lane: after } = visit(30);
    for (let n = 30; n < 60; n++) pass(after, n);
    const end = after.finish();
    await clock.run(20_000);
    expect(await finished).toEqual({ kind: 'done' });
    expect(await end).toMatchObject({ kind: 'down' });
    expect([...isolated]).toEqual([]);
    expect([target.breaker.isOpen, after.offset]).toEqual([true, 30]);
  });

  it('takes no late acknowledgement of a row that it sent alone for such a proof either', async () => {
    const { clock, visit, isolated } = setUp((request) => {
      if (request === 0) return { ...GOOD, reply: 'refused' };
      return request === 1 ? { ...GOOD, ackMs: 60 } : { ...GOOD, reply: 'refused' };
    });
    const { lane: before } = visit(0);
    for (const n of numbers(3)) pass(before, n);
    const ends = [before.finish()];
    await clock.run(20);
    const { lane: after } = visit(30);
    for (let n = 30; n < 60; n++) pass(after, n);
    ends.push(after.finish());
    await clock.run(20_000);
    expect((await Promise.all(ends)).map(({ kind }) => kind)).toEqual(['down', 'down']);
    expect([...isolated]).toEqual([]);
  });

  it('takes further rows while batches wait for their acknowledgements', async () => {
    const { clock, visit } = setUp(() => GOOD);
    const { lane } = visit(0, undefined, 60);
    for (let n = 0; lane.hasRoom; n++) pass(lane, n);
    let isRoom = false;
    lane.room().then(() => {
      isRoom = true;
    });
    await clock.run(100);
    expect(isRoom).toBe(true);
    lane.stop();
    await clock.run(2_000);
  });

  const fate: fc.Arbitrary<Fate> = fc.record({
    replyMs: fc.constantFrom(1, 5, 400),
    reply: fc.constantFrom<Fate['reply']>('taken', 'taken', 'taken', 'taken', 'busy', 'reset'),
    ackMs: fc.constantFrom<Fate['ackMs']>(0, 20, 500, 2_000, 9_000, 15_000, undefined),
  });

  it('skips no row, whatever acknowledgements are late, lost or out of order, and whenever it crashes', async () => {
    let crashes = 0;
    let overtaken = 0;
    await fc.assert(
      fc.asyncProperty(
        fc.array(fate, { maxLength: 40 }),
        fc.array(fc.integer({ min: 1, max: 20_000 }), { maxLength: 5 }),
        fc.integer({ min: 1, max: 50 }),
        async (fates, lives, count) => {
          const rig = setUp((request) => fates[request] ?? GOOD);
          const { sink, memory, isolated } = rig;
          let stored = 0;
          for (let run = 0; stored < count; run++) {
            if (run > 80) expect.fail(`ended at row ${stored}`);
            const before = sink.requests.length;
            const { offset, isCrash } = await live(rig, { from: stored, to: count, forMs: lives[run] });
            // A row whose requests failed alone again and again, while others were accepted, is in the dead letters.
            const settled = new Set([...sink.acknowledged, ...isolated]);
            expect(numbers(offset).filter((n) => !settled.has(n))).toEqual([]);
            expect(offset).toBeGreaterThanOrEqual(stored);
            stored = offset;
            if (isCrash) crashes += 1;
            // Rows are sent for the first time in their order; repeats stand for themselves.
            const firsts = [...new Set(sink.requests.slice(before).flat())];
            expect(firsts).toEqual(firsts.toSorted((a, b) => a - b));
            expect([memory.used, sink.waiting, sink.sending]).toEqual([0, 0, 0]);
          }
          const order = [...new Set(sink.acknowledged)];
          if (order.some((n, at) => n < (order[at - 1] ?? 0))) overtaken += 1;
        },
      ),
      { numRuns: 100 },
    );
    // Else it would say nothing.
    expect(crashes).toBeGreaterThan(20);
    expect(overtaken).toBeGreaterThan(5);
  });
});

/** Runs one lane to its end, or until it is killed. Returns the offset that was written last. */
async function live(
  { clock, visit, ended }: ReturnType<typeof setUp>,
  { from, to, forMs }: { readonly from: number; readonly to: number; readonly forMs: number | undefined },
): Promise<{ readonly offset: number; readonly isCrash: boolean }> {
  let offset = from;
  const { lane, kill } = visit(from, (moved) => {
    offset = moved;
  });
  for (let n = from; n < to; n++) pass(lane, n);
  let end: LaneEnd | undefined;
  const finished = lane.finish().then(
    (how) => {
      end = how;
    },
    () => {},
  );
  await clock.run(forMs ?? 600_000);
  if (end === undefined) expect(forMs).toBeDefined();
  const isCrash = end === undefined;
  if (isCrash) kill();
  await finished;
  if (isCrash || end === undefined) return { offset, isCrash };
  ended(end);
  return { offset: lane.offset, isCrash };
}
