/** Batches as ranges of shared buffers: what is sent is what was encoded, however it is cut, and nothing is done or held twice. */

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { deliveryWith, textOf } from '../../lab/delivery.ts';
import { Sink } from '../../lab/memory/sink.ts';
import { makeBatch } from '../../src/delivery/batch.ts';
import { copiesOf, encodedAlone } from '../../src/delivery/copies.ts';
import { createEncoders, Encoder } from '../../src/delivery/encoder.ts';
import { Holdings } from '../../src/delivery/holdings.ts';
import { MemoryBudget } from '../../src/delivery/memory-budget.ts';
import type { Encoded } from '../../src/delivery/segment.ts';
import { encodingBy } from '../../src/destinations/encoding.ts';
import type { Delivery, Encoding } from '../../src/destinations/port.ts';
import type { Envelope } from '../../src/shared/event.ts';

const encodingWith = (separator: string): Encoding =>
  encodingBy({ kind: 'test' }, () => (delivery, writer) => delivery.writeRaw(writer), { separator });

function envelope(n: number): Envelope {
  return { id: String(n), time: '', table: 'T', event: { n }, source: { blob: 'b', offset: n } };
}

/** Texts as rows, one delivery each unless `times` says otherwise. */
function deliveriesOf(texts: readonly string[]): readonly Delivery[] {
  return texts.map((text, n) => deliveryWith(envelope(n), text));
}

const text = (bytes: Uint8Array) => Buffer.from(bytes).toString();
const account = () => new MemoryBudget(0);

const texts = fc.array(fc.string({ unit: 'grapheme', minLength: 1, maxLength: 40 }), {
  minLength: 1,
  maxLength: 30,
});
const limits = fc.record({
  items: fc.integer({ min: 1, max: 10 }),
  bytes: fc.integer({ min: 1, max: 200 }),
  ageMs: fc.constant(1_000),
});

describe('the body of a batch', () => {
  it('is the encoding of exactly the items that were kept, whatever was cut out and wherever they lie', () => {
    const separator = fc.constantFrom('\n', ',', '');
    const draws = fc.array(fc.constantFrom('keep', 'cut', 'copy', 'alone'), { minLength: 30, maxLength: 30 });
    fc.assert(
      fc.property(texts, limits, separator, draws, (rows, limit, between, fates) => {
        const encoding = encodingWith(between);
        const encoder = new Encoder(encoding, limit, account());
        const kept: Encoded[] = [];
        const expected: string[] = [];
        deliveriesOf(rows).forEach((delivery, at) => {
          const row = Buffer.from(`row ${at}`);
          const encoded = encoder.encode({ offset: at, end: at + 10, bytes: row }, delivery);
          const fate = fates[at];
          if (fate === 'cut') return;
          expected.push(rows[at] ?? '');
          if (fate === 'copy') kept.push(...copiesOf([encoded], account()));
          else kept.push(fate === 'alone' ? encodedAlone(encoding, delivery, row) : encoded);
          expect(text(kept.at(-1)?.row() ?? row)).toBe(`row ${at}`);
        });
        const { body, items } = makeBatch('lane', kept, encoding);
        expect(textOf((writer) => body.copy(writer))).toBe(expected.join(between));
        expect(text(body.bytes())).toBe(expected.join(between));
        expect(body.length).toBe(Buffer.byteLength(expected.join(between)));
        expect(items.map((item) => text(item.payload()))).toEqual(expected);
        expect(items.map(({ bytes }) => bytes)).toEqual(expected.map((each) => Buffer.byteLength(each)));
        expect(items.map(({ head }) => head.id)).toEqual(kept.map(({ head }) => head.id));
      }),
      { numRuns: 300 },
    );
  });

  it('is a view where the items lie one behind the other, and one copy where they do not', () => {
    const encoding = encodingWith('\n');
    const encoder = new Encoder(encoding, { items: 10, bytes: 1_000, ageMs: 1_000 }, account());
    const items = deliveriesOf(['a', 'b', 'c', 'd']).map((delivery, offset) =>
      encoder.encode({ offset, end: offset + 10, bytes: Buffer.from('row') }, delivery),
    );
    const bufferOf = (kept: readonly Encoded[]) => makeBatch('lane', kept, encoding).body.bytes().buffer;
    const shared = items[0]?.payload().buffer;
    expect(bufferOf(items)).toBe(shared);
    expect(bufferOf(items.slice(1, 3))).toBe(shared);
    const [first, , third] = items;
    expect(bufferOf(first && third ? [first, third] : [])).not.toBe(shared);
  });

  it('is compressed once for the same items, and again for others or after a failure', async () => {
    const encoding = encodingWith('\n');
    const encoder = new Encoder(encoding, { items: 10, bytes: 1_000, ageMs: 1_000 }, account());
    const items = deliveriesOf(['a', 'b', 'c']).map((delivery, offset) =>
      encoder.encode({ offset, end: offset + 10, bytes: Buffer.from('row') }, delivery),
    );
    const asked: string[] = [];
    let isBroken = true;
    const compress = async (bytes: Uint8Array<ArrayBuffer>) => {
      asked.push(text(bytes));
      if (isBroken) throw new Error('broken');
      return bytes.slice();
    };
    const of = (kept: readonly Encoded[]) => makeBatch('lane', kept, encoding).body.compressed(compress);
    await expect(of(items)).rejects.toThrow('broken');
    isBroken = false;
    const [one, other] = await Promise.all([of(items), of(items)]);
    expect(one).toBe(other);
    expect(text(await of(items.slice(1)))).toBe('b\nc');
    expect(asked).toEqual(['a\nb\nc', 'a\nb\nc', 'b\nc']);
  });
});

describe('an encoder', () => {
  it('makes one object of a delivery for all lanes that take it as the same part of its row, and shares the bytes with others', () => {
    const encoder = new Encoder(encodingWith('\n'), { items: 10, bytes: 1_000, ageMs: 1_000 }, account());
    const row = { offset: 70, end: 80, bytes: Buffer.from('a row') };
    const [event, alert] = deliveriesOf(['event', 'alert']);
    if (!event || !alert) throw new Error('no deliveries');
    const first = encoder.encode(row, event, 'first');
    const last = encoder.encode(row, alert, 'last');
    expect(encoder.encode(row, event, 'first')).toBe(first);
    const alone = encoder.encode(row, alert);
    expect(alone).not.toBe(last);
    const told = ({ endsRow, memory, offset, offsetBehind }: Encoded) => ({
      endsRow,
      memory,
      offset,
      offsetBehind,
    });
    const place = { offset: 70, offsetBehind: 80 };
    expect([first, last, alone].map(told)).toEqual([
      { endsRow: false, memory: 10, ...place },
      { endsRow: true, memory: 5, ...place },
      { endsRow: true, memory: 10, ...place },
    ]);
    expect([last, alone].map(({ start, end, segment }) => [start, end, segment === first.segment])).toEqual([
      [6, 11, true],
      [6, 11, true],
    ]);
    for (const each of [first, last, alone, ...copiesOf([first, last], account())]) {
      expect(text(each.row())).toBe('a row');
      expect(each.offset).toBe(70);
    }
    expect(copiesOf([first, last], account()).map(told)).toEqual([first, last].map(told));
  });

  it('encodes each delivery once, whoever asks, in segments that end where batches end', () => {
    fc.assert(
      fc.property(texts, limits, fc.integer({ min: 1, max: 3 }), (rows, limit, lanes) => {
        const encoding = encodingWith('\n');
        let writes = 0;
        const counting: Encoding = {
          ...encoding,
          write(delivery, writer) {
            writes += 1;
            encoding.write(delivery, writer);
          },
        };
        const encoder = new Encoder(counting, limit, account());
        const batches: Encoded[][] = [];
        let bytes = 0;
        deliveriesOf(rows).forEach((delivery, offset) => {
          const row = { offset, end: offset + 10, bytes: Buffer.from('row') };
          const [encoded, ...same] = Array.from({ length: lanes }, () => encoder.encode(row, delivery));
          if (!encoded) return;
          expect(same.every((each) => each === encoded)).toBe(true);
          // As a lane counts.
          const last = batches.at(-1);
          const isFull =
            !last ||
            last.length >= limit.items ||
            bytes >= limit.bytes ||
            bytes + encoded.bytes > limit.bytes;
          if (isFull) batches.push([encoded]);
          else last.push(encoded);
          bytes = (isFull ? 0 : bytes) + encoded.bytes;
        });
        expect(writes).toBe(rows.length);
        expect(new Set(batches.flat().map(({ segment }) => segment)).size).toBe(batches.length);
      }),
    );
  });

  it('is shared by destinations of equal encoding, by the smallest of their limits', () => {
    const [a, b, c] = [new Sink('a', { items: 5 }), new Sink('b', { items: 2 }), new Sink('c')];
    Object.assign(c, { encoding: encodingWith(',') });
    const encoders = createEncoders([a, b, c], account());
    expect(encoders.size).toBe(2);
    const encoder = encoders.get(a.encoding.key);
    expect(encoder).toBe(encoders.get(b.encoding.key));
    const segments = deliveriesOf(['1', '2', '3']).map(
      (delivery, offset) =>
        encoder?.encode({ offset, end: offset + 10, bytes: Buffer.from('row') }, delivery).segment,
    );
    expect(segments[0]).toBe(segments[1]);
    expect(segments[2]).not.toBe(segments[1]);
  });

  it('leaves nothing of a delivery whose encoding throws', () => {
    const encoding = encodingBy({ kind: 'test' }, () => (delivery, writer) => {
      writer.text('begun');
      if (delivery.head.id === '1') throw new Error('no');
    });
    const encoder = new Encoder(encoding, { items: 10, bytes: 1_000, ageMs: 1_000 }, account());
    const encode = (offset: number) => {
      const [delivery] = deliveriesOf(['x']).map((one) => ({
        ...one,
        head: { ...one.head, id: String(offset) },
      }));
      return delivery
        ? [encoder.encode({ offset, end: offset + 10, bytes: Buffer.from('row') }, delivery)]
        : [];
    };
    const first = encode(0);
    expect(() => encode(1)).toThrow('no');
    const items = [...first, ...encode(2)];
    expect(text(makeBatch('lane', items, encoding).body.bytes())).toBe('begun\nbegun');
  });
});

describe('the memory of segments', () => {
  it('is made in one step also behind a segment that was closed early', () => {
    const asked: number[] = [];
    const buffers = {
      take: (bytes: number) => {
        asked.push(bytes);
        return new Uint8Array(bytes);
      },
      give() {},
    };
    const batch = { items: 1_000, bytes: 20_000, ageMs: 1_000 };
    const encoder = new Encoder(encodingWith('\n'), batch, new MemoryBudget(0, buffers));
    let at = 0;
    const fill = (count: number) => {
      asked.length = 0;
      const before = at;
      let last: Encoded | undefined;
      for (; at < before + count; at++)
        last = encoder.encode(
          { offset: at, end: at + 10, bytes: Buffer.alloc(900) },
          deliveryWith(envelope(at), 'x'.repeat(1_000)),
        );
      if (last && !last.segment.isClosed) encoder.close(last.segment);
      return [...asked];
    };
    expect(fill(20).length).toBeGreaterThan(2);
    expect(fill(3)).toHaveLength(2);
    // One for the deliveries and one for the rows, neither of which grows.
    expect(fill(20)).toHaveLength(2);
    fill(3);
    const [payloads = 0, rows = 0] = fill(3);
    expect(payloads).toBeGreaterThan(20_000);
    expect(rows).toBeGreaterThan(18_000);
    // Behind two short ones it takes no more than they did, and a little.
    expect(Math.max(...fill(3))).toBeLessThan(4_000);
  });

  it('is counted whole and once while anybody holds any of it, and given back with the last', () => {
    const holder = fc.nat(2);
    fc.assert(
      fc.property(
        texts,
        limits,
        fc.array(fc.tuple(holder, fc.boolean()), { maxLength: 60 }),
        (rows, limit, steps) => {
          const memory = new MemoryBudget(0);
          const encoder = new Encoder(encodingWith('\n'), limit, memory);
          const lanes = [0, 1, 2].map(() => ({ holdings: new Holdings(), items: [] as Encoded[] }));
          const deliveries = deliveriesOf(rows);
          let at = 0;
          for (const [number, isTaking] of steps) {
            const lane = lanes[number];
            const delivery = deliveries[at];
            if (isTaking && delivery) {
              const encoded = encoder.encode(
                { offset: at, end: at + 10, bytes: Buffer.alloc(100) },
                delivery,
              );
              lane?.holdings.hold(encoded.segment);
              lane?.items.push(encoded);
              at += number === 0 ? 0 : 1;
            } else {
              const item = lane?.items.shift();
              if (item) lane?.holdings.release(item.segment);
            }
            const held = new Set(lanes.flatMap(({ items }) => items.map(({ segment }) => segment)));
            const buffers = [...held].reduce((sum, segment) => sum + segment.memory, 0);
            expect(memory.used).toBe(buffers);
          }
          for (const { holdings } of lanes) holdings.releaseAll();
          expect(memory.used).toBe(0);
        },
      ),
    );
  });

  it('has what was compressed too', async () => {
    const memory = new MemoryBudget(0);
    const encoding = encodingWith('\n');
    const encoder = new Encoder(encoding, { items: 10, bytes: 1_000, ageMs: 1_000 }, memory);
    const holdings = new Holdings();
    const items = deliveriesOf(['a']).map((delivery) =>
      encoder.encode({ offset: 0, end: 10, bytes: Buffer.alloc(1) }, delivery),
    );
    for (const { segment } of items) holdings.hold(segment);
    const before = memory.used;
    await makeBatch('lane', items, encoding).body.compressed(async () => new Uint8Array(5_000));
    expect(memory.used - before).toBe(5_000);
    holdings.releaseAll();
    expect(memory.used).toBe(0);
  });
});
