/** Buffers of segments that are used again: never while anybody may still read them, and never more than a limit of them is kept. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { deliveryWith, textOf } from '../../lab/delivery.ts';
import { PoisonedBuffers } from '../../lab/memory/poisoned-buffers.ts';
import { makeBatch } from '../../src/delivery/batch.ts';
import { copiesOf } from '../../src/delivery/copies.ts';
import { Encoder } from '../../src/delivery/encoder.ts';
import { Holdings } from '../../src/delivery/holdings.ts';
import { MemoryBudget } from '../../src/delivery/memory-budget.ts';
import type { Encoded } from '../../src/delivery/segment.ts';
import { SpareBuffers } from '../../src/delivery/spare-buffers.ts';
import { encodingBy } from '../../src/destinations/encoding.ts';
import type { BatchBody } from '../../src/destinations/port.ts';

const encoding = encodingBy({ kind: 'test' }, () => (delivery, writer) => delivery.writeRaw(writer));
const text = (bytes: Uint8Array) => Buffer.from(bytes).toString();
const payloadOf = (encoded: Encoded) => textOf((writer) => encoded.copyPayload(writer));
const rowOf = (encoded: Encoded) => textOf((writer) => encoded.copyRow(writer));

function encoderOver(buffers: PoisonedBuffers) {
  const memory = new MemoryBudget(0, buffers);
  return { memory, encoder: new Encoder(encoding, { items: 4, bytes: 200, ageMs: 1_000 }, memory) };
}

/** Encodes row `n`, of a length that differs from row to row. */
function encode(encoder: Encoder, n: number): Encoded {
  const source = { blob: 'b', offset: n };
  const delivery = deliveryWith({ id: String(n), time: '', table: 'T', event: {}, source }, payload(n));
  return encoder.encode({ offset: n, end: n + 10, bytes: Buffer.from(row(n)) }, delivery);
}
const payload = (n: number) => `payload ${n} ${'x'.repeat((n * 37) % 90)}`;
const row = (n: number) => `row ${n} ${'y'.repeat((n * 53) % 70)}`;

interface Kept {
  readonly encoded: Encoded;
  readonly n: number;
}

/** Lanes that take deliveries and let go of them, and views that were handed out. */
class World {
  readonly buffers = new PoisonedBuffers();
  readonly #made = encoderOver(this.buffers);
  readonly #lanes = [0, 1, 2, 3].map(() => ({ holdings: new Holdings(), items: [] as Kept[] }));
  readonly #lent: (readonly [view: Uint8Array, text: string])[] = [];
  #n = 0;

  take(at: number): void {
    const encoded = encode(this.#made.encoder, this.#n);
    this.#lanes[at]?.holdings.hold(encoded.segment);
    this.#lanes[at]?.items.push({ encoded, n: this.#n });
    this.#n += 1;
  }

  release(at: number): void {
    const item = this.#lanes[at]?.items.shift();
    if (item) this.#lanes[at]?.holdings.release(item.encoded.segment);
  }

  copy(at: number): void {
    const lane = this.#lanes[at];
    const [item] = lane?.items ?? [];
    if (!lane || !item) return;
    const [copy = item.encoded] = copiesOf([item.encoded], this.#made.memory);
    lane.holdings.hold(copy.segment);
    lane.items[0] = { encoded: copy, n: item.n };
    lane.holdings.release(item.encoded.segment);
  }

  lend(at: number, what: 'payload' | 'row' | 'unending compression'): void {
    const [item] = this.#lanes[at]?.items ?? [];
    if (!item) return;
    const { encoded, n } = item;
    if (what === 'payload') this.#lent.push([encoded.payload(), payload(n)]);
    else if (what === 'row') this.#lent.push([encoded.row(), row(n)]);
    else
      void makeBatch('lane', [encoded], encoding).body.compressed((bytes) => {
        this.#lent.push([bytes, payload(n)]);
        return new Promise(() => {});
      });
  }

  check(): void {
    for (const { encoded, n } of this.#lanes.flatMap(({ items }) => items)) {
      expect(payloadOf(encoded)).toBe(payload(n));
      expect(rowOf(encoded)).toBe(row(n));
    }
    for (const [view, was] of this.#lent) expect(text(view)).toBe(was);
  }
}

describe('a segment that nobody holds', () => {
  it('gives its buffers away, unless a view of them was handed out: whatever is held or lent stays as it was', () => {
    let reused = 0;
    const lane = fc.nat(3);
    const step = fc.oneof(
      { weight: 10, arbitrary: lane.map((at) => (world: World) => world.take(at)) },
      { weight: 10, arbitrary: lane.map((at) => (world: World) => world.release(at)) },
      { weight: 3, arbitrary: lane.map((at) => (world: World) => world.copy(at)) },
      {
        weight: 1,
        arbitrary: fc.tuple(lane, fc.constantFrom('payload', 'row', 'unending compression')).map(
          ([at, what]) =>
            (world: World) =>
              world.lend(at, what),
        ),
      },
    );
    fc.assert(
      fc.property(fc.array(step, { minLength: 20, maxLength: 100 }), (steps) => {
        const world = new World();
        for (const each of steps) {
          each(world);
          world.check();
        }
        reused += world.buffers.reused;
      }),
    );
    expect(reused).toBeGreaterThan(100);
  });

  it('refuses to be read then', () => {
    const buffers = new PoisonedBuffers();
    const { encoder } = encoderOver(buffers);
    const holdings = new Holdings();
    const encoded = encode(encoder, 1);
    holdings.hold(encoded.segment);
    holdings.releaseAll();
    const gone = 'the buffers of this segment serve another one';
    expect(() => encoded.payload()).toThrow(gone);
    expect(() => encoded.row()).toThrow(gone);
    expect(() => makeBatch('lane', [encoded], encoding).body.bytes()).toThrow(gone);
  });

  it('gives its buffer away after a batch was copied out of it, and not after a view was asked for', () => {
    const reusedAfter = (use: (body: BatchBody) => void) => {
      const buffers = new PoisonedBuffers();
      const { encoder } = encoderOver(buffers);
      const holdings = new Holdings();
      const encoded = encode(encoder, 1);
      holdings.hold(encoded.segment);
      use(makeBatch('lane', [encoded], encoding).body);
      holdings.releaseAll();
      for (let n = 2; n < 10; n++) encode(encoder, n);
      return buffers.reused;
    };
    const copied = reusedAfter((body) => expect(textOf((writer) => body.copy(writer))).toBe(payload(1)));
    const lent = reusedAfter((body) => expect(text(body.bytes())).toBe(payload(1)));
    expect(copied).toBeGreaterThan(lent);
  });

  it('keeps its buffer when what was compressed is a view of it', async () => {
    const buffers = new PoisonedBuffers();
    const { encoder } = encoderOver(buffers);
    const holdings = new Holdings();
    const encoded = encode(encoder, 1);
    holdings.hold(encoded.segment);
    const body = await makeBatch('lane', [encoded], encoding).body.compressed(async (bytes) => bytes);
    holdings.releaseAll();
    encode(encoder, 2);
    expect(text(body)).toBe(payload(1));
  });
});

describe('spare buffers', () => {
  it('are used again for what fits them well, the smallest first', () => {
    const spare = new SpareBuffers(1 << 20);
    const [large, small] = [new Uint8Array(200_000), new Uint8Array(110_000)];
    spare.give(large);
    spare.give(small);
    expect(spare.bytes).toBe(310_000);
    expect(spare.take(100_000)).toBe(small);
    expect(spare.take(99_000)).not.toBe(large);
    expect(spare.take(100_000)).toBe(large);
    expect(spare.bytes).toBe(0);
  });

  it('are kept up to the limit, and the oldest go first', () => {
    const spare = new SpareBuffers(300_000);
    spare.give(new Uint8Array(1_000));
    spare.give(new Uint8Array(400_000));
    expect(spare.bytes).toBe(0);
    const buffers = [1, 2, 3].map(() => new Uint8Array(120_000));
    for (const buffer of buffers) spare.give(buffer);
    expect(spare.bytes).toBe(240_000);
    expect([spare.take(120_000), spare.take(120_000)]).toEqual(buffers.slice(1));
    expect(spare.take(120_000)).not.toBe(buffers[0]);
  });
});
