import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ByteWriter } from '../../src/shared/byte-writer.ts';

describe('ByteWriter', () => {
  it('writes what Buffer writes, from any capacity', () => {
    const piece = fc.oneof(
      fc.string({ unit: 'binary', maxLength: 60 }),
      fc.string({ unit: fc.constantFrom('\ud800', '\udc00', 'é', '€', 'a', '\0'), maxLength: 40 }),
      fc.uint8Array({ maxLength: 80 }),
    );
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 20 }), fc.nat(40), (pieces, capacity) => {
        const writer = new ByteWriter(capacity);
        for (const one of pieces) {
          if (typeof one === 'string') writer.text(one);
          else writer.bytes(one);
        }
        const expected = Buffer.concat(pieces.map((one) => Buffer.from(one as string)));
        expect(Buffer.from(writer.slice())).toEqual(expected);
        expect(writer.length).toBe(expected.length);
        expect(writer.capacity).toBeGreaterThanOrEqual(writer.length);
      }),
    );
  });

  it('writes a range of bytes', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 100 }), fc.nat(100), fc.nat(100), (bytes, one, other) => {
        const start = Math.min(one, other, bytes.length);
        const end = Math.min(Math.max(one, other), bytes.length);
        const writer = new ByteWriter(0);
        writer.bytes(bytes, start, end);
        expect([...writer.slice()]).toEqual([...bytes.subarray(start, end)]);
      }),
    );
  });

  it('copies a range of a view, short or long, and touches nothing behind it', () => {
    const range = fc.tuple(fc.nat(1_400), fc.nat(1_400));
    const bytes = fc.uint8Array({ minLength: 0, maxLength: 1_400 });
    fc.assert(
      fc.property(bytes, fc.nat(20), fc.array(range, { maxLength: 5 }), (page, skipped, ranges) => {
        const from = Math.min(skipped, page.length);
        const view = new DataView(page.buffer, page.byteOffset + from, page.length - from);
        const writer = new ByteWriter(0);
        const expected: number[] = [];
        for (const [one, other] of ranges) {
          const start = Math.min(one, other, view.byteLength);
          const end = Math.min(Math.max(one, other), view.byteLength);
          writer.copy(view, start, end);
          writer.text(',');
          expected.push(...page.subarray(from + start, from + end), ','.charCodeAt(0));
        }
        expect([...writer.slice()]).toEqual(expected);
      }),
    );
  });

  it('writes whole numbers', () => {
    const number = fc.oneof(
      fc.maxSafeNat(),
      fc.nat(2_000_000_000),
      fc.constantFrom(0, -0, 9, 10, 999_999_999, 1e9, 1e9 + 1, 1e12, Number.MAX_SAFE_INTEGER),
    );
    fc.assert(
      fc.property(fc.array(number), (numbers) => {
        const writer = new ByteWriter(0);
        for (const one of numbers) writer.whole(one);
        expect(Buffer.from(writer.slice()).toString()).toBe(numbers.join(''));
      }),
    );
  });

  it('writes strings as JSON.stringify does', () => {
    const text = fc.oneof(
      fc.string({ unit: 'binary', maxLength: 60 }),
      fc.string({
        unit: fc.constantFrom('"', '\\', '\n', ' ', '~', '\x7f', '\ud800', 'é', 'a'),
        maxLength: 45,
      }),
      fc.string({ unit: fc.constantFrom('a', 'b'), minLength: 35, maxLength: 45 }),
    );
    fc.assert(
      fc.property(fc.array(text), (texts) => {
        const writer = new ByteWriter(0);
        for (const one of texts) writer.json(one);
        expect(Buffer.from(writer.slice()).toString()).toBe(texts.map((one) => JSON.stringify(one)).join(''));
      }),
    );
  });

  it('writes JSON, and nothing for what has no JSON text', () => {
    const writer = new ByteWriter();
    writer.json({ a: ['é', 1, null], '\ud800': '\ud800' });
    expect(Buffer.from(writer.slice()).toString()).toBe('{"a":["é",1,null],"\\ud800":"\\ud800"}');
    const { length } = writer;
    expect(() => writer.json(undefined)).toThrow(TypeError);
    expect(writer.length).toBe(length);
  });

  it('gives views that growing leaves as they were', () => {
    const writer = new ByteWriter(4);
    writer.text('abcd');
    const before = writer.slice(1, 3);
    writer.text('x'.repeat(1_000));
    expect(Buffer.from(before).toString()).toBe('bc');
    expect(writer.slice(0, 5_000)).toHaveLength(1_004);
  });

  it('takes back what was written last', () => {
    const writer = new ByteWriter();
    writer.text('kept, dropped');
    writer.truncate(4);
    writer.text('!');
    expect(Buffer.from(writer.slice()).toString()).toBe('kept!');
    expect(() => writer.truncate(6)).toThrow(RangeError);
  });

  it('allocates nothing while what was reserved lasts', () => {
    const writer = new ByteWriter(0);
    writer.reserve(100);
    const { capacity } = writer;
    for (let at = 0; at < 10; at++) writer.text('0123456789');
    expect(writer.capacity).toBe(capacity);
  });
});
